import { expect, test } from 'vitest';
import { CallError } from '../ipc/call';
import { openPanel } from '../test/panel';

test('filters stand in the order they are asked and can be moved and taken out', async () => {
  const panel = await openPanel();
  await panel.press('6');
  expect(panel.words('filter')[0]).toMatch(/^Keep silent ?Repository acme\/\* ?Author \*\[bot\]/);
  expect(panel.words('filter')[1]).toMatch(/^Urgent ?Event repo\.build\.failed ?Branch release\/\*/);
  await panel.click('filter-up', 1);
  expect(panel.words('filter')[0]).toContain('Urgent');
  expect(panel.one('said').textContent).toBe('The filter has another place');
  await panel.click('filter-remove', 0);
  expect(panel.all('filter')).toHaveLength(1);
});

test('a filter is tried on what happened before it is in force', async () => {
  const panel = await openPanel();
  await panel.press('g');
  await panel.press('f');
  await panel.click('filter-add');
  await panel.type('filter-event_type', 'repo.build');
  await panel.click('filter-try');
  expect(panel.platform.asked('try_filter')).toEqual([
    { was: null, filter: { action: 'silent', event_type: 'repo.build' }, place: null, days: 30 },
  ]);
  expect(panel.words('trial-change')[0]).toMatch(/toast →becomes inbox$/);
  expect(panel.platform.asked('change_filter')).toEqual([]);
  await panel.click('filter-save');
  expect(panel.all('filter')).toHaveLength(3);
});

test('a rule that looking back silenced is listed with its record and can be let speak again', async () => {
  const panel = await openPanel();
  await panel.press('6');
  expect(panel.words('silent-rule')[0]).toMatch(
    /^push\/untested ?in acme\/api: 0 of 7 proved right ?Let it speak$/,
  );
  await panel.click('silent-rule-lift');
  expect(panel.platform.asked('lift_rule')).toEqual([{ rule: 'push/untested', repository: 'acme/api' }]);
  expect(panel.all('silent-rules')).toHaveLength(0);
  expect(panel.one('said').textContent).toBe('The rule may speak again');
});

test('what cannot be a filter says why and is kept to be put right', async () => {
  const panel = await openPanel({
    before: (platform) => {
      platform.failNext(
        'change_filter',
        new CallError('invalid', 'a filter without a field would fit everything'),
      );
    },
  });
  await panel.press('6');
  await panel.click('filter-add');
  await panel.click('filter-save');
  expect(panel.words('filters-page')[0]).toContain('a filter without a field would fit everything');
  expect(panel.all('filter-form')).toHaveLength(1);
});

test('what was dismissed goes back into the inbox', async () => {
  const panel = await openPanel();
  await panel.press('3');
  await panel.press('j');
  await panel.press('Enter');
  await panel.click('restore');
  expect(panel.platform.asked('restore')).toHaveLength(1);
  expect(panel.one('said').textContent).toMatch(/^Back in the inbox: /);
});
