/** Triage without a mouse. It changes the world the other tests look at, so it comes last. */
import { type Page } from '@playwright/test';
import { expect, test } from './world';

const selected = (panel: Page) =>
  panel.locator('[data-test=suggestion-open][aria-current=true] [data-test=suggestion-title]');

test('the eight triage keys do their work', async ({ panel }) => {
  const rows = panel.getByTestId('suggestion-row');
  const press = (key: string) => panel.keyboard.press(key);
  const many = await rows.count();
  const first = (await selected(panel).textContent()) ?? '';

  await press('j');
  await expect(selected(panel)).not.toHaveText(first);
  await press('k');
  await expect(selected(panel)).toHaveText(first);

  await press('Enter');
  await expect(panel.getByTestId('detail-title')).toBeVisible();
  await expect(panel.getByTestId('reader')).toBeFocused();
  await press('Escape');
  await expect(panel.getByTestId('detail-title')).toBeHidden();

  await press('/');
  await expect(panel.getByTestId('search-input')).toBeFocused();
  await panel.keyboard.type('main.rs');
  await expect(rows).toHaveCount(1);
  await press('Enter');
  await press('a');
  await expect(panel.getByTestId('outcome')).toContainText('Done');
  await press('u');
  await expect(panel.getByTestId('outcome')).toContainText('Taken back');
  await press('Escape');
  await press('Escape');
  await expect(rows).toHaveCount(many);

  await press('d');
  await expect(rows).toHaveCount(many - 1);
  await press('s');
  await expect(panel.getByTestId('menu-item').first()).toBeFocused();
  await press('1');
  await expect(rows).toHaveCount(many - 2);
  await expect(panel.getByTestId('said')).toContainText('Snoozed');

  // What was dismissed counts in the insights.
  await press('4');
  const dismissed = panel.getByTestId('insights-rules').locator('tbody tr td:nth-child(4)');
  await expect(dismissed.filter({ hasNotText: /^0%$/ })).toHaveCount(1);
});

test('the list of keys opens and gives the focus back', async ({ panel }) => {
  await panel.getByTestId('settings').focus();
  await panel.keyboard.press('?');
  await expect(panel.getByTestId('help')).toBeVisible();
  await panel.keyboard.press('Escape');
  await expect(panel.getByTestId('help')).toBeHidden();
  await expect(panel.getByTestId('settings')).toBeFocused();
});

test('whatever has the focus shows it', async ({ panel }) => {
  for (let step = 0; step < 12; step += 1) {
    await panel.keyboard.press('Tab');
    const bare = await panel.evaluate(() => {
      const here = document.activeElement ?? document.body;
      // A row is outlined as a whole, by what its button stretches over it.
      const outlined = [null, '::after'].some((part) => getComputedStyle(here, part).outlineStyle !== 'none');
      return outlined || here === document.body ? '' : here.outerHTML;
    });
    expect(bare).toBe('');
  }
});
