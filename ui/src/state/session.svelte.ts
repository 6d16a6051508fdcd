/** How Perch is doing, and the settings the panel itself goes by. */
import { type CallError, failure } from '../ipc/call';
import type { ProviderView } from '../ipc/gen/ProviderView';
import type { SettingsView } from '../ipc/gen/SettingsView';
import type { Status } from '../ipc/gen/Status';
import type { Platform } from '../platform';

/** What the bird in the bar shows. */
export type Loop =
  'starting' | 'watching' | 'working' | 'paused' | 'stopped' | 'attention' | 'offline' | 'unwatched';

export class Session {
  status = $state.raw<Status | null>(null);
  settings = $state.raw<SettingsView | null>(null);
  providers = $state.raw<ProviderView[]>([]);
  error = $state.raw<CallError | null>(null);

  loop: Loop = $derived.by(() => loopOf(this.status, this.error));
  readonly #platform: Platform;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  async load(): Promise<void> {
    await this.#keep(async () => {
      this.status = await this.#platform.call('status');
      this.error = null;
    });
  }

  async loadSettings(): Promise<void> {
    await this.#keep(async () => {
      this.settings = await this.#platform.call('settings');
    });
  }

  async loadProviders(): Promise<void> {
    if (this.providers.length > 0) return;
    await this.#keep(async () => {
      this.providers = (await this.#platform.call('providers')).providers;
    });
  }

  /** Pauses until then; without a time, ends the pause. */
  async pause(until: string | null): Promise<void> {
    await this.#keep(async () => {
      this.status = await this.#platform.call('pause', { until });
    });
  }

  async #keep(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      this.error = failure(thrown);
    }
  }
}

function loopOf(status: Status | null, error: CallError | null): Loop {
  if (error?.cause === 'unreachable' || error?.cause === 'expired') return 'offline';
  if (!status) return 'starting';
  const states = status.connections.map((one) => one.state.state);
  if (status.paused_until !== null) return 'paused';
  if (!status.running) return 'stopped';
  if (states.includes('broken')) return 'attention';
  if (states.length === 0) return 'unwatched';
  if (states.every((state) => state === 'unreachable')) return 'offline';
  return status.working ? 'working' : 'watching';
}
