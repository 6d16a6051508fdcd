/** The panel in a browser, against `perch serve`. */
import { CallError, failure, type Command, type Request, type Response as Answer } from '../ipc/call';
import type { Change } from '../ipc/gen/Change';
import { text } from '../strings';
import { goalIn, isOpenable } from './address';
import { copyToClipboard } from './clipboard';
import type { Platform } from './types';

async function call<K extends Command>(command: K, payload?: Request<K>): Promise<Answer<K>> {
  let response: Response;
  try {
    response = await fetch(`/api/${command}`, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', 'X-Perch': '1' },
      body: JSON.stringify(payload ?? {}),
    });
  } catch {
    throw new CallError('unreachable', text.error.unreachable);
  }
  if (response.ok) return (await response.json()) as Answer<K>;
  if (response.status === 401) throw new CallError('expired', text.error.expired);
  const told: unknown = await response.json().catch(() => null);
  throw told === null ? new CallError('failed', text.error.status(response.status)) : failure(told);
}

function onChange(handler: (change: Change) => void): () => void {
  const source = new EventSource('/api/changes');
  let lost = false;
  source.onmessage = ({ data }: MessageEvent<string>) => {
    handler(JSON.parse(data) as Change);
  };
  source.onerror = () => {
    lost = true;
  };
  source.onopen = () => {
    // What changed while nobody listened is unknown, so everything is asked for again.
    if (lost) handler({ kind: 'status' });
    lost = false;
  };
  return () => {
    source.close();
  };
}

export function http(): Platform {
  return {
    call,
    onChange,
    onOpen: (handler) => {
      const moved = () => {
        handler(goalIn(location.hash));
      };
      addEventListener('hashchange', moved);
      return () => {
        removeEventListener('hashchange', moved);
      };
    },
    openUrl: async (url) => {
      if (isOpenable(url)) open(url, '_blank', 'noopener,noreferrer');
      await Promise.resolve();
    },
    copy: copyToClipboard,
    hidePanel: () => Promise.resolve(),
    desktop: null,
  };
}
