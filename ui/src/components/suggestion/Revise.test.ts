import { expect, test } from 'vitest';
import { openPanel } from '../../test/panel';

/** The panel at the suggestion a model wrote. */
async function openWritten() {
  const panel = await openPanel({ wide: true });
  const written = panel.platform.suggestions.find((one) => one.sent !== null);
  if (!written) throw new Error('the sample has one a model wrote');
  panel.platform.open({ view: 'suggestion', id: written.summary.id });
  await panel.press('Shift');
  await panel.press('Shift');
  return { panel, id: written.summary.id };
}

test('words appear as a model writes them, and go once they are in place', async () => {
  const { panel, id } = await openWritten();
  expect(panel.all('writing')).toHaveLength(0);
  panel.platform.tell({ kind: 'writing', user: 'ada', id, text: 'The range' });
  await panel.press('Shift');
  expect(panel.words('writing')[0]).toContain('The range');
  panel.platform.tell({ kind: 'writing', user: 'ada', id: 'another', text: 'Elsewhere' });
  await panel.press('Shift');
  expect(panel.words('writing')[0]).not.toContain('Elsewhere');
  panel.platform.tell({ kind: 'suggestion', user: 'ada', id });
  await expect.poll(() => panel.all('writing').length).toBe(0);
});

test('a suggestion is revised, and its versions and two vibes are compared', async () => {
  const { panel, id } = await openWritten();
  await panel.click('versions');
  expect(panel.all('version').map((one) => one.dataset['current'])).toEqual(['false', 'true']);
  await panel.click('compare');
  await panel.click('compare-send');
  expect(panel.platform.asked('preview')).toEqual([{ id, vibes: ['default', 'release week'] }]);
  expect(panel.all('preview')).toHaveLength(2);
  await panel.click('revise');
  await panel.type('revise-text', 'shorter');
  await panel.click('revise-send');
  expect(panel.platform.asked('revise')).toEqual([{ id, instruction: 'shorter' }]);
});
