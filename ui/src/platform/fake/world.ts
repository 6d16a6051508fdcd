/** Sample connections, providers, events and settings. */
import type { ConnectionView } from '../../ipc/gen/ConnectionView';
import type { EventView } from '../../ipc/gen/EventView';
import type { ProviderView } from '../../ipc/gen/ProviderView';
import type { Seen } from '../../ipc/gen/Seen';
import type { SettingsView } from '../../ipc/gen/SettingsView';
import type { Status } from '../../ipc/gen/Status';
import type { TokenCheck } from '../../ipc/gen/TokenCheck';
import type { Verdict } from '../../ipc/gen/Verdict';
import { ago } from './suggestions';

const MINUTE = 60_000;

const LINE =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round">';

export const providers: ProviderView[] = [
  {
    id: 'local',
    forge: false,
    about: {
      name: 'Git folder',
      icon: `${LINE}<path d="M1.75 12.5v-9h4.5l1.5 2h6.5v7z"/></svg>`,
      default_base_url: '',
      watch_hint: 'folder',
      secrets: [],
      settings: [
        {
          key: 'stale_days',
          label: 'Stale after',
          help: 'Days without a commit after which an unmerged branch counts as stale; 14 unless set.',
          required: false,
        },
      ],
      scopes: [],
      local: true,
    },
  },
  {
    id: 'github',
    forge: true,
    about: {
      name: 'GitHub',
      icon: `${LINE}<circle cx="4.5" cy="4" r="1.75"/><circle cx="4.5" cy="12" r="1.75"/><circle cx="11.5" cy="4" r="1.75"/><path d="M4.5 5.75v4.5M11.5 5.75c0 3-3 3-5.5 5"/></svg>`,
      default_base_url: 'https://api.github.com',
      watch_hint: 'owner/name',
      secrets: [
        {
          key: 'token',
          label: 'Token',
          help: 'A fine-grained personal access token for the repositories you watch.',
          required: true,
        },
        {
          key: 'webhook_secret',
          label: 'Webhook secret',
          help: 'Only when GitHub may reach this machine; polling needs none.',
          required: false,
        },
      ],
      settings: [],
      scopes: [
        {
          name: 'Contents: read',
          why: 'reads the files a build or pull request touches',
          only_to_accept: false,
        },
        { name: 'Actions: read', why: 'reads the logs of failed builds', only_to_accept: false },
        { name: 'Pull requests: read', why: 'sees what waits for your review', only_to_accept: false },
        { name: 'Contents: write', why: 'pushes a fix branch', only_to_accept: true },
        { name: 'Pull requests: write', why: 'opens the draft and posts comments', only_to_accept: true },
      ],
      local: false,
    },
  },
];

export const sampleToken: TokenCheck = {
  login: 'ada',
  kind: 'a classic token',
  scopes: ['public_repo'],
  needs: [
    { name: 'repo', why: 'to see private repositories', only_to_accept: true, held: false },
    { name: 'workflow', why: 'to change a workflow’s file', only_to_accept: true, held: false },
  ],
  ends: '2026-12-02T00:00:00Z',
};

export function sampleRepositories(now: number): Seen[] {
  const named = (name: string, more: Partial<Seen> = {}): Seen => ({
    name,
    description: '',
    private: false,
    archived: false,
    active_at: ago(now, MINUTE),
    ...more,
  });
  return [
    named('acme/api', { private: true }),
    named('acme/web', { description: 'The shop' }),
    named('acme/attic', { archived: true }),
  ];
}

function connection(
  now: number,
  given: Partial<ConnectionView> & Pick<ConnectionView, 'name'>,
): ConnectionView {
  return {
    provider: 'github',
    base_url: 'https://api.github.com',
    watch: [],
    identities: ['ada'],
    state: { state: 'well' },
    standing: { quota: null, token_ends: null, hurdles: [] },
    last_success: ago(now, MINUTE / 2),
    secrets: { token: true, webhook_secret: false },
    webhook_path: `/webhooks/${given.name}`,
    tunnel: null,
    ...given,
  };
}

export function sampleConnections(now: number): ConnectionView[] {
  return [
    connection(now, {
      name: 'github-acme',
      watch: ['acme/api', 'acme/web'],
      tunnel: {
        kind: 'smee',
        state: { state: 'open' },
        address: 'https://smee.io/Xb3kQ0vT9mZsLw2a',
        note: null,
        last_delivery: ago(now, 4 * MINUTE),
        deliveries: 12,
      },
      standing: {
        quota: { used: 19, left: 4981, resets: new Date(now + 30 * MINUTE).toISOString() },
        token_ends: null,
        hurdles: [],
      },
    }),
    connection(now, {
      name: 'tools',
      provider: 'local',
      base_url: '',
      watch: ['/home/ada/src/tools'],
      secrets: {},
      webhook_path: null,
    }),
  ];
}

/** The same, one of them in need of its user. */
export function brokenConnections(now: number): ConnectionView[] {
  const [github, ...others] = sampleConnections(now);
  if (!github) return others;
  const state = {
    state: 'broken',
    problem: 'GitHub refused the token: it expired on 20 Nov',
    next_step: 'Make a new one and put it in with Change',
  } as const;
  return [{ ...github, state, last_success: ago(now, 3 * 24 * 60 * MINUTE) }, ...others];
}

export function sampleStatus(now: number, connections: ConnectionView[]): Status {
  return {
    version: '0.1.0',
    user: 'ada',
    running: true,
    paused_until: null,
    open: 0,
    new: 0,
    events_today: 37,
    working: false,
    connections,
    secrets_note: null,
    listener: '127.0.0.1:7420',
    problems: [],
    data_folder: '/home/ada/.local/share/perch',
    config_file: '/home/ada/.config/perch/config.toml',
    offer_folder: now > 0 && connections.length === 0 ? '/home/ada/src/api' : null,
  };
}

export const sampleSettings: SettingsView = {
  toasts: true,
  quiet_hours: '22:00-07:00',
  working_days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  toasts_per_hour: 6,
  toast_actions: ['branch', 'pull_request', 'copy'],
  stale_days: 14,
  auto_suggest: true,
  approval_required: true,
  listen: '127.0.0.1:7420',
  theme: 'system',
  editor: 'auto',
  editors: [
    { id: 'vscode', name: 'VS Code', found: true },
    { id: 'zed', name: 'Zed', found: false },
    { id: 'environment', name: '$VISUAL or $EDITOR', found: true },
  ],
  mutes: [{ rule: 'npm/outdated', repository: 'acme/legacy' }, { job: 'nightly' }],
  filters: [
    { action: 'silent', author: '*[bot]', repository: 'acme/*' },
    { action: 'urgent', event_type: 'repo.build.failed', branch: 'release/*' },
  ],
  autostart: null,
};

type Told = [
  minutes: number,
  type: string,
  repository: string,
  title: string,
  state: EventView['state'],
  verdict: Verdict | null,
  suggestion: string | null,
  actor: string | null,
];

const S = '019a8f10-0001-7000-8000-00000000000';

const TOLD: Told[] = [
  [1, 'repo.push', 'acme/api', 'feat/range', 'passed', null, null, 'lin'],
  [
    2,
    'repo.build.failed',
    'acme/api',
    'cargo build',
    'suggested',
    { step: 'rank', outcome: 'suggest', reason: '`main` went red with your commit' },
    `${S}1`,
    'ada',
  ],
  [
    18,
    'repo.push',
    'acme/api',
    'main',
    'silent',
    { step: 'gate', outcome: 'silent', reason: 'you did this yourself' },
    null,
    'ada',
  ],
  [
    64,
    'repo.pr.opened',
    'acme/api',
    'Accept byte ranges',
    'suggested',
    { step: 'rank', outcome: 'suggest', reason: 'you are asked to review it' },
    `${S}2`,
    'lin',
  ],
  [
    95,
    'repo.build.completed',
    'acme/web',
    'ci / test',
    'silent',
    { step: 'analyse', outcome: 'silent', reason: 'it took as long as its last 20 runs' },
    null,
    null,
  ],
  [
    180,
    'repo.dependency.outdated',
    'acme/web',
    'package.json',
    'suggested',
    { step: 'rank', outcome: 'suggest', reason: 'an advisory names a version you use' },
    `${S}3`,
    null,
  ],
  [
    1500,
    'issue.created',
    'acme/web',
    'Login loops on Safari',
    'failed',
    { step: 'gather', outcome: 'failed', reason: 'GitHub could not be reached in 5 attempts' },
    null,
    'noor',
  ],
  [
    1510,
    'repo.push',
    'acme/web',
    'renovate/all',
    'silent',
    { step: 'gate', outcome: 'silent', reason: 'you muted rule `npm/outdated`' },
    null,
    'renovate[bot]',
  ],
];

export function sampleEvents(now: number): EventView[] {
  return TOLD.map(([minutes, event_type, repository, title, state, verdict, suggestion, actor], place) => ({
    id: `019a8f10-0001-7000-8000-0000000000e${String(place)}`,
    event_type,
    source: event_type.startsWith('repo.build') ? 'ci_cd' : 'code_repo',
    connection: 'github-acme',
    repository,
    title,
    actor,
    dedup_key: `github/github.com/1296269/run/${String(981 + place)}/1/${event_type.split('.').at(-1) ?? ''}`,
    at: ago(now, minutes * MINUTE),
    stored_at: ago(now, minutes * MINUTE - 2000),
    state,
    verdict,
    suggestion,
    user_actioned: false,
  }));
}

/** What the steps before the last one said of any sample event. */
export const earlierVerdicts: Verdict[] = [
  {
    step: 'gate',
    outcome: 'suggest',
    reason: 'it involves you: `ada` is among author, reviewers and owners',
  },
  { step: 'analyse', outcome: 'suggest', reason: '`rustc` says what failed; confidence 0.97' },
];
