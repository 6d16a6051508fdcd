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
  expect(panel.words('scopes')[0]).toContain('Contents: write pushes a fix branch; not needed to watch');
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
      sign_in: null,
      secrets: { token },
      settings: {},
    },
  ]);
  expect(document.body.innerHTML).not.toContain(token);
  expect(panel.one('welcome').dataset['step']).toBe('done');
});

test('gh’s token is taken by one click, and repositories are chosen from a list', async () => {
  const panel = await openPanel({ scene: 'welcome' });
  await panel.click('connect-github');
  await panel.click('sign-in-cli');
  expect(panel.platform.asked('sign_in')).toEqual([
    { provider: 'github', base_url: null, way: { by: 'forge_cli' } },
  ]);
  expect(panel.words('token-check')[0]).toContain('a classic token of ada with public_repo');
  expect(panel.words('reads-only')).toHaveLength(1);
  expect(panel.one('secret-token').hasAttribute('required')).toBe(false);
  expect(panel.all('repository')).toHaveLength(3);
  await panel.type('repository-search', 'shop');
  expect(panel.all('repository')).toHaveLength(1);
  await panel.click('repository');
  await submit(panel.one('connection-form'));
  expect(panel.platform.asked('connect')).toMatchObject([
    { watch: ['acme/web'], sign_in: 'forge_cli', secrets: {} },
  ]);
});

test('a browser sign-in shows the code and goes on when the user agreed', async () => {
  const panel = await openPanel({ scene: 'welcome' });
  await panel.click('connect-github');
  await panel.click('sign-in-device');
  expect(panel.platform.asked('sign_in')).toEqual([]);
  await panel.type('client-id', 'app');
  await panel.click('sign-in-device');
  expect(panel.platform.asked('sign_in')).toMatchObject([{ way: { by: 'device', client_id: 'app' } }]);
  expect(panel.platform.asked('sign_in_state')).toEqual([{ id: 'device' }]);
  expect(panel.all('token-check')).toHaveLength(1);
});

test('a sign-in that fails says why and leaves the form as it was', async () => {
  const panel = await openPanel({ scene: 'welcome' });
  await panel.click('connect-github');
  panel.platform.failNext('sign_in', new CallError('refused', '`gh` is not logged in at this server'));
  await panel.click('sign-in-cli');
  expect(panel.words('problem')).toEqual(['gh is not logged in at this server']);
  expect(panel.one('secret-token').hasAttribute('required')).toBe(true);
});

test('webhooks are made, their secret replaced, and taken away', async () => {
  const panel = await openPanel();
  await panel.click('settings');
  await panel.click('show-webhooks');
  expect(panel.words('webhooks')[0]).toContain('None leads to /webhooks/github-acme.');
  await panel.type('webhook-url', 'https://perch.example.org');
  await submit(panel.one('make-webhooks').closest('form') as HTMLElement);
  expect(panel.words('webhook')[0]).toContain('acme/api https://perch.example.org/webhooks/github-acme');
  await panel.click('rotate-secret');
  await panel.click('promote-secret');
  expect(panel.platform.asked('promote_webhook_secret')).toEqual([{ connection: 'github-acme' }]);
  await panel.click('remove-webhooks');
  expect(panel.all('webhook')).toEqual([]);
});

test('a connection shows its quota, its token’s end and what stands in the way', async () => {
  const ends = new Date(Date.now() + 3 * 86_400_000).toISOString();
  const panel = await openPanel({
    before: (platform) => {
      const standing = platform.connections[0]?.standing;
      if (!standing) return;
      standing.token_ends = ends;
      standing.hurdles = [
        { about: 'acme/web', problem: '`acme/web` is archived', next_step: 'take it out of `watch`' },
      ];
    },
  });
  await panel.click('settings');
  expect(panel.words('hurdle')).toEqual(['acme/web is archived. Take it out of watch.']);
  expect(panel.words('token-ends')).toEqual([`The token ends on ${ends.slice(0, 10)}.`]);
  expect(panel.one('token-ends').classList.contains('soon')).toBe(true);
  expect(panel.words('quota')[0]).toMatch(/^19 requests used, 4,981 left until /);
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
