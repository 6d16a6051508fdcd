import { expect, test } from 'vitest';
import { openPanel } from '../../test/panel';

async function openSettings() {
  const panel = await openPanel();
  panel.platform.open({ view: 'settings' });
  await panel.press('Shift');
  await panel.press('Shift');
  return panel;
}

test('a model is added with its key, which leaves the page', async () => {
  const panel = await openSettings();
  expect(panel.words('model-state')).toEqual(['well']);
  await panel.click('model-add');
  await panel.type('model-name', 'claude-sonnet-5');
  await panel.type('model-key', 'key-for-tests');
  await panel.click('model-save');
  expect(panel.platform.asked('set_model')).toEqual([
    {
      name: null,
      provider: 'anthropic',
      model: 'claude-sonnet-5',
      base_url: null,
      key: 'key-for-tests',
      enabled: true,
    },
  ]);
  expect(panel.all('model')).toHaveLength(2);
  expect(document.body.innerHTML).not.toContain('key-for-tests');
});

test('a server on this machine is offered and used only when asked', async () => {
  const panel = await openSettings();
  expect(panel.platform.asked('set_model')).toEqual([]);
  await panel.click('nearby-use');
  expect(panel.platform.asked('set_model')).toEqual([
    { provider: 'openai', model: 'tiny', base_url: 'http://127.0.0.1:8080/v1', enabled: true },
  ]);
});

test('a vibe is made, edited and put in force', async () => {
  const panel = await openSettings();
  expect(panel.all('vibe')).toHaveLength(2);
  await panel.click('vibe-use');
  expect(panel.platform.words.active).toBe('release week');
  await panel.click('vibe-new');
  await panel.type('vibe-name', 'tech-debt sprint');
  await panel.click('vibe-save');
  expect(panel.platform.words.vibes.map((one) => one.name)).toContain('tech-debt sprint');
});
