import { fireEvent } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import { openPanel, settled } from '../test/panel';

const FIRST = 'Build failed on main: unused mut denied';
const SECOND = 'PR #42 has no test for parse_range';

test('j and k go through the inbox and stop at its ends', async () => {
  const panel = await openPanel();
  expect(panel.selected()).toBe(FIRST);
  await panel.press('k');
  expect(panel.selected()).toBe(FIRST);
  await panel.press('j');
  expect(panel.selected()).toBe(SECOND);
  for (let more = 0; more < 5; more += 1) await panel.press('j');
  expect(panel.selected()).toBe('PR #31 has waited for you for 16 days');
});

test('enter opens, escape goes back and then hides', async () => {
  const panel = await openPanel();
  await panel.press('j');
  await panel.press('Enter');
  expect(panel.words('detail-title')[0]).toContain(SECOND);
  expect(panel.platform.asked('seen')).toEqual([{ id: '019a8f10-0001-7000-8000-000000000002' }]);
  await panel.press('Escape');
  expect(panel.all('reader')).toEqual([]);
  expect(panel.platform.hidden).toBe(0);
  await panel.press('Escape');
  expect(panel.platform.hidden).toBe(1);
});

test('with two panes the selection is read at once', async () => {
  const panel = await openPanel({ wide: true });
  await panel.press('j');
  expect(panel.words('detail-title')[0]).toContain(SECOND);
  expect(panel.all('suggestion-row')).toHaveLength(4);
});

test('what a key opens next was asked for before, and again once it changed', async () => {
  const panel = await openPanel({ wide: true });
  const asked = () => panel.platform.asked('show').map((one) => (one as { id: string }).id.slice(-1));
  expect(asked()).toEqual(['1', '2']);
  await panel.press('j');
  expect(panel.words('detail-title')[0]).toContain(SECOND);
  expect(asked()).toEqual(['1', '2', '3', '1']);
  panel.platform.tell({ kind: 'status' });
  await panel.press('j');
  expect(asked().slice(4)[0]).toBe('3');
});

test('d dismisses and goes on to the next one', async () => {
  const panel = await openPanel();
  await panel.press('d');
  expect(panel.platform.asked('dismiss')).toEqual([
    { id: '019a8f10-0001-7000-8000-000000000001', never_again: false },
  ]);
  expect(panel.selected()).toBe(SECOND);
  expect(panel.words('said')[0]).toBe('Dismissed: Build failed on main: unused `mut` denied');
  expect(panel.words('view-inbox')[0]).toContain('3');
});

test('a held key dismisses one suggestion only', async () => {
  const panel = await openPanel();
  await panel.press('d');
  await panel.press('d', { repeat: true });
  expect(panel.platform.asked('dismiss')).toHaveLength(1);
});

test('s offers times and a digit chooses one', async () => {
  const panel = await openPanel();
  await panel.press('s');
  expect(panel.words('menu-item')).toEqual(['1 hour1', 'Tomorrow morning2', 'Next week3']);
  await panel.press('2');
  const [{ until }] = panel.platform.asked('snooze') as [{ until: string }];
  const chosen = new Date(until);
  expect([chosen.getHours(), chosen.getMinutes()]).toEqual([9, 0]);
  expect(chosen.getTime()).toBeGreaterThan(Date.now());
  expect(panel.words('said')[0]).toContain('Snoozed');
});

test('slash searches and escape ends the search', async () => {
  const panel = await openPanel();
  await panel.press('/');
  await panel.type('search-input', 'parse');
  expect(panel.words('suggestion-title')).toEqual([SECOND]);
  expect(panel.selected()).toBe(SECOND);
  await panel.press('Escape');
  expect(panel.all('suggestion-row')).toHaveLength(4);
});

test('a search without a match says so', async () => {
  const panel = await openPanel();
  await panel.press('/');
  await panel.type('search-input', 'zebra');
  expect(panel.words('no-match')).toEqual(['Nothing here matches “zebra”.']);
});

test('letters typed into a field are words', async () => {
  const panel = await openPanel();
  await panel.press('/');
  panel.one('search-input').focus();
  await panel.press('d');
  await panel.press('a');
  expect(panel.platform.asked('dismiss')).toEqual([]);
  expect(panel.platform.asked('accept')).toEqual([]);
});

test('escape leaves a field before it leaves the view, and keeps what was typed', async () => {
  const panel = await openPanel();
  await panel.press('e');
  const field = panel.one('amend-title') as HTMLInputElement;
  expect(document.activeElement).toBe(field);
  await panel.type('amend-title', 'Drop it');
  await panel.press('Escape');
  expect(document.activeElement).not.toBe(field);
  expect(field.value).toBe('Drop it');
  await panel.press('Escape');
  expect(panel.all('amend-title')).toEqual([]);
});

test('keys with a modifier are left to the system', async () => {
  const panel = await openPanel();
  await panel.press('d', { ctrlKey: true });
  await panel.press('a', { metaKey: true });
  expect(panel.platform.asked('dismiss').concat(panel.platform.asked('accept'))).toEqual([]);
});

test('nothing is accepted or dismissed from the settings', async () => {
  const panel = await openPanel();
  await panel.press(',');
  for (const key of ['a', 'd', 's', 'u', 'e']) await panel.press(key);
  const acts = panel.platform.calls.filter(({ command }) => /accept|dismiss|snooze|undo/.test(command));
  expect(acts).toEqual([]);
});

test('question mark lists every key', async () => {
  const panel = await openPanel();
  await panel.press('?');
  for (const key of ['accept', 'dismiss', 'snooze', 'undo', 'search'])
    expect(panel.words('help')[0]).toContain(key);
  await panel.press('Escape');
  expect(panel.all('help')).toEqual([]);
});

test('capital d dismisses with a reason', async () => {
  const panel = await openPanel();
  await panel.press('D');
  expect(panel.words('menu-item')).toEqual([
    'It is wrong1',
    'I know already2',
    'Not mine3',
    'Not worth a suggestion4',
  ]);
  await panel.press('3');
  expect(panel.platform.asked('dismiss')).toEqual([
    { id: '019a8f10-0001-7000-8000-000000000001', never_again: false, reason: 'not_mine' },
  ]);
});

test('g and a letter go to a view, and the letter alone does not', async () => {
  const panel = await openPanel();
  await panel.press('g');
  await panel.press('e');
  expect(panel.all('events')).toHaveLength(1);
  await panel.press('g');
  await panel.press('x');
  await panel.press('i');
  expect(panel.all('events')).toHaveLength(1);
  await panel.press('g');
  await panel.press('i');
  expect(panel.selected()).toBe(FIRST);
});

test('every command is found by a part of its name and done by enter', async () => {
  const panel = await openPanel();
  await panel.press('k', { ctrlKey: true });
  await panel.type('command-input', 'events go');
  expect(panel.words('command')).toEqual(['Go to Eventsg e']);
  await fireEvent.keyDown(panel.one('command-input'), { key: 'Enter' });
  await settled();
  expect(panel.all('commands')).toEqual([]);
  expect(panel.all('events')).toHaveLength(1);
});

test('what is typed into the list of commands does nothing else', async () => {
  const panel = await openPanel();
  await panel.press('k', { metaKey: true });
  await panel.press('d');
  expect(panel.platform.asked('dismiss')).toEqual([]);
  await panel.press('Escape');
  expect(panel.all('commands')).toEqual([]);
  expect(panel.platform.hidden).toBe(0);
});
