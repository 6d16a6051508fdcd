import { emit } from '@tauri-apps/api/event';
import { clearMocks, mockIPC } from '@tauri-apps/api/mocks';
import { afterEach, expect, test } from 'vitest';
import { settled } from '../test/panel';
import { tauri } from './tauri';

afterEach(() => {
  clearMocks();
});

/** A desktop that notes what it is asked and answers `answer`. */
function desktop(answer: (cmd: string) => unknown) {
  const asked: unknown[] = [];
  mockIPC(
    (command, given) => {
      asked.push({ command, given });
      return answer((given as { cmd: string }).cmd);
    },
    { shouldMockEvents: true },
  );
  return asked;
}

test('every command goes through the one the page may call', async () => {
  const asked = desktop(() => ({ enabled: true }));
  await tauri().call('snooze', { id: '1', until: '1h' });
  expect(await tauri().desktop?.autostart()).toBe(true);
  await tauri().hidePanel();
  expect(asked).toEqual([
    { command: 'rpc', given: { cmd: 'snooze', payload: { id: '1', until: '1h' } } },
    { command: 'rpc', given: { cmd: 'autostart_get', payload: {} } },
    { command: 'rpc', given: { cmd: 'panel_hide', payload: {} } },
  ]);
});

test('failures keep their code', async () => {
  desktop(() => {
    throw { code: 'moved', message: '`main` moved' };
  });
  await expect(tauri().call('accept', { id: '1' })).rejects.toMatchObject({
    cause: 'moved',
    message: '`main` moved',
  });
});

test('only plain https addresses are handed on', async () => {
  const asked = desktop(() => ({}));
  await tauri().openUrl('javascript:alert(1)');
  await tauri().openUrl('http://example.com');
  await tauri().openUrl('https://example.com/');
  expect(asked).toEqual([
    { command: 'rpc', given: { cmd: 'link_open', payload: { url: 'https://example.com/' } } },
  ]);
});

test('changes and goals arrive until nobody listens', async () => {
  desktop(() => ({}));
  const heard: unknown[] = [];
  const end = tauri().onChange((change) => heard.push(change));
  tauri().onOpen((goal) => heard.push(goal));
  await settled();
  await emit('change', { kind: 'status' });
  await emit('open', { view: 'suggestion', id: '1' });
  end();
  await settled();
  await emit('change', { kind: 'status' });
  expect(heard).toEqual([{ kind: 'status' }, { view: 'suggestion', id: '1' }]);
});
