/** What the panel needs of the program it runs in. */
import type { Command, Request, Response } from '../ipc/call';
import type { Change } from '../ipc/gen/Change';

/** Where the panel is asked to go: by a toast, the tray, or its own address. */
export type Goal =
  { view: 'inbox' } | { view: 'suggestion'; id: string } | { view: 'settings'; section?: string | undefined };

/** What only a desktop window has. */
export interface Desktop {
  /** Whether a tray icon shows, whether the panel stays when it loses focus, and a sentence to say once. */
  about(): Promise<{ tray: boolean; pinned: boolean; note: string | null }>;
  pin(pinned: boolean): Promise<void>;
  autostart(): Promise<boolean>;
  setAutostart(enabled: boolean): Promise<boolean>;
}

export interface Platform {
  /** Runs a command. Rejects with a `CallError`. */
  call<K extends Command>(command: K, payload?: Request<K>): Promise<Response<K>>;
  /** Tells of every change from now on; the answer ends that. */
  onChange(handler: (change: Change) => void): () => void;
  /** Tells when the panel, already open, is asked to show something; the answer ends that. */
  onOpen(handler: (goal: Goal) => void): () => void;
  /** Opens an `https:` address in the user's browser. */
  openUrl(url: string): Promise<void>;
  /** Puts text on the clipboard. */
  copy(text: string): Promise<void>;
  /** Puts the panel away, where it can be. */
  hidePanel(): Promise<void>;
  /** The desktop's own, absent in a browser. */
  readonly desktop: Desktop | null;
}
