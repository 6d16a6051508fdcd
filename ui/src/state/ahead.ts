/** Suggestions that will likely be opened next, asked for before they are. Forgets what may have changed. */
import type { SuggestionDetail } from '../ipc/gen/SuggestionDetail';
import type { Platform } from '../platform';

export class Ahead {
  readonly #platform: Platform;
  readonly #asked = new Map<string, Promise<SuggestionDetail>>();

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** Asks for these, and lets go of all others. */
  expect(ids: readonly string[]): void {
    for (const id of this.#asked.keys()) if (!ids.includes(id)) this.#asked.delete(id);
    for (const id of ids) {
      if (this.#asked.has(id)) continue;
      const asked = this.#platform.call('show', { id });
      this.#asked.set(id, asked);
      // Whoever opens it asks again and hears why.
      asked.catch(() => {
        if (this.#asked.get(id) === asked) this.#asked.delete(id);
      });
    }
  }

  /** What was asked for, once. */
  take(id: string): Promise<SuggestionDetail> | undefined {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    return asked;
  }

  /** Lets go of one that changed, or of all. */
  forget(id?: string): void {
    if (id === undefined) this.#asked.clear();
    else this.#asked.delete(id);
  }
}
