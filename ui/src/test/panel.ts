/** The whole panel over the fake platform, as a user meets it. */
import { fireEvent, render, waitFor } from '@testing-library/svelte';
import { expect } from 'vitest';
import App from '../App.svelte';
import { type Beginning, fake, type Fake } from '../platform/fake';

export interface Opened {
  platform: Fake;
  /** The elements marked so, in order. */
  all: (test: string) => HTMLElement[];
  /** The first of them; fails when there is none. */
  one: (test: string) => HTMLElement;
  words: (test: string) => string[];
  click: (test: string, place?: number) => Promise<void>;
  press: (key: string, init?: KeyboardEventInit) => Promise<void>;
  type: (test: string, words: string) => Promise<void>;
  selected: () => string;
}

const NARROW = { width: 440, height: 680 };
const WIDE = { width: 1000, height: 680 };

/** Opens the panel and waits until the first answers are drawn. */
export async function openPanel(
  given: Beginning & { wide?: boolean; before?: (platform: Fake) => void } = {},
) {
  const { wide = false, before, ...beginning } = given;
  (window as unknown as { happyDOM: { setViewport(size: typeof NARROW): void } }).happyDOM.setViewport(
    wide ? WIDE : NARROW,
  );
  const platform = fake({ pace: 0, ...beginning });
  before?.(platform);
  const { container } = render(App, { platform });
  const all = (test: string) => [...container.querySelectorAll<HTMLElement>(`[data-test="${test}"]`)];
  const one = (test: string) => {
    const [first] = all(test);
    if (!first) throw new Error(`nothing is marked ${test} in:\n${container.textContent}`);
    return first;
  };
  const opened: Opened = {
    platform,
    all,
    one,
    words: (test) => all(test).map(wordsOf),
    click: async (test, place = 0) => {
      const element = all(test)[place];
      if (!element) throw new Error(`nothing is marked ${test}`);
      await fireEvent.click(element);
      await settled();
    },
    press: async (key, init = {}) => {
      await fireEvent.keyDown(document.activeElement ?? document.body, { key, ...init });
      await settled();
    },
    type: async (test, words) => {
      await fireEvent.input(one(test), { target: { value: words } });
      await settled();
    },
    selected: () => {
      const row = all('suggestion-open').find((each) => each.getAttribute('aria-current') === 'true');
      return row ? wordsOf(row.querySelector('[data-test="suggestion-title"]')) : '';
    },
  };
  await waitFor(() => {
    expect(container.querySelector('[data-test="list"]')?.getAttribute('aria-busy') ?? 'false').toBe('false');
  });
  await settled();
  return opened;
}

/** Lets promises and bursts of changes run out. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 120));
}

function wordsOf(element: Element | null | undefined): string {
  return (element?.textContent ?? '').replace(/\s+/g, ' ').trim();
}
