/** Every view, in every theme and at every size: nothing wrong for assistive technology, nothing cut off. */
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, test, VIEWS } from './world';

const PICTURES = join(import.meta.dirname, '../../target/e2e');
const THEMES = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  contrast: { colorScheme: 'dark', contrast: 'more' },
} as const;

for (const [theme, media] of Object.entries(THEMES)) {
  for (const [view, go] of Object.entries(VIEWS)) {
    test(`${view} has no violation in ${theme}`, async ({ panel }) => {
      await panel.emulateMedia({ ...media, reducedMotion: 'reduce' });
      await go(panel);
      await panel.screenshot({ path: join(PICTURES, `${view}-${theme}.png`) });
      const { violations } = await new AxeBuilder({ page: panel }).analyze();
      expect(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join('\n')}`),
      ).toEqual([]);
    });
  }
}

for (const [width, height] of [
  [320, 568],
  [440, 680],
  [860, 680],
  [1280, 800],
  [2560, 1440],
] as const) {
  for (const [view, go] of Object.entries(VIEWS)) {
    test(`${view} fits ${String(width)} px`, async ({ panel }) => {
      await panel.setViewportSize({ width, height });
      await go(panel);
      await panel.screenshot({ path: join(PICTURES, `${view}-${String(width)}.png`) });
      expect(await panel.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      expect(await cutOff(panel)).toEqual([]);
    });
  }
}

test('at 200 % zoom every view still fits', async ({ panel }) => {
  // A page zoomed to 200 % has half the pixels to lay itself out in.
  await panel.setViewportSize({ width: 320, height: 340 });
  for (const go of Object.values(VIEWS)) {
    await panel.reload();
    await go(panel);
    expect(await cutOff(panel)).toEqual([]);
  }
});

test('from right to left every view still fits', async ({ panel }) => {
  for (const [view, go] of Object.entries(VIEWS)) {
    await panel.reload();
    await panel.evaluate(() => (document.documentElement.dir = 'rtl'));
    await go(panel);
    await panel.screenshot({ path: join(PICTURES, `${view}-rtl.png`) });
    expect(await cutOff(panel)).toEqual([]);
  }
});

/** Controls that stand outside the window sideways, by their words. */
async function cutOff(panel: import('@playwright/test').Page): Promise<string[]> {
  return panel.evaluate(() =>
    [...document.querySelectorAll('button, a, input, select, h1, h2')]
      .filter((element) => element.checkVisibility() && !element.closest('.visually-hidden'))
      .filter((element) => {
        const box = element.getBoundingClientRect();
        return box.width > 0 && (box.left < -1 || box.right > innerWidth + 1);
      })
      .map((element) => element.outerHTML.slice(0, 160)),
  );
}

test('a view without room in the bar is in a menu beside the others', async ({ panel }) => {
  await expect(panel.getByTestId('view-documents')).toBeHidden();
  await panel.getByTestId('more-views').click();
  const documents = panel.getByTestId('menu-item').filter({ hasText: 'Documents' });
  const place = await documents.boundingBox();
  expect(place?.x).toBeGreaterThanOrEqual(0);
  expect((place?.x ?? 0) + (place?.width ?? 0)).toBeLessThanOrEqual(440);
  await documents.click();
  await expect(panel.getByTestId('documents')).toBeVisible();
});
