/** The panel inside the desktop program. */
import { invoke, isTauri } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import { failure, type Command, type Request, type Response } from '../ipc/call';
import type { Change } from '../ipc/gen/Change';
import { isOpenable } from './address';
import { copyToClipboard } from './clipboard';
import type { Goal, Platform } from './types';

/** True inside the desktop program. */
export const inDesktop = isTauri;

async function rpc<T>(cmd: string, payload: unknown = {}): Promise<T> {
  try {
    return await invoke<T>('rpc', { cmd, payload });
  } catch (thrown) {
    throw failure(thrown);
  }
}

function on<T>(event: string, handler: (payload: T) => void): () => void {
  const ended = listen<T>(event, ({ payload }) => {
    handler(payload);
  });
  return () => void ended.then((end) => end());
}

export function tauri(): Platform {
  return {
    call: <K extends Command>(command: K, payload?: Request<K>) => rpc<Response<K>>(command, payload),
    onChange: (handler) => on<Change>('change', handler),
    onOpen: (handler) => on<Goal>('open', handler),
    openUrl: async (url) => {
      if (isOpenable(url)) await rpc('link_open', { url });
    },
    copy: copyToClipboard,
    hidePanel: async () => {
      await rpc('panel_hide');
    },
    desktop: {
      about: () => rpc('desktop_get'),
      pin: async (pinned) => {
        await rpc('panel_pin', { pinned });
      },
      autostart: async () => (await rpc<{ enabled: boolean }>('autostart_get')).enabled,
      setAutostart: async (enabled) =>
        (await rpc<{ enabled: boolean }>('autostart_set', { enabled })).enabled,
    },
  };
}
