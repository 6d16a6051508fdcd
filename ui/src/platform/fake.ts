/** A Perch made of sample data, for tests and for work on the panel itself. */
import { CallError, type Command, type Request, type Response } from '../ipc/call';
import type { ActionView } from '../ipc/gen/ActionView';
import type { Change } from '../ipc/gen/Change';
import type { ConnectionView } from '../ipc/gen/ConnectionView';
import type { EventView } from '../ipc/gen/EventView';
import type { OutcomeView } from '../ipc/gen/OutcomeView';
import type { SettingsView } from '../ipc/gen/SettingsView';
import type { SilentRule } from '../ipc/gen/SilentRule';
import type { StepView } from '../ipc/gen/StepView';
import type { SuggestionDetail } from '../ipc/gen/SuggestionDetail';
import type { Webhooks } from '../ipc/gen/Webhooks';
import type { WebhookView } from '../ipc/gen/WebhookView';
import { isOpenable } from './address';
import { sampleBacktest, sampleSilentRules } from './fake/backtest';
import { sampleDocument, sampleDocuments } from './fake/documents';
import { sampleInsights } from './fake/insights';
import { sampleFolders, sampleHealth, sampleLog } from './fake/itself';
import { FakeModels } from './fake/models';
import { sampleSuggestions } from './fake/suggestions';
import {
  brokenConnections,
  earlierVerdicts,
  providers,
  sampleConnections,
  sampleEvents,
  sampleRepositories,
  sampleSettings,
  sampleStatus,
  sampleToken,
} from './fake/world';
import type { Desktop, Goal, Platform } from './types';

export interface Beginning {
  /** `busy`, `quiet` (nothing open), `welcome` (nothing watched) or `broken` (a token expired). */
  scene?: string;
  now?: number;
  /** Milliseconds a step takes; 0 waits for `finishStep`. */
  pace?: number;
  desktop?: Desktop | null;
}

type Answers = { [K in Command]: (request: Request<K>) => Response<K> | Promise<Response<K>> };

export class Fake implements Platform {
  readonly calls: { command: Command; payload: unknown }[] = [];
  readonly copied: string[] = [];
  readonly followed: string[] = [];
  readonly words = new FakeModels();
  hidden = 0;
  readonly desktop: Desktop | null;

  suggestions: SuggestionDetail[];
  connections: ConnectionView[];
  events: EventView[];
  settings: SettingsView = structuredClone(sampleSettings);
  pausedUntil: string | null = null;
  silentRules: SilentRule[] = [];
  webhooks: WebhookView[] = [];
  rotating = false;

  readonly #now: number;
  readonly #pace: number;
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #openers = new Set<(goal: Goal) => void>();
  readonly #failures = new Map<Command, CallError[]>();
  #step: (() => void) | null = null;

  constructor({ scene = 'busy', now = Date.now(), pace = 700, desktop = null }: Beginning = {}) {
    this.#now = now;
    this.#pace = pace;
    this.desktop = desktop;
    const watched = scene === 'broken' ? brokenConnections(now) : sampleConnections(now);
    this.connections = scene === 'welcome' ? [] : watched;
    this.suggestions = scene === 'busy' || scene === 'broken' ? sampleSuggestions(now) : [];
    this.events = scene === 'welcome' ? [] : sampleEvents(now);
    this.silentRules = scene === 'welcome' ? [] : sampleSilentRules(now);
  }

  async call<K extends Command>(command: K, payload?: Request<K>): Promise<Response<K>> {
    this.calls.push({ command, payload: structuredClone(payload ?? {}) });
    await Promise.resolve();
    const failure = this.#failures.get(command)?.shift();
    if (failure) throw failure;
    const answer = this.#answers[command] as (request: Request<K>) => Response<K> | Promise<Response<K>>;
    return structuredClone(await answer(payload ?? ({} as Request<K>)));
  }

  onChange(handler: (change: Change) => void): () => void {
    this.#listeners.add(handler);
    return () => this.#listeners.delete(handler);
  }

  onOpen(handler: (goal: Goal) => void): () => void {
    this.#openers.add(handler);
    return () => this.#openers.delete(handler);
  }

  async openUrl(url: string): Promise<void> {
    if (isOpenable(url)) this.followed.push(url);
    await Promise.resolve();
  }

  async copy(words: string): Promise<void> {
    this.copied.push(words);
    await Promise.resolve();
  }

  async hidePanel(): Promise<void> {
    this.hidden += 1;
    await Promise.resolve();
  }

  /** Tells of a change, as the engine would. */
  tell(change: Change): void {
    for (const handler of this.#listeners) handler(change);
  }

  /** Asks the panel to go somewhere, as a toast would. */
  open(goal: Goal): void {
    for (const handler of this.#openers) handler(goal);
  }

  /** The next call of `command` fails with this. */
  failNext(command: Command, failure: CallError): void {
    this.#failures.set(command, [...(this.#failures.get(command) ?? []), failure]);
  }

  /** Ends the step that runs, when `pace` is 0. */
  finishStep(): void {
    this.#step?.();
  }

  /** What was asked of `command`, in order. */
  asked(command: Command): unknown[] {
    return this.calls.filter((one) => one.command === command).map((one) => one.payload);
  }

  readonly #answers: Answers = {
    status: () => this.#status(),
    suggestions: ({
      list = 'inbox',
      query = null,
      level = null,
      event_type = null,
      offset = null,
      limit = null,
    }) => {
      const all = this.suggestions.map((one) => one.summary);
      const listed = all
        .filter((one) => list === 'all' || (one.state === 'open') === (list === 'inbox'))
        .filter((one) => level === null || one.level === level)
        .filter((one) => event_type === null || `${one.event_type}.`.startsWith(`${event_type}.`));
      const words = (query ?? '').toLowerCase();
      const found = listed.filter((one) =>
        [one.title, one.repository, one.rule].some((text) => text.toLowerCase().includes(words)),
      );
      const from = offset ?? 0;
      return { suggestions: found.slice(from, from + (limit ?? 100)), total: found.length };
    },
    show: ({ id }) => this.#find(id),
    seen: () => ({}),
    accept: async ({ id, action, amendments }) => {
      const found = this.#find(id);
      const chosen = found.actions.find((one) => one.id === action) ?? found.actions[0];
      if (!chosen) throw new CallError('refused', 'this suggestion only informs; there is nothing to accept');
      if (chosen.refused) throw new CallError('refused', chosen.refused);
      found.summary.state = 'accepted';
      found.summary.lead = null;
      return this.#carryOut(found, chosen, amendments?.title ?? null);
    },
    undo: async ({ id, action }) => {
      const found = this.#find(id);
      const outcome = found.actions.find((one) => one.id === action)?.outcome;
      if (!outcome?.can_undo) throw new CallError('refused', 'only an action that is done can be taken back');
      outcome.state = 'undoing';
      outcome.can_undo = false;
      this.#changed(found);
      await this.#pass();
      for (const step of outcome.steps) step.undone = true;
      outcome.state = 'undone';
      this.#changed(found);
      return outcome;
    },
    dismiss: ({ id, never_again }) => {
      const found = this.#find(id);
      found.summary.state = 'dismissed';
      if (never_again) {
        const { rule, repository } = found.summary;
        this.settings.mutes.push({ rule, repository });
      }
      return found.summary;
    },
    snooze: ({ id, until = '' }) => {
      const found = this.#find(id);
      found.summary.state = 'snoozed';
      found.summary.snoozed_until = until.endsWith('h')
        ? new Date(this.#now + 3_600_000).toISOString()
        : until;
      return found.summary;
    },
    restore: ({ id }) => {
      const found = this.#find(id);
      found.summary.state = 'open';
      return found.summary;
    },
    refresh: ({ id }) => {
      const found = this.#find(id);
      found.summary.state = 'open';
      found.summary.updated_at = new Date(this.#now).toISOString();
      for (const action of found.actions) {
        action.outcome = null;
        action.effect = action.effect.replaceAll('9d1c0e2', '77ab310');
      }
      return found;
    },
    events: ({ query = null }) => {
      const words = (query ?? '').toLowerCase();
      const found = this.events.filter((one) =>
        [one.title, one.repository, one.event_type, one.verdict?.reason ?? ''].some((text) =>
          text.toLowerCase().includes(words),
        ),
      );
      return { events: found };
    },
    why: ({ event }) => {
      const found = this.events.find((one) => one.id === event) ?? this.events[1];
      if (!found) throw new CallError('not_found', `there is no event \`${event ?? ''}\``);
      const verdicts = [
        ...(found.suggestion ? earlierVerdicts : []),
        ...(found.verdict ? [found.verdict] : []),
      ];
      return { event: found, verdicts, shown: found.suggestion ? [`toast shown ${found.at}`] : [] };
    },
    builds: () => ({ builds: [], unreached: [] }),
    insights: ({ days = null }) => sampleInsights(this.#now, days ?? 30),
    backtest: ({ days = null }) => sampleBacktest(this.#now, days ?? 90),
    documents: () => sampleDocuments,
    document: (request) => sampleDocument(request),
    replay: () => ({ events: [] }),
    open_place: ({ path = '', line = null }) => {
      if (path.includes('absent'))
        throw new CallError(
          'refused',
          `\`${path}\` is not in \`api\` as it is checked out; check out the commit it is about`,
        );
      return {
        editor: 'VS Code',
        path: `/home/ada/src/api/${path}${line === null ? '' : `:${String(line)}`}`,
      };
    },
    log: ({ offset = null, limit = null }) => sampleLog(offset ?? 0, limit ?? 20_000),
    folders: () => sampleFolders(this.#now),
    health: () => sampleHealth(this.#now),
    try_notice: () => ({ stands: true, problem: null }),
    models: () => this.words.all(),
    set_model: (request) => this.words.set(request),
    remove_model: ({ name = '' }) => this.words.remove(name),
    check_model: ({ name = '' }) => ({ name, well: true, found: 'it answers', models: [] }),
    nearby_models: () => ({
      servers: [
        { provider: 'openai', server: 'llama.cpp', base_url: 'http://127.0.0.1:8080/v1', models: ['tiny'] },
      ],
    }),
    profile: () => this.words.profile,
    set_profile: (request) => (this.words.profile = { ...this.words.profile, ...request }),
    vibes: () => this.words.listed(),
    change_vibe: (request) => this.words.change(request),
    atoms: () => ({ atoms: [] }),
    change_atom: () => ({ atoms: [] }),
    revise: ({ id }) => {
      const found = this.#find(id);
      found.waits_for_words = true;
      this.#changed(found);
      return found;
    },
    versions: ({ id }) => {
      const { sent, body, model_used } = this.#find(id);
      if (!sent) return { versions: [] };
      const version = {
        id: '1',
        at: sent.at,
        model: 'built-in',
        title: '',
        text: 'Before.',
        cost_usd: 0,
        sent,
      };
      return {
        versions: [
          { ...version, current: false },
          { ...version, id: '2', model: model_used, text: body, current: true },
        ],
      };
    },
    preview: ({ vibes = [] }) => ({
      previews: vibes.map((vibe) => ({
        vibe,
        title: `As ${vibe} has it`,
        explanation: 'Words.',
        problem: null,
        model: 'ollama/qwen3:14b',
        atoms: [],
        cost_usd: 0,
      })),
    }),
    providers: () => ({ providers }),
    connect: ({ provider = '', name = null, base_url = null, watch = [], identities = [], secrets = {} }) => {
      const made: ConnectionView = {
        name: name ?? `${provider}-${watch[0]?.split('/')[0] ?? 'new'}`,
        provider,
        base_url: base_url ?? '',
        watch,
        identities,
        state: { state: 'starting' },
        standing: { quota: null, token_ends: null, hurdles: [] },
        last_success: null,
        secrets: Object.fromEntries(Object.keys(secrets).map((key) => [key, true])),
        webhook_path: null,
        tunnel: null,
      };
      this.connections = [...this.connections.filter((one) => one.name !== made.name), made];
      return made;
    },
    sign_in_ways: ({ provider }) => ({
      forge_cli: provider === 'github' ? 'gh' : null,
      device: provider === 'github',
    }),
    sign_in: ({ way }) =>
      way?.by === 'device'
        ? {
            id: 'device',
            state: {
              state: 'waiting',
              user_code: 'WDJB-MJHT',
              verification_uri: 'https://github.com/login/device',
              expires_at: new Date(this.#now + 900_000).toISOString(),
              ask_again_in: 0,
            },
          }
        : { id: way?.by ?? '', state: { state: 'ready', check: sampleToken } },
    sign_in_state: ({ id = '' }) => ({ id, state: { state: 'ready', check: sampleToken } }),
    repositories: () => ({ repositories: sampleRepositories(this.#now), more: false }),
    webhooks: ({ connection = '' }) => this.#webhooks(connection),
    make_webhooks: ({ connection = '', url = '' }) => {
      const watched = this.connections.find((one) => one.name === connection)?.watch ?? [];
      this.webhooks = watched.map((repository, place) => ({
        repository,
        id: String(place),
        url: `${url}/webhooks/${connection}`,
        active: true,
        made_here: true,
      }));
      return this.#webhooks(connection);
    },
    remove_webhooks: ({ connection = '' }) => {
      this.webhooks = [];
      return this.#webhooks(connection);
    },
    rotate_webhook_secret: ({ connection = '' }) => {
      this.rotating = true;
      return this.#webhooks(connection);
    },
    promote_webhook_secret: ({ connection = '' }) => {
      this.rotating = false;
      return this.#webhooks(connection);
    },
    disconnect: ({ name }) => {
      this.connections = this.connections.filter((one) => one.name !== name);
      return { webhooks_left: [] };
    },
    watch: async ({ path = '' }) => {
      if (!path.startsWith('/'))
        throw new CallError(
          'invalid',
          `\`${path}\` is not inside a git working tree; give the folder of one`,
        );
      return this.#answers.connect({
        provider: 'local',
        name: path.split('/').at(-1) ?? path,
        watch: [path],
      });
    },
    doctor: () => ({
      checks: [
        { what: 'Data folder', well: true, found: '`/home/ada/.local/share/perch`, 214 GB free' },
        { what: 'Keychain', well: true, found: 'answers; 1 secret of Perch' },
        {
          what: 'github-acme',
          well: true,
          found: 'reads `acme/api` and `acme/web`; 4,981 of 5,000 requests left',
        },
        {
          what: 'Listener',
          well: false,
          found: '`127.0.0.1:7420` is taken by another program; set another address under Watching',
        },
      ],
    }),
    check: () => this.#status(),
    pause: ({ until = null }) => {
      this.pausedUntil = until === '1h' ? new Date(this.#now + 3_600_000).toISOString() : until;
      return this.#status();
    },
    users: () => ({ users: [{ name: 'ada', running: true }] }),
    change_users: () => ({ users: [{ name: 'ada', running: true }] }),
    settings: () => this.settings,
    set: ({ key = '', value }) => {
      this.settings = { ...this.settings, [key]: value };
      return this.settings;
    },
    change_mute: ({ mute = {}, lift = false }) => {
      const same = (one: unknown) => JSON.stringify(one) === JSON.stringify(mute);
      const others = this.settings.mutes.filter((one) => !same(one));
      this.settings = { ...this.settings, mutes: lift ? others : [...others, mute] };
      return this.settings;
    },
    change_filter: ({ was = null, filter = null, place = null }) => {
      const same = (one: unknown) => JSON.stringify(one) === JSON.stringify(was);
      const at = this.settings.filters.findIndex(same);
      if (was && at < 0) throw new CallError('invalid', 'this filter is no longer set; look at them again');
      const filters = this.settings.filters.filter((_, index) => !was || index !== at);
      if (filter) filters.splice(place ?? (at < 0 ? filters.length : at), 0, filter);
      this.settings = { ...this.settings, filters };
      return this.settings;
    },
    try_filter: ({ filter = null, days = null }) => {
      if (filter && Object.keys(filter).length < 2)
        throw new CallError('invalid', 'a filter without a field would fit everything');
      const changes = this.events
        .filter((one) => one.suggestion !== null && one.event_type.startsWith(filter?.event_type ?? ''))
        .map((one) => ({
          event: one.id,
          event_type: one.event_type,
          repository: one.repository,
          title: one.title,
          at: one.at,
          before: 'toast' as const,
          after: 'inbox' as const,
        }));
      return { days: days ?? 30, events: this.events.length, total: changes.length, changes };
    },
    silent_rules: () => ({ rules: this.silentRules }),
    lift_rule: ({ rule = '', repository = null }) => {
      this.silentRules = this.silentRules.filter(
        (one) => one.rule !== rule || (repository !== null && one.repository !== repository),
      );
      return { rules: this.silentRules };
    },
    export: () => ({ text: JSON.stringify({ toasts: this.settings.toasts }) }),
    import: ({ text = '' }) => {
      try {
        this.settings = { ...this.settings, ...(JSON.parse(text) as Partial<SettingsView>) };
      } catch {
        throw new CallError('invalid', 'this is not what `perch export` writes: it is not JSON');
      }
      return this.settings;
    },
  };

  #webhooks(connection: string): Webhooks {
    return {
      connection,
      path: `/webhooks/${connection}`,
      secret: this.webhooks.length > 0,
      rotating: this.rotating,
      webhooks: this.webhooks,
      failures: [],
    };
  }

  #status() {
    const open = this.suggestions.filter((one) => one.summary.state === 'open').length;
    return {
      ...sampleStatus(this.#now, this.connections),
      open,
      new: open,
      paused_until: this.pausedUntil,
    };
  }

  #find(id: string | undefined): SuggestionDetail {
    const found = this.suggestions.find((one) => one.summary.id === id);
    if (!found)
      throw new CallError(
        'not_found',
        `there is no suggestion \`${id ?? ''}\`; \`perch suggestions\` lists them`,
      );
    return found;
  }

  async #carryOut(found: SuggestionDetail, action: ActionView, title: string | null): Promise<OutcomeView> {
    const outcome: OutcomeView = {
      action_id: action.id,
      state: 'running',
      steps: [],
      error: null,
      can_undo: false,
      finished_at: null,
    };
    action.outcome = outcome;
    for (const [doing, done, links] of stepsOf(action, title)) {
      const step: StepView = { text: doing, done: false, undone: false, links: [] };
      outcome.steps.push(step);
      this.#changed(found);
      await this.#pass();
      Object.assign(step, { text: done, done: true, links });
      this.#changed(found);
    }
    outcome.state = 'done';
    outcome.can_undo = action.reversible && action.kind !== 'copy';
    outcome.finished_at = new Date().toISOString();
    this.#changed(found);
    return outcome;
  }

  #changed(found: SuggestionDetail): void {
    this.tell({ kind: 'suggestion', user: 'ada', id: found.summary.id });
  }

  #pass(): Promise<void> {
    return new Promise((resolve) => {
      this.#step = resolve;
      if (this.#pace > 0) setTimeout(resolve, this.#pace);
    });
  }
}

function stepsOf(action: ActionView, title: string | null): [string, string, StepView['links']][] {
  if (action.kind === 'copy') return [['copying the text', 'copied the text', []]];
  if (action.kind === 'comment') {
    const links = [{ text: 'acme/api#42', url: 'https://github.com/acme/api/pull/42' }];
    return [['posting the comment', 'posted the comment', links]];
  }
  const branch = /`(perch\/[^`]+)`/.exec(action.effect)?.[1] ?? 'perch/fix';
  const named = title ? ` “${title}”` : '';
  const first: [string, string, StepView['links']] = [
    `creating branch \`${branch}\``,
    `created branch \`${branch}\`${named}`,
    [],
  ];
  if (action.kind !== 'pull_request') return [first];
  const links = [{ text: 'acme/api#44', url: 'https://github.com/acme/api/pull/44' }];
  return [first, ['opening a draft pull request', 'opened draft pull request', links]];
}

export function fake(beginning: Beginning = {}): Fake {
  return new Fake(beginning);
}
