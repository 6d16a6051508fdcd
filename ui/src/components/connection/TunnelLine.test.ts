import { expect, test } from 'vitest';
import type { TunnelView } from '../../ipc/gen/TunnelView';
import { sampleConnections } from '../../platform/fake/world';
import { openPanel } from '../../test/panel';

const MINUTE = 60_000;

async function settingsWith(change: Partial<TunnelView>) {
  const [github, ...others] = sampleConnections(Date.now());
  const tunnel = github?.tunnel;
  if (!tunnel) throw new Error('the sample has a tunnel');
  const panel = await openPanel({
    before: (platform) => {
      platform.connections = [{ ...github, tunnel: { ...tunnel, ...change } }, ...others];
    },
  });
  await panel.click('settings');
  return panel;
}

test('an open tunnel shows its address and when something last came', async () => {
  const panel = await settingsWith({});
  expect(panel.one('tunnel').textContent).toContain('Tunnel smee: open');
  expect(panel.words('tunnel-address')).toEqual(['https://smee.io/Xb3kQ0vT9mZsLw2a']);
  expect(panel.words('tunnel-deliveries')[0]).toMatch(/^12 deliveries, the last/);
});

test('one that brought nothing says so, and a connection without one shows none', async () => {
  const panel = await settingsWith({ last_delivery: null, deliveries: 0 });
  expect(panel.words('tunnel-deliveries')).toEqual(['Nothing came by it yet.']);
  expect(panel.all('tunnel')).toHaveLength(1);
});

test('a tunnel that broke says why and when it is tried again', async () => {
  const until = new Date(Date.now() + 5 * MINUTE).toISOString();
  const panel = await settingsWith({
    state: { state: 'retrying', problem: 'smee.io ended the stream', until },
  });
  const line = panel.one('tunnel');
  expect(line.textContent).toContain('broken off, tried again');
  expect(line.textContent).toContain('smee.io ended the stream');
  expect(panel.all('tunnel-address')).toEqual([]);
});

test('a tunnel that needs its user says what to do, and so does a note', async () => {
  const panel = await settingsWith({
    state: { state: 'broken', problem: 'there is no program `ngrok`', next_step: 'install it' },
    note: 'the webhook of acme/api was not set',
  });
  expect(panel.words('tunnel-next-step')).toEqual(['there is no program ngrok. install it.']);
  expect(panel.words('tunnel-note')).toEqual(['the webhook of acme/api was not set']);
});
