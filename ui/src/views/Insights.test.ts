import { expect, test } from 'vitest';
import { CallError } from '../ipc/call';
import { openPanel } from '../test/panel';

test('insights tell by rule what became of its suggestions', async () => {
  const panel = await openPanel();
  await panel.press('4');
  expect(panel.platform.asked('insights')).toEqual([{ days: 30 }]);
  const rows = [...panel.one('insights-rules').querySelectorAll('tbody tr')].map((row) =>
    [...row.children].map((cell) => cell.textContent.trim()),
  );
  expect(rows[0]).toEqual(['build-failed/unused-mut', '12', '75% 1 failed', '8%', '4 min']);
  expect(rows[2]).toEqual(['pr-stale/waits-for-you', '1', '0%', '0%', 'none yet']);
});

test('the days are a table too', async () => {
  const panel = await openPanel();
  await panel.press('4');
  const fold = panel.one('insights').querySelector<HTMLElement>('figure button');
  fold?.click();
  await panel.press('Shift');
  const rows = panel.one('insights').querySelectorAll('figure tbody tr');
  expect(rows).toHaveLength(30);
});

test('insights that cannot be counted say why', async () => {
  const panel = await openPanel({
    before: (platform) => {
      platform.failNext('insights', new CallError('failed', 'the database could not be read'));
    },
  });
  await panel.press('4');
  expect(panel.words('insights')[0]).toContain('the database could not be read');
});
