/** A list of suggestions, what is searched in it, and which one is selected. */
import { failure, type CallError } from '../ipc/call';
import type { List } from '../ipc/gen/List';
import type { SuggestionSummary } from '../ipc/gen/SuggestionSummary';
import type { Platform } from '../platform';

/** Suggestions of one repository, in the list's order. */
export interface Group {
  repository: string;
  suggestions: SuggestionSummary[];
}

const LIMIT = 200;

export class SuggestionList {
  readonly list: List;
  readonly #platform: Platform;

  all = $state.raw<SuggestionSummary[]>([]);
  total = $state(0);
  loaded = $state(false);
  error = $state.raw<CallError | null>(null);
  query = $state('');
  selected = $state<string | null>(null);

  /** By repository, the one with the newest first. */
  groups: Group[] = $derived(byRepository(this.all));
  /** In the order they are shown, which is the order of the keys: history as it happened. */
  shown: SuggestionSummary[] = $derived.by(() =>
    this.list === 'inbox' ? this.groups.flatMap((group) => group.suggestions) : this.all,
  );

  /** Where the selection was, should what was selected leave the list. */
  #place = 0;
  #asked = 0;

  constructor(platform: Platform, list: List) {
    this.#platform = platform;
    this.list = list;
  }

  async load(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const found = await this.#platform.call('suggestions', {
        list: this.list,
        query: this.query.trim() || null,
        limit: LIMIT,
      });
      // A later question has been asked; its answer counts.
      if (asked !== this.#asked) return;
      this.all = found.suggestions;
      this.total = found.total;
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

  select(id: string | null): void {
    this.selected = id;
    const place = this.shown.findIndex((one) => one.id === id);
    if (place >= 0) this.#place = place;
  }

  /** Selects the next (1) or previous (-1) one. What left the list counts as being before the one that took its place. */
  move(step: 1 | -1): string | null {
    const here = this.shown.findIndex((one) => one.id === this.selected);
    const wanted = here >= 0 ? here + step : step === 1 ? this.#place : this.#place - 1;
    const one = this.shown[Math.max(0, Math.min(wanted, this.shown.length - 1))];
    this.select(one?.id ?? null);
    return this.selected;
  }
}

function byRepository(suggestions: SuggestionSummary[]): Group[] {
  const groups: Group[] = [];
  for (const one of suggestions) {
    const group = groups.find(({ repository }) => repository === one.repository);
    if (group) group.suggestions.push(one);
    else groups.push({ repository: one.repository, suggestions: [one] });
  }
  return groups;
}
