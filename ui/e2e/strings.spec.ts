/** The panel in a language of long and strange words, from either side: nothing is cut off, nothing is left English. */
import { join } from 'node:path';
import { type Page } from '@playwright/test';
import { expect, test, VIEWS } from './world';

const PICTURES = join(import.meta.dirname, '../../target/e2e');

/** Words of the catalogue that are not seen whole, by their markup. What strangers wrote may be cut. */
async function clipped(panel: Page): Promise<string[]> {
  return panel.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!element || !node.textContent?.includes('⟦') || !element.checkVisibility()) continue;
      if (element.closest('.visually-hidden, .foreign, option')) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const words = range.getBoundingClientRect();
      // What is scrolled out of sight can be scrolled back.
      let [across, down] = [true, true];
      for (let around: Element | null = element; around; around = around.parentElement) {
        const style = getComputedStyle(around);
        const box = around.getBoundingClientRect();
        across &&= !/auto|scroll/.test(style.overflowX);
        down &&= !/auto|scroll/.test(style.overflowY);
        const cutsAcross = across && /hidden|clip/.test(style.overflowX);
        const cutsDown = down && /hidden|clip/.test(style.overflowY) && around !== document.body;
        if (
          (cutsAcross && (words.left < box.left - 1 || words.right > box.right + 1)) ||
          (cutsDown && (words.top < box.top - 1 || words.bottom > box.bottom + 1))
        ) {
          found.push(element.outerHTML.slice(0, 200));
          break;
        }
      }
    }
    return found;
  });
}

const SIZES = [
  [320, 568],
  [440, 680],
  [860, 680],
  [1280, 800],
  [3840, 2160],
  // A window of 640 by 680 at 200 %.
  [320, 340],
] as const;

for (const direction of ['ltr', 'rtl'] as const) {
  for (const [view, go] of Object.entries(VIEWS)) {
    test(`${view} shows long words whole, ${direction}`, async ({ panel }) => {
      const locale = direction === 'rtl' ? 'pseudo-rtl' : 'pseudo';
      for (const [width, height] of SIZES) {
        await panel.setViewportSize({ width, height });
        await panel.goto(new URL(`/?locale=${locale}`, panel.url()).href);
        await panel.getByTestId('suggestion-row').first().waitFor();
        await go(panel);
        if (width === 440) await panel.screenshot({ path: join(PICTURES, `${view}-${locale}.png`) });
        const size = `${String(width)} x ${String(height)}`;
        expect(await clipped(panel), size).toEqual([]);
        expect(await panel.evaluate(() => document.documentElement.scrollWidth), size).toBeLessThanOrEqual(
          width,
        );
      }
    });
  }
}

for (const [locale, number, clock] of [
  ['en-GB', '20,006', /\d\d:\d\d:\d\d$/],
  ['en-US', '20,006', /\d:\d\d:\d\d\s[AP]M$/],
  ['de-DE', '20.006', /\d\d:\d\d:\d\d$/],
] as const) {
  test.describe(locale, () => {
    test.use({ locale });
    test(`times and numbers are written as in ${locale}`, async ({ panel }) => {
      await panel.getByTestId('suggestion-title').filter({ hasText: 'the last step failed' }).click();
      await panel.getByTestId('whole').click();
      await expect(panel.getByTestId('log-lines')).toHaveText(/^[\d.,]+ lines$/);
      const lines = (await panel.getByTestId('log-lines').textContent())?.trim() ?? '';
      expect(lines.replace(/\d/g, '0')).toBe(`${number.replace(/\d/g, '0')} lines`);
      expect(await panel.locator('time').first().getAttribute('title')).toMatch(clock);
    });
  });
}
