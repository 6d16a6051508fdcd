/** Lines of files open in the editor of the machine Perch runs on, and nothing outside a watched folder does. */
import { expect, test, VIEWS } from './world';

test('a line that is named opens in the editor, wherever it is named', async ({ panel, world }) => {
  await VIEWS['suggestion']?.(panel);
  const main = `${world.folder('greeter')}/src/main.rs`;
  for (const place of [
    panel.getByTestId('log').getByTestId('file').first(),
    panel.getByTestId('diff').getByTestId('file').first(),
    panel.getByTestId('diff').locator('.number button').first(),
  ]) {
    await place.click();
    await expect.poll(() => world.said()).toMatch(/^--goto\n.*src\/main\.rs:\d+\n$/);
    expect(world.said()).toContain(main);
    await expect(panel.getByTestId('said')).toHaveText('Opened in VS Code');
  }
});

test('nothing outside a watched folder is opened', async ({ panel, world }) => {
  const before = world.said();
  const refused = await panel.evaluate(async () => {
    const ask = async (place: object) => {
      const answer = await fetch('/api/open_place', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Perch': '1' },
        body: JSON.stringify(place),
      });
      return answer.status;
    };
    const paths = ['/etc/passwd', '../../etc/passwd', '.git/config', 'src/../../said', '-rf'];
    const asked = paths.map((path) => ask({ repository: 'greeter', path }));
    return Promise.all([...asked, ask({ repository: '/etc', path: 'passwd' }), ask({ path: 'src/main.rs' })]);
  });
  expect(refused).toEqual([409, 409, 409, 409, 409, 409, 400]);
  expect(world.said()).toBe(before);
});

test('a file that is not there is said, with its name to copy', async ({ panel }) => {
  await panel.getByTestId('suggestion-title').filter({ hasText: 'src/cart.ts' }).click();
  await panel.getByTestId('log').getByTestId('file').first().click();
  await expect(panel.getByTestId('problem')).toContainText('is not in shop as it is checked out');
  await panel.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await panel.getByTestId('place-copy').click();
  await expect(panel.getByTestId('problem')).toBeHidden();
});
