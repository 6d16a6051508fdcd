/** A list of suggestions, what is searched in it, and which one is selected. */
import { failure, type CallError } from '../ipc/call';
import type { List } from '../ipc/gen/List';
import type { SuggestionSummary } from '../ipc/gen/SuggestionSummary';
import type { Platform } from '../platform';
import { added, type Group, grouped, loudestFirst } from './groups';
import { byUrgency } from './taste.svelte';

export type { Group } from './groups';

/** What a list is narrowed to: how loud, or what it is about, as event types begin. */
export const FILTERS = {
  urgent: { level: 'urgent' },
  builds: { event_type: 'repo.build' },
  pulls: { event_type: 'repo.pr' },
  issues: { event_type: 'issue' },
  pushes: { event_type: 'repo.push' },
  dependencies: { event_type: 'repo.dependency' },
} as const;
export type Filter = keyof typeof FILTERS;

/** Suggestions asked for at first; more come as the list is scrolled, the more the further it was. */
const PAGE = 100;
/** As many as one answer holds. */
const MOST = 1000;

export class SuggestionList {
  readonly list: List;
  readonly #platform: Platform;

  all = $state.raw<SuggestionSummary[]>([]);
  total = $state(0);
  loaded = $state(false);
  error = $state.raw<CallError | null>(null);
  query = $state('');
  filter = $state<Filter | null>(null);
  selected = $state<string | null>(null);

  /** By repository, the one with the newest first; or by how loud they are, the loudest first. */
  groups: Group[] = $derived(
    byUrgency.wanted ? grouped(loudestFirst(this.all), 'level') : grouped(this.all, 'repository'),
  );
  /** In the order they are shown, which is the order of the keys: history as it happened. */
  shown: SuggestionSummary[] = $derived.by(() =>
    this.list === 'inbox' ? this.groups.flatMap((group) => group.suggestions) : this.all,
  );

  /** Where the selection was, should what was selected leave the list. */
  #place = 0;
  #asked = 0;
  #loadsMore = false;

  constructor(platform: Platform, list: List) {
    this.#platform = platform;
    this.list = list;
  }

  /** Loads what is shown afresh: as much as was there before. */
  async load(): Promise<void> {
    await this.#ask(0, Math.max(PAGE, this.all.length));
  }

  /** True while older ones are there to be loaded. */
  get hasMore(): boolean {
    return this.all.length < this.total;
  }

  /** Loads the next page behind what is there. */
  async more(): Promise<void> {
    if (this.hasMore && !this.#loadsMore) {
      this.#loadsMore = true;
      const page = Math.min(MOST, Math.max(PAGE, this.all.length));
      await this.#ask(this.all.length, page).finally(() => (this.#loadsMore = false));
    }
  }

  async #ask(offset: number, limit: number): Promise<void> {
    const asked = ++this.#asked;
    try {
      let all = this.all.slice(0, offset);
      let total = 0;
      for (let at = offset; at < offset + limit; at += MOST) {
        const found = await this.#platform.call('suggestions', {
          list: this.list,
          query: this.query.trim() || null,
          level: null,
          event_type: null,
          ...(this.filter && FILTERS[this.filter]),
          offset: at,
          limit: Math.min(MOST, offset + limit - at),
        });
        // A later question has been asked; its answer counts.
        if (asked !== this.#asked) return;
        all = added(all, found.suggestions);
        total = found.total;
        if (at + MOST >= total) break;
      }
      this.all = all;
      this.total = total;
      this.error = null;
    } catch (thrown) {
      if (asked === this.#asked) this.error = failure(thrown);
    } finally {
      if (asked === this.#asked) this.loaded = true;
    }
  }

  async search(query: string): Promise<void> {
    this.query = query;
    await this.#ask(0, PAGE);
  }

  /** Shows only what `filter` lets through; the same again shows all. */
  async narrow(filter: Filter | null): Promise<void> {
    this.filter = filter === this.filter ? null : filter;
    await this.#ask(0, PAGE);
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
    if (wanted >= this.shown.length - 1) void this.more();
    const one = this.shown[Math.max(0, Math.min(wanted, this.shown.length - 1))];
    this.select(one?.id ?? null);
    return this.selected;
  }

  /** Those beside the selected one, the next first. */
  get beside(): string[] {
    const here = this.shown.findIndex((one) => one.id === this.selected);
    if (here < 0) return [];
    return [this.shown[here + 1], this.shown[here - 1]].flatMap((one) => (one ? [one.id] : []));
  }
}
