import { fireEvent } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import { CallError } from '../ipc/call';
import type { Desktop } from '../platform';
import { openPanel, settled } from '../test/panel';

const sampleDesktop: Desktop = {
  about: () => Promise.resolve({ tray: true, pinned: false, note: null }),
  pin: () => Promise.resolve(),
  autostart: () => Promise.resolve(false),
  setAutostart: (enabled) => Promise.resolve(enabled),
};

test('with nothing watched one click watches the folder Perch was started in', async () => {
  const panel = await openPanel({ scene: 'welcome' });
  expect(panel.words('promise')[0]).toContain('No account with us and no telemetry');
  expect(panel.words('watch-offer')).toEqual(['Watch /home/ada/src/api']);
  await panel.click('watch-offer');
  expect(panel.platform.asked('watch')).toEqual([{ path: '/home/ada/src/api' }]);
  expect(panel.words('watched')).toEqual(['/home/ada/src/api']);
  expect(panel.platform.asked('backtest')).toEqual([{ repository: '/home/ada/src/api' }]);
  expect(panel.words('past')[0]).toContain(
    '6 builds broke; in 4 the lines shown are the lines the fix changed',
  );
  expect(panel.words('past')[0]).toContain('1 rule would have been noise and starts silent.');
  await panel.click('welcome-done');
  expect(panel.all('welcome')).toEqual([]);
  expect(panel.words('watched')[0]).toContain('/home/ada/src/api');
});

test('the folders used last are offered first, and several are watched at one go', async () => {
  const panel = await openPanel({ scene: 'welcome' });
  expect(panel.words('folders')[0]).toContain('~/src/api just now ~/src/web');
  expect(panel.all('folder')).toHaveLength(6);
  await panel.click('all-folders');
  expect(panel.all('folder')).toHaveLength(8);
  expect(panel.one('watch-chosen').hasAttribute('disabled')).toBe(true);
  await panel.click('folder', 1);
  await panel.click('folder', 0);
  expect(panel.words('watch-chosen')).toEqual(['Watch 2 folders']);
  await panel.click('watch-chosen');
  expect(panel.platform.asked('watch')).toEqual([
    { path: '/home/ada/src/web' },
    { path: '/home/ada/src/api' },
  ]);
  expect(panel.one('welcome').dataset['step']).toBe('done');
});

test('on a desktop a notification is tried before the first minute is over', async () => {
  const panel = await openPanel({ scene: 'welcome', desktop: sampleDesktop });
  await panel.click('watch-offer');
  expect(panel.one('welcome').dataset['step']).toBe('notices');
  await panel.click('try-notice');
  expect(panel.words('tried')).toEqual(['It stands on your screen.']);
  panel.platform.failNext('try_notice', new CallError('failed', 'the notification service does not answer'));
  await panel.click('try-notice');
  expect(panel.words('tried')).toEqual(['the notification service does not answer']);
  await panel.click('welcome-next');
  expect(panel.one('welcome').dataset['step']).toBe('done');
});

test('another folder is watched by its path, and a wrong one says why', async () => {
  const panel = await openPanel({ scene: 'welcome' });
  await panel.type('path-input', 'nowhere');
  await panel.click('watch-path');
  expect(panel.words('problem')[0]).toContain('nowhere is not inside a git working tree');
  await panel.type('path-input', ' /home/ada/src/web ');
  await panel.click('watch-path');
  expect(panel.platform.asked('watch').at(-1)).toEqual({ path: '/home/ada/src/web' });
});

test('an empty inbox says what is watched, when it last looked, and how to try it', async () => {
  const panel = await openPanel({ scene: 'quiet' });
  const words = panel.words('empty')[0];
  for (const part of [
    'Nothing needs you',
    '37 events today',
    'acme/api, acme/web',
    'just now',
    'perch exec -- cargo test',
  ])
    expect(words).toContain(part);
  await panel.click('copy-command');
  expect(panel.platform.copied).toEqual(['perch exec -- cargo test']);
  await panel.click('see-events');
  expect(panel.all('event-row')).toHaveLength(8);
});

test('every event says why it did or did not become a suggestion', async () => {
  const panel = await openPanel();
  await panel.click('view-events');
  expect(panel.words('event-row')[2]).toContain('silent: you did this yourself');
  await panel.click('event-open', 2);
  expect(panel.words('verdicts')[0]).toContain('gate silent you did this yourself');
  await panel.click('event-open', 1);
  await panel.click('event-suggestion');
  expect(panel.words('detail-title')[0]).toContain('Build failed on main');
});

test('history keeps what became of each, and what was done can still be undone', async () => {
  const panel = await openPanel();
  await panel.click('view-history');
  expect(
    panel.words('suggestion-row').map((row) => /Accepted|Dismissed|Snoozed until|Overtaken/.exec(row)?.[0]),
  ).toEqual(['Accepted', 'Dismissed', 'Snoozed until', 'Overtaken']);
  await panel.press('Enter');
  await panel.click('undo');
  expect(panel.platform.asked('undo')).toEqual([
    { id: '019a8f10-0001-7000-8000-000000000005', action: 'act-done' },
  ]);
});

test('a broken connection is said at once with the way to mend it', async () => {
  const panel = await openPanel({ scene: 'broken' });
  expect(panel.one('bar').dataset['loop']).toBe('attention');
  expect(panel.words('problem')[0]).toContain('github-acme: GitHub refused the token');
  await panel.click('open-connections');
  expect(panel.words('next-step')[0]).toContain('Make a new one and put it in with Change.');
});

test('a Perch that does not answer is said, and asked again by a click', async () => {
  const panel = await openPanel({
    before: (platform) => {
      for (const command of ['status', 'suggestions'] as const)
        platform.failNext(command, new CallError('unreachable', 'Perch does not answer'));
    },
  });
  expect(panel.words('problem')).toEqual(['Perch does not answer Try again']);
  await panel.click('retry');
  expect(panel.all('problem')).toEqual([]);
  expect(panel.all('suggestion-row')).toHaveLength(4);
});

test('an expired address offers no retry, since none would help', async () => {
  const panel = await openPanel({
    before: (platform) => {
      platform.failNext('status', new CallError('expired', 'This address has expired'));
    },
  });
  expect(panel.words('problem')).toEqual(['This address has expired']);
  expect(panel.all('retry')).toEqual([]);
});

test('the pause shows until when, and ends by a click', async () => {
  const panel = await openPanel();
  await panel.click('pause');
  await panel.click('menu-item');
  expect(panel.platform.asked('pause')).toEqual([{ until: '1h' }]);
  expect(panel.one('bar').dataset['loop']).toBe('paused');
  await panel.click('resume');
  expect(panel.platform.asked('pause').at(-1)).toEqual({ until: null });
  expect(panel.one('bar').dataset['loop']).toBe('watching');
});

test('a toast leads to its suggestion, the tray to the quiet hours', async () => {
  const panel = await openPanel();
  panel.platform.open({ view: 'suggestion', id: '019a8f10-0001-7000-8000-000000000003' });
  await settled();
  expect(panel.words('detail-title')[0]).toContain('4 updates, 1 security');
  panel.platform.open({ view: 'settings', section: 'quiet_hours' });
  await settled();
  expect(document.activeElement).toBe(panel.one('setting-quiet-from'));
});

test('a suggestion that is gone says so', async () => {
  const panel = await openPanel();
  panel.platform.open({ view: 'suggestion', id: 'gone' });
  await settled();
  expect(panel.words('problem')[0]).toContain('there is no suggestion gone');
});

test('settings are in force when they are changed', async () => {
  const panel = await openPanel();
  await panel.click('settings');
  await fireEvent.change(panel.one('setting-theme'), { target: { value: 'dark' } });
  await settled();
  expect(panel.platform.asked('set')).toEqual([{ key: 'theme', value: 'dark' }]);
  expect(document.documentElement.dataset['scheme']).toBe('dark');
  await panel.click('lift');
  expect(panel.platform.asked('change_mute')).toEqual([
    { mute: { rule: 'npm/outdated', repository: 'acme/legacy' }, lift: true },
  ]);
  expect(panel.all('mute')).toHaveLength(1);
});

test('quiet hours are sent as one span, and as none once both are empty', async () => {
  const panel = await openPanel();
  await panel.click('settings');
  await fireEvent.input(panel.one('setting-quiet-from'), { target: { value: '' } });
  await fireEvent.change(panel.one('setting-quiet-from'));
  expect(panel.platform.asked('set')).toEqual([]);
  await fireEvent.input(panel.one('setting-quiet-to'), { target: { value: '' } });
  await fireEvent.change(panel.one('setting-quiet-to'));
  await settled();
  expect(panel.platform.asked('set')).toEqual([{ key: 'quiet_hours', value: null }]);
});

test('the check-up tells what is well and what to do where it is not', async () => {
  const panel = await openPanel();
  await panel.click('settings');
  await panel.click('doctor');
  expect(panel.all('check').map((check) => check.dataset['well'])).toEqual(['true', 'true', 'true', 'false']);
  expect(panel.words('check')[3]).toContain('set another address under Watching');
});

test('settings go out to the clipboard and come in from a paste', async () => {
  const panel = await openPanel();
  await panel.click('settings');
  await panel.click('export');
  expect(panel.platform.copied).toEqual(['{"toasts":true}']);
  await panel.click('import');
  await panel.type('import-text', 'not json');
  await panel.click('import-yes');
  expect(panel.words('problem')[0]).toContain('it is not JSON');
  await panel.type('import-text', '{"toasts":false}');
  await panel.click('import-yes');
  expect((panel.one('setting-toasts') as HTMLInputElement).checked).toBe(false);
});

test('start at login is offered where something can tell, and nowhere else', async () => {
  const browser = await openPanel();
  await browser.click('settings');
  expect(browser.all('setting-autostart')).toEqual([]);
  let enabled = false;
  const desktop = await openPanel({
    desktop: {
      about: () => Promise.resolve({ tray: false, pinned: false, note: 'No tray shows the bird' }),
      pin: () => Promise.resolve(),
      autostart: () => Promise.resolve(enabled),
      setAutostart: (on) => Promise.resolve((enabled = on)),
    },
  });
  expect(desktop.words('problem')).toEqual(['No tray shows the bird Hide']);
  await desktop.click('hide-note');
  expect(desktop.all('problem')).toEqual([]);
  await desktop.click('settings');
  await fireEvent.click(desktop.one('setting-autostart'));
  expect(enabled).toBe(true);
});
