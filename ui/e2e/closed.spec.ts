/** An address of the panel that was used already says so in words. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test } from './world';

test('who opens a used address reads what to do', async ({ world, browser, panel }) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const answer = await page.goto(world.address);
  expect(answer?.status()).toBe(401);
  await expect(page.getByRole('heading')).toHaveText('This address has been used');
  await expect(page.getByText('perch serve')).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  // Programs are told in their own way.
  expect(await (await page.request.get(world.address)).json()).toMatchObject({ code: 'refused' });
  await context.close();
  // Who is in already gets to the panel by the address in their history.
  await panel.goto(world.address);
  await expect(panel.getByTestId('suggestion-row').first()).toBeVisible();
});
