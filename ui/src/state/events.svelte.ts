/** What happened, and why it did or did not become a suggestion. */
import { SvelteMap } from 'svelte/reactivity';
import { type CallError, failure } from '../ipc/call';
import type { EventView } from '../ipc/gen/EventView';
import type { Why } from '../ipc/gen/Why';
import type { Platform } from '../platform';

const LIMIT = 200;

export class EventList {
  all = $state.raw<EventView[]>([]);
  loaded = $state(false);
  error = $state.raw<CallError | null>(null);
  query = $state('');
  selected = $state<string | null>(null);
  /** Unfolded, with the answer to "why" once it is there. */
  readonly whys = new SvelteMap<string, Why | CallError | null>();

  readonly #platform: Platform;
  #asked = 0;

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  async load(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const query = this.query.trim() || null;
      const { events } = await this.#platform.call('events', { query, limit: LIMIT });
      if (asked !== this.#asked) return;
      this.all = events;
      this.error = null;
    } catch (thrown) {
      if (asked === this.#asked) this.error = failure(thrown);
    } finally {
      if (asked === this.#asked) this.loaded = true;
    }
  }

  async search(query: string): Promise<void> {
    this.query = query;
    await this.load();
  }

  move(step: 1 | -1): void {
    const here = this.all.findIndex((one) => one.id === this.selected);
    this.selected = this.all[Math.max(0, Math.min(here + step, this.all.length - 1))]?.id ?? null;
  }

  async toggle(id: string): Promise<void> {
    this.selected = id;
    if (this.whys.delete(id)) return;
    this.whys.set(id, null);
    const answer = await this.#platform.call('why', { event: id }).catch(failure);
    if (this.whys.has(id)) this.whys.set(id, answer);
  }
}
