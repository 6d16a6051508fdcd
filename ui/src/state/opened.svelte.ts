/** One suggestion in full: the action chosen, what the user changed of it, and how doing it goes. */
import { SvelteMap } from 'svelte/reactivity';
import { type CallError, failure } from '../ipc/call';
import type { ActionView } from '../ipc/gen/ActionView';
import type { OutcomeView } from '../ipc/gen/OutcomeView';
import type { SuggestionDetail } from '../ipc/gen/SuggestionDetail';
import type { Platform } from '../platform';
import { Ahead } from './ahead';
import { readDiff } from './diff';

/** What the user changed before accepting; absent fields stay as proposed. */
class Changes {
  editing = $state(false);
  title = $state('');
  body = $state<string | null>(null);
  leftOut = $state.raw<number[]>([]);

  toggle(part: number): void {
    this.leftOut = this.leftOut.includes(part)
      ? this.leftOut.filter((one) => one !== part)
      : [...this.leftOut, part].sort((a, b) => a - b);
  }

  asProposed(): void {
    this.title = '';
    this.body = null;
    this.leftOut = [];
    this.editing = false;
  }
}

export type Busy = 'accept' | 'undo' | 'refresh';

export class Opened {
  readonly changes = new Changes();
  id = $state<string | null>(null);
  detail = $state.raw<SuggestionDetail | null>(null);
  /** Why it could not be read. */
  error = $state.raw<CallError | null>(null);
  /** What a model has written of it so far, while one does. */
  writing = $state<string | null>(null);
  /** Why the last click did not do what it said. */
  refusal = $state.raw<CallError | null>(null);

  /** Those likely to be opened next. */
  readonly ahead: Ahead;
  readonly #platform: Platform;
  /** What is being done, by suggestion: one may run on while another is read. */
  readonly #doing = new SvelteMap<string, Busy>();
  #chosen = $state<string | null>(null);
  #asked = 0;

  busy: Busy | null = $derived.by(() => (this.id === null ? null : (this.#doing.get(this.id) ?? null)));

  /** The action a click does: the one chosen, else the first that can be done. */
  chosen: ActionView | null = $derived.by(() => {
    const open = (this.detail?.actions ?? []).filter((one) => one.refused === null);
    return open.find((one) => one.id === this.#chosen) ?? open[0] ?? null;
  });

  /** The action that was begun, with what became of it. The one that can still change comes first. */
  begun: { action: ActionView; outcome: OutcomeView } | null = $derived.by(() => {
    const begun = (this.detail?.actions ?? []).flatMap((action) =>
      action.outcome && action.outcome.state !== 'offered' ? [{ action, outcome: action.outcome }] : [],
    );
    return begun.find(({ outcome }) => outcome.state !== 'undone') ?? begun[0] ?? null;
  });

  /** How many parts the chosen action's change has. */
  parts: number = $derived.by(() =>
    readDiff(this.chosen?.diff ?? '').reduce((sum, file) => sum + file.parts.length, 0),
  );
  nothingLeft: boolean = $derived.by(() => this.parts > 0 && this.changes.leftOut.length >= this.parts);
  edited: boolean = $derived.by(() => {
    const { title, body, leftOut } = this.changes;
    return title.trim() !== '' || leftOut.length > 0 || (body !== null && body !== this.chosen?.text);
  });

  /** True while a click may still accept it. */
  canAccept: boolean = $derived.by(
    () =>
      this.chosen !== null &&
      !this.nothingLeft &&
      this.busy === null &&
      this.detail?.summary.state !== 'overtaken' &&
      !['running', 'done', 'undoing'].includes(this.begun?.outcome.state ?? 'offered'),
  );

  /** True for one that was dismissed, or that a filter put into the history. */
  putAway: boolean = $derived.by(() => ['dismissed', 'done'].includes(this.detail?.summary.state ?? ''));

  constructor(platform: Platform) {
    this.#platform = platform;
    this.ahead = new Ahead(platform);
  }

  async open(id: string | null): Promise<void> {
    if (id === this.id) return;
    this.id = id;
    this.writing = null;
    this.error = null;
    this.refusal = null;
    this.#chosen = null;
    this.changes.asProposed();
    if (id === null) this.detail = null;
    else await this.#read(id, this.ahead.take(id));
  }

  async reload(): Promise<void> {
    if (this.id !== null) await this.#read(this.id);
  }

  async #read(id: string, ahead?: Promise<SuggestionDetail>): Promise<void> {
    const asked = ++this.#asked;
    try {
      const detail = await (ahead ?? this.#platform.call('show', { id }));
      if (asked !== this.#asked || id !== this.id) return;
      this.detail = detail;
      if (!detail.waits_for_words) this.writing = null;
      this.error = null;
    } catch (thrown) {
      if (asked !== this.#asked || id !== this.id) return;
      this.error = failure(thrown);
      if (this.error.cause === 'not_found') this.detail = null;
    }
  }

  choose(action: string): void {
    if (action === this.chosen?.id) return;
    this.#chosen = action;
    this.changes.asProposed();
  }

  /** Does the chosen action. Answers what became of it, or nothing when it was not begun. */
  async accept(): Promise<OutcomeView | null> {
    const { id, chosen } = this;
    if (id === null || !chosen || !this.canAccept) return null;
    return this.#act(id, 'accept', async () => {
      // The clipboard only obeys within the click itself.
      if (chosen.kind === 'copy' && chosen.text !== null) await this.#platform.copy(chosen.text);
      return this.#platform.call('accept', { id, action: chosen.id, amendments: this.#amendments(chosen) });
    });
  }

  async undo(): Promise<OutcomeView | null> {
    const { id, begun } = this;
    if (id === null || !begun?.outcome.can_undo || this.busy) return null;
    return this.#act(id, 'undo', () => this.#platform.call('undo', { id, action: begun.action.id }));
  }

  /** Makes the suggestion afresh, since what it stood on moved. */
  async refresh(): Promise<void> {
    const id = this.id;
    if (id === null || this.busy) return;
    this.#doing.set(id, 'refresh');
    try {
      const detail = await this.#platform.call('refresh', { id });
      if (this.id !== id) return;
      this.detail = detail;
      this.refusal = null;
      this.#chosen = null;
      this.changes.asProposed();
    } catch (thrown) {
      if (this.id === id) this.refusal = failure(thrown);
    } finally {
      this.#doing.delete(id);
    }
  }

  async #act(id: string, kind: Busy, call: () => Promise<OutcomeView>): Promise<OutcomeView | null> {
    this.#doing.set(id, kind);
    this.refusal = null;
    try {
      const outcome = await call();
      if (this.id === id && this.detail) {
        const actions = this.detail.actions.map((one) =>
          one.id === outcome.action_id ? { ...one, outcome } : one,
        );
        this.detail = { ...this.detail, actions };
      }
      return outcome;
    } catch (thrown) {
      if (this.id === id) this.refusal = failure(thrown);
      return null;
    } finally {
      this.#doing.delete(id);
      if (this.id === id) await this.reload();
    }
  }

  #amendments(action: ActionView) {
    const { title, body, leftOut } = this.changes;
    const changedBody = body !== null && body !== action.text ? body : null;
    return { title: title.trim() || null, body: changedBody, left_out: leftOut };
  }
}
