/** Words of strangers are words: nothing of them runs, loads or moves what stands around them. */
import { expect, test } from './world';

test('a log that means ill is shown as text', async ({ panel }) => {
  const outside: string[] = [];
  panel.on('request', (request) => {
    if (new URL(request.url()).origin !== new URL(panel.url()).origin) outside.push(request.url());
  });
  await panel
    .locator('[data-test=suggestion-row]', { hasText: 'hostile' })
    .getByTestId('suggestion-open')
    .click();
  const log = panel.getByTestId('log');
  await expect(log).toContainText('<script>');
  // Every left-to-right or right-to-left override is named instead of obeyed.
  expect(await log.textContent()).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b]/u);
  expect(await panel.locator('main script, main style, main svg[onload], main [onerror]').count()).toBe(0);
  expect(await panel.title()).not.toContain('owned');
  expect(await panel.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(440);
  expect(outside).toEqual([]);
});
