import { fireEvent } from '@testing-library/svelte';
import { expect, test } from 'vitest';
import { CallError } from '../../ipc/call';
import { openPanel, settled } from '../../test/panel';

test('a form draws what the provider says it needs', async () => {
  const panel = await openPanel({ scene: 'welcome' });
  await panel.click('connect-github');
  expect(panel.one('secret-token').getAttribute('type')).toBe('password');
  expect(panel.one('secret-token').hasAttribute('required')).toBe(true);
  expect(panel.one('secret-webhook_secret').hasAttribute('required')).toBe(false);
  expect(panel.words('scopes')[0]).toContain('Contents: write pushes a fix branch, only to accept');
  expect(panel.one('field-base-url').getAttribute('placeholder')).toBe('https://api.github.com');
  expect(panel.all('setting-stale_days')).toEqual([]);
});

test('what is filled in is sent, secrets only as secrets, and they leave the page', async () => {
  const panel = await openPanel({ scene: 'welcome' });
  const token = ['ghp', 'x'.repeat(8)].join('_');
  await panel.click('connect-github');
  await panel.type('field-watch', 'acme/api\n\n acme/web ');
  await panel.type('field-identities', 'ada');
  await panel.type('secret-token', token);
  await submit(panel.one('connection-form'));
  expect(panel.platform.asked('connect')).toEqual([
    {
      provider: 'github',
      name: null,
      base_url: null,
      watch: ['acme/api', 'acme/web'],
      identities: ['ada'],
      secrets: { token },
      settings: {},
    },
  ]);
  expect(document.body.innerHTML).not.toContain(token);
  expect(panel.all('welcome')).toEqual([]);
});

test('a provider’s own settings are asked for, numbers sent as numbers', async () => {
  const panel = await openPanel();
  await panel.click('settings');
  await panel.click('change-connection', 1);
  expect((panel.one('field-watch') as HTMLTextAreaElement).value).toBe('/home/ada/src/tools');
  await panel.type('setting-stale_days', '30');
  await submit(panel.one('connection-form'));
  expect(panel.platform.asked('connect')).toMatchObject([
    { provider: 'local', name: 'tools', settings: { stale_days: 30 } },
  ]);
});

test('a secret that is set is kept when its field stays empty', async () => {
  const panel = await openPanel();
  await panel.click('settings');
  await panel.click('change-connection', 0);
  expect(panel.one('secret-token').hasAttribute('required')).toBe(false);
  await submit(panel.one('connection-form'));
  expect(panel.platform.asked('connect')).toMatchObject([{ name: 'github-acme', secrets: {} }]);
});

test('a refused connection says why and keeps what was typed', async () => {
  const panel = await openPanel({ scene: 'welcome' });
  await panel.click('connect-github');
  await panel.type('field-watch', 'acme/api');
  panel.platform.failNext('connect', new CallError('invalid', 'the token may not read `acme/api`; widen it'));
  await submit(panel.one('connection-form'));
  expect(panel.words('problem')).toEqual(['the token may not read acme/api; widen it']);
  expect((panel.one('field-watch') as HTMLTextAreaElement).value).toBe('acme/api');
});

test('disconnecting asks first', async () => {
  const panel = await openPanel();
  await panel.click('settings');
  await panel.click('disconnect', 0);
  expect(panel.platform.asked('disconnect')).toEqual([]);
  await panel.click('disconnect-yes');
  expect(panel.platform.asked('disconnect')).toEqual([{ name: 'github-acme' }]);
  expect(panel.all('connection')).toHaveLength(1);
});

async function submit(form: HTMLElement) {
  await fireEvent.submit(form);
  await settled();
}
