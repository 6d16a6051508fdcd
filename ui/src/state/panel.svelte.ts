/** The whole panel: where the user is, what is listed, what is open, and what a key or a click does. */
import { type CallError, failure } from '../ipc/call';
import type { Change } from '../ipc/gen/Change';
import type { SuggestionSummary } from '../ipc/gen/SuggestionSummary';
import { type Goal, goalIn, type Platform } from '../platform';
import { text } from '../strings';
import { Clock } from './clock.svelte';
import { EventList } from './events.svelte';
import { Opened } from './opened.svelte';
import { Places } from './places.svelte';
import { Route, type View } from './route.svelte';
import { Session } from './session.svelte';
import { SuggestionList } from './suggestions.svelte';
import { followSystem } from './theme';
import { Welcome } from './welcome.svelte';

/** Changes come in bursts; the panel asks again once per burst. */
const BURST = 80;

/** Why a suggestion is dismissed, as its rule learns from it. */
export const DISMISS_REASONS = ['wrong', 'known', 'not_mine', 'noise'] as const;
export type DismissReason = (typeof DISMISS_REASONS)[number];

export class Panel {
  readonly platform: Platform;
  readonly clock = new Clock();
  readonly route = new Route();
  readonly session: Session;
  readonly inbox: SuggestionList;
  readonly history: SuggestionList;
  readonly events: EventList;
  readonly opened: Opened;
  readonly places: Places;
  readonly welcome = new Welcome();

  /** What a screen reader is told. */
  said = $state('');
  /** The document that was asked for from somewhere else than its form. */
  asking = $state.raw<{ kind: string; argument: string } | null>(null);
  /** The menu of times to snooze until is open. */
  snoozing = $state(false);
  /** The menu of reasons to dismiss is open. */
  dismissing = $state(false);
  /** Why the last dismissal or snooze did not happen. */
  trouble = $state.raw<CallError | null>(null);
  /** The suggestion accepted last, for undo from anywhere. */
  #accepted: string | null = null;
  #pending: ReturnType<typeof setTimeout> | undefined;
  #touched: string[] = [];
  #typed: string | null = null;
  #searches = false;

  constructor(platform: Platform) {
    this.platform = platform;
    this.session = new Session(platform);
    this.inbox = new SuggestionList(platform, 'inbox');
    this.history = new SuggestionList(platform, 'history');
    this.events = new EventList(platform);
    this.opened = new Opened(platform);
    this.places = new Places(
      platform,
      () => this.opened.id,
      (words) => (this.said = words),
    );
  }

  /** The list the current view shows suggestions of. */
  list: SuggestionList | null = $derived.by(() => {
    if (this.route.view === 'inbox') return this.inbox;
    return this.route.view === 'history' ? this.history : null;
  });

  /** True when the open suggestion is before the user's eyes. */
  reads: boolean = $derived.by(() => this.list !== null && (this.route.wide || this.route.reading));

  /** Begins to listen and to load; the answer ends that. */
  start(fragment: string): () => void {
    const ends = [
      this.clock.start(),
      this.route.start(),
      followSystem(() => this.session.settings?.theme ?? 'system'),
      this.platform.onChange((change) => {
        this.#changed(change);
      }),
      this.platform.onOpen((goal) => void this.go(goal)),
    ];
    void this.session.load();
    void this.session.loadSettings();
    void this.go(goalIn(fragment));
    return () => {
      clearTimeout(this.#pending);
      for (const end of ends) end();
    };
  }

  async go(goal: Goal): Promise<void> {
    this.route.follow(goal);
    if (goal.view === 'suggestion') {
      this.inbox.select(goal.id);
      await Promise.all([this.opened.open(goal.id), this.inbox.load()]);
      this.#seen();
    } else {
      await this.load();
    }
  }

  /** Loads what the current view shows. */
  async load(): Promise<void> {
    if (this.route.view === 'events') return this.events.load();
    const list = this.list;
    if (!list) return;
    await list.load();
    const selected = list.selected ?? list.shown[0]?.id ?? null;
    list.select(selected);
    await this.opened.open(selected);
    if (!this.route.wide) return;
    this.#seen();
    this.#lookAhead();
  }

  /** Selects a suggestion; with two panes it is read at once. */
  async select(id: string | null): Promise<void> {
    this.snoozing = false;
    this.dismissing = false;
    this.trouble = null;
    this.list?.select(id);
    await this.opened.open(id);
    if (!this.reads) return;
    this.#seen();
    this.#lookAhead();
  }

  /** Shows a suggestion in full. */
  async read(id: string): Promise<void> {
    this.route.reading = true;
    await this.select(id);
  }

  async move(step: 1 | -1): Promise<void> {
    if (this.route.view === 'events') this.events.move(step);
    else if (this.list) await this.select(this.list.move(step));
  }

  async accept(): Promise<void> {
    const { id, chosen } = this.opened;
    if (!chosen || !this.opened.canAccept) return;
    this.route.reading = true;
    const outcome = await this.opened.accept();
    if (outcome?.state === 'done') {
      this.#accepted = id;
      this.said = text.announce.done(chosen.label);
    } else if (outcome?.error ?? this.opened.refusal) {
      this.said = text.announce.failed(outcome?.error ?? this.opened.refusal?.message ?? '');
    }
    await Promise.all([this.session.load(), this.list?.load()]);
  }

  /** Takes back what the open suggestion did, or that it was put away, or else what was accepted last. */
  async undo(): Promise<void> {
    if (this.opened.putAway && !this.opened.begun?.outcome.can_undo) return this.#restore();
    if (!this.opened.begun?.outcome.can_undo && this.#accepted !== null) {
      this.route.reading = true;
      await this.opened.open(this.#accepted);
    }
    const label = this.opened.begun?.action.label;
    const outcome = await this.opened.undo();
    if (outcome?.state === 'undone' && label) {
      this.#accepted = null;
      this.said = text.announce.undone(label);
    }
    await Promise.all([this.session.load(), this.list?.load()]);
  }

  /** Puts the open suggestion away for good, with the reason if one is given. */
  async dismiss(neverAgain = false, reason?: DismissReason): Promise<void> {
    this.dismissing = false;
    const say = neverAgain ? text.announce.muted : text.announce.dismissed;
    await this.#putAway(say, (id) =>
      this.platform.call('dismiss', { id, never_again: neverAgain, ...(reason && { reason }) }),
    );
    if (neverAgain) await this.session.loadSettings();
  }

  async snooze(until: string): Promise<void> {
    this.snoozing = false;
    await this.#putAway(text.announce.snoozed, (id) => this.platform.call('snooze', { id, until }));
  }

  /** Searches as it is typed: one question at a time, and the last one typed is always asked. */
  async search(query: string): Promise<void> {
    const first = this.#typed === null && !this.#searches;
    this.#typed = query;
    if (!first) return;
    this.#searches = true;
    try {
      for (let next: string | null = query; next !== null; next = this.#typed) {
        this.#typed = null;
        await this.#search(next);
      }
    } finally {
      this.#searches = false;
    }
  }

  async #search(query: string): Promise<void> {
    if (this.route.view === 'events') await this.events.search(query);
    else if (this.list) {
      await this.list.search(query);
      await this.select(this.list.shown[0]?.id ?? null);
    }
  }

  async endSearch(): Promise<void> {
    this.route.searching = false;
    if (this.query !== '') await this.search('');
  }

  /** What is searched for in the current view. */
  get query(): string {
    return this.route.view === 'events' ? this.events.query : (this.list?.query ?? '');
  }

  /** One step back: out of what is over the view, out of the suggestion, out of the settings, away. */
  async back(): Promise<void> {
    if (this.route.helping) this.route.helping = false;
    else if (this.route.commanding) this.route.commanding = false;
    else if (this.dismissing) this.dismissing = false;
    else if (this.snoozing) this.snoozing = false;
    else if (this.opened.changes.editing) this.opened.changes.asProposed();
    else if (this.route.searching) await this.endSearch();
    else if (this.route.reading && !this.route.wide) this.route.reading = false;
    else if (this.route.view !== 'inbox') await this.show('inbox');
    else await this.platform.hidePanel();
  }

  async show(view: View, section: string | null = null): Promise<void> {
    this.snoozing = false;
    this.dismissing = false;
    this.route.go(view, section);
    await this.load();
  }

  /** Makes a document about something. */
  async write(kind: string, argument: string): Promise<void> {
    this.asking = { kind, argument };
    await this.show('documents');
  }

  async #restore(): Promise<void> {
    await this.#putAway(text.announce.restored, (id) => this.platform.call('restore', { id }));
  }

  async #putAway(
    say: (title: string) => string,
    call: (id: string) => Promise<SuggestionSummary>,
  ): Promise<void> {
    const { id, detail } = this.opened;
    if (id === null) return;
    try {
      await call(id);
    } catch (thrown) {
      this.trouble = failure(thrown);
      this.said = text.announce.failed(this.trouble.message);
      return;
    }
    this.said = say(detail?.summary.title ?? '');
    await Promise.all([this.session.load(), this.list?.load()]);
    // The list closes up, and the one that moved into the place is next.
    const next = this.list?.shown.some((one) => one.id === id) ? id : (this.list?.move(1) ?? null);
    if (next === null) this.route.reading = false;
    await this.select(next);
    if (next === id) await this.opened.reload();
  }

  /** Has what a key would open next ready. */
  #lookAhead(): void {
    if (this.list?.selected === this.opened.id) this.opened.ahead.expect(this.list?.beside ?? []);
  }

  #seen(): void {
    const { id } = this.opened;
    if (id === null || this.opened.detail?.summary.state !== 'open') return;
    // Only the count of new ones depends on it; a failure shows with the next call.
    void this.platform.call('seen', { id }).catch(() => undefined);
  }

  #changed(change: Change): void {
    if (change.kind === 'writing') {
      if (change.id === this.opened.id) this.opened.writing = change.text;
      return;
    }
    if (change.kind === 'suggestion') {
      this.#touched.push(change.id);
      this.opened.ahead.forget(change.id);
    } else if (change.kind === 'status') {
      if (this.opened.id) this.#touched.push(this.opened.id);
      this.opened.ahead.forget();
    }
    this.#pending ??= setTimeout(() => {
      this.#pending = undefined;
      void this.#again();
    }, BURST);
  }

  async #again(): Promise<void> {
    const touched = this.#touched;
    this.#touched = [];
    const before = this.session.status?.open;
    const { view } = this.route;
    await Promise.all([
      this.session.load(),
      view === 'events' ? this.events.load() : this.list?.load(),
      this.opened.id && touched.includes(this.opened.id) ? this.opened.reload() : undefined,
    ]);
    const { status } = this.session;
    // What leaves the inbox was said by whoever put it away.
    if (status && before !== undefined && status.open > before) this.said = text.announce.inbox(status.open);
    if (this.list && this.opened.id === null) await this.select(this.list.shown[0]?.id ?? null);
  }
}
