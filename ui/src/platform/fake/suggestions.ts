/** Sample suggestions of every kind the panel draws. */
import type { ActionView } from '../../ipc/gen/ActionView';
import type { SentView } from '../../ipc/gen/SentView';
import type { SuggestionDetail } from '../../ipc/gen/SuggestionDetail';
import type { SuggestionSummary } from '../../ipc/gen/SuggestionSummary';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export function ago(now: number, span: number): string {
  return new Date(now - span).toISOString();
}

function action(
  given: Partial<ActionView> & Pick<ActionView, 'id' | 'kind' | 'label' | 'effect'>,
): ActionView {
  return { reversible: true, refused: null, diff: null, text: null, outcome: null, ...given };
}

function summary(
  now: number,
  span: number,
  given: Partial<SuggestionSummary> & Pick<SuggestionSummary, 'id' | 'repository' | 'title'>,
): SuggestionSummary {
  return {
    place: '',
    offer: '',
    level: 'normal',
    state: 'open',
    rule: 'rule',
    event_type: 'repo.push',
    lead: null,
    at_once: null,
    created_at: ago(now, span),
    updated_at: ago(now, span),
    snoozed_until: null,
    ...given,
  };
}

function detail(
  line: SuggestionSummary,
  given: Partial<SuggestionDetail> & Pick<SuggestionDetail, 'why' | 'event_id'>,
): SuggestionDetail {
  const actions = given.actions ?? [];
  const lead = actions.find((one) => one.refused === null)?.label ?? null;
  return {
    body: '',
    url: null,
    points: [],
    log: null,
    chart: null,
    actions: [],
    model_used: 'built-in',
    cost_usd: 0,
    sent: null,
    waits_for_words: false,
    ...given,
    summary: { ...line, lead },
  };
}

const MUT_DIFF = `diff --git a/src/main.rs b/src/main.rs
--- a/src/main.rs
+++ b/src/main.rs
@@ -1,6 +1,6 @@
 use api::{Config, Server};
 
-    let mut config = Config::load()?;
+    let config = Config::load()?;
     let server = Server::bind(config.address)?;
     server.run()
 }
@@ -31,4 +31,4 @@
     #[test]
     fn binds_a_free_port() {
-        let mut config = Config::default();
+        let config = Config::default();
         assert!(Server::bind(config.address).is_ok());
`;

const MUT_LOG = `   Compiling api v0.4.1 (/work/api)
     Running \`rustc --crate-name api --edition=2024 src/main.rs\`
   Compiling tower v0.5.2
   Compiling hyper-util v0.1.10
   Compiling axum-core v0.5.0
   Compiling axum v0.8.1
error: variable does not need to be mutable
 --> src/main.rs:3:9
  |
3 |     let mut config = Config::load()?;
  |         ----^^^^^^
  |         |
  |         help: remove this \`mut\`
  |
  = note: \`-D unused-mut\` implied by \`-D warnings\`

error: could not compile \`api\` (bin "api") due to 1 previous error`;

function buildFailed(now: number): SuggestionDetail {
  return detail(
    summary(now, 2 * MINUTE, {
      id: '019a8f10-0001-7000-8000-000000000001',
      repository: 'acme/api',
      title: 'Build failed on main: unused `mut` denied',
      place: 'cargo build · src/main.rs:3',
      offer: 'fix ready',
      level: 'urgent',
      rule: 'rust/unused_mut',
      event_type: 'repo.build.failed',
    }),
    {
      why: '`main` went red with your commit `9d1c0e2`, and the next release is cut from it.',
      event_id: '019a8f10-0001-7000-8000-0000000000e1',
      url: 'https://github.com/acme/api/actions/runs/981',
      body: '- The variable `config` is never changed, and warnings are errors here.\n- It passed on `4f0aa17`, 3 commits before.\n\n**Remove the unused `mut`.** The binding is read once and never written, so taking `mut` away changes nothing but the warning.',
      points: [
        {
          text: 'The variable `config` is never changed, and warnings are errors here.',
          todo: false,
          evidence: [
            {
              statement: 'declared `mut`, never written',
              place: { kind: 'file', path: 'src/main.rs', line: 3, end_line: 3 },
            },
            { statement: '', place: { kind: 'log', log: 'cargo build', start_line: 218, end_line: 218 } },
          ],
        },
        {
          text: 'It passed on `4f0aa17`, 3 commits before.',
          todo: false,
          evidence: [
            {
              statement: 'brought in by',
              place: { kind: 'commit', sha: '9d1c0e2b7a6f4c1d8e3a5b7c9d0e1f2a3b4c5d6e' },
            },
            { statement: '', place: { kind: 'page', url: 'https://github.com/acme/api/commit/9d1c0e2' } },
          ],
        },
      ],
      log: {
        log: 'cargo build',
        url: 'https://github.com/acme/api/actions/runs/981/job/2',
        blocks: [
          {
            start_line: 212,
            end_line: 228,
            category: 'compile',
            tool: 'rustc',
            summary: 'error: variable does not need to be mutable',
            lines: MUT_LOG.split('\n'),
          },
          {
            start_line: 241,
            end_line: 243,
            category: 'job',
            tool: 'cargo',
            summary: 'Process completed with exit code 101',
            lines: [
              'warning: build failed',
              '##[error]Process completed with exit code 101',
              'Post job cleanup.',
            ],
          },
        ],
      },
      actions: [
        action({
          id: 'act-branch',
          kind: 'branch',
          label: 'Create fix branch',
          effect:
            'creates branch `perch/build-failed/remove-unused-mut-3f2a91` from `main@9d1c0e2` with `src/main.rs` changed; your files, index and branch stay as they are, and nothing is pushed',
          diff: MUT_DIFF,
        }),
        action({
          id: 'act-pr',
          kind: 'pull_request',
          label: 'Open fix PR',
          effect:
            'creates branch `perch/build-failed/remove-unused-mut-3f2a91` from `main@9d1c0e2` in `acme/api` with `src/main.rs` changed, and opens a draft pull request into `main`',
          diff: MUT_DIFF,
          text: 'The binding is read once and never written, so taking `mut` away changes nothing but the warning.\n\nSeen in https://github.com/acme/api/actions/runs/981',
        }),
        action({
          id: 'act-tree',
          kind: 'tree',
          label: 'Apply to the working tree',
          effect: 'changes `src/main.rs` in your working tree, unstaged; nothing is committed',
          diff: MUT_DIFF,
          refused: '`src/main.rs` has uncommitted changes on line 3; commit or stash them first',
        }),
      ],
    },
  );
}

function untested(now: number): SuggestionDetail {
  const comment =
    'Three things before this goes in:\n\n- [ ] `parse_range` has no test; the empty range and `a..=b` with `b < a` are the cases that break.\n- [ ] `Limits::new` panics on 0, which the query string can reach.\n- [ ] The migration locks `events` while it adds the index.';
  return detail(
    summary(now, 64 * MINUTE, {
      id: '019a8f10-0001-7000-8000-000000000002',
      repository: 'acme/api',
      title: 'PR #42 has no test for `parse_range`',
      place: 'Accept byte ranges · src/range.rs:18',
      offer: '3 findings',
      rule: 'pr/untested',
      event_type: 'repo.pr.opened',
    }),
    {
      why: 'You are asked to review it, and it changes how every download is cut.',
      event_id: '019a8f10-0001-7000-8000-0000000000e2',
      url: 'https://github.com/acme/api/pull/42',
      model_used: 'ollama/qwen3:14b',
      cost_usd: 0,
      sent: sampleSent(
        'ollama/qwen3:14b',
        'You write review notes for a colleague. Answer in JSON.\n\n<<outside 8c1f>>\ndiff --git a/src/range.rs b/src/range.rs\n…\ntoken = ‹redacted:github-token#1›\n<<end 8c1f>>',
      ),
      body: 'The change is sound where it is tested; what is new and untested is the parser, and it reads the outside.',
      points: [
        {
          text: '`parse_range` is new and no test calls it.',
          todo: false,
          evidence: [
            { statement: '', place: { kind: 'file', path: 'src/range.rs', line: 18, end_line: 41 } },
          ],
        },
        {
          text: '`Limits::new` panics on 0, which the query string can reach.',
          todo: false,
          evidence: [{ statement: '', place: { kind: 'file', path: 'src/limits.rs', line: 9, end_line: 9 } }],
        },
        {
          text: 'The migration locks `events` while it adds the index.',
          todo: false,
          evidence: [
            {
              statement: '',
              place: { kind: 'file', path: 'migrations/0014_range.sql', line: 2, end_line: 2 },
            },
          ],
        },
        { text: 'Ask for the empty range and for `a..=b` with `b < a`.', todo: true, evidence: [] },
        { text: 'Ask the owners of `migrations/`: @lin.', todo: true, evidence: [] },
      ],
      actions: [
        action({
          id: 'act-comment',
          kind: 'comment',
          label: 'Post as comment',
          effect: 'posts this comment on `acme/api#42` in your name',
          text: comment,
        }),
        action({
          id: 'act-copy',
          kind: 'copy',
          label: 'Copy checklist',
          effect: 'puts the checklist on the clipboard',
          text: comment,
        }),
      ],
    },
  );
}

function updates(now: number): SuggestionDetail {
  const diff = `diff --git a/package.json b/package.json
--- a/package.json
+++ b/package.json
@@ -14,4 +14,4 @@
   "devDependencies": {
-    "vite": "^8.1.0",
+    "vite": "^8.3.0",
     "vitest": "^4.0.2"
   }
`;
  return detail(
    summary(now, 3 * HOUR, {
      id: '019a8f10-0001-7000-8000-000000000003',
      repository: 'acme/web',
      title: '4 updates, 1 security: `vite` 8.1 → 8.3',
      place: 'package.json:15',
      offer: 'fix ready',
      rule: 'npm/outdated',
      event_type: 'repo.dependency.outdated',
      level: 'silent',
    }),
    {
      why: 'The dev server of 8.1 serves files outside the root; you run it on a shared network.',
      event_id: '019a8f10-0001-7000-8000-0000000000e3',
      url: 'https://github.com/acme/web',
      body: '**Update `vite` to 8.3.** No breaking note of 8.2 and 8.3 names anything `vite.config.ts` uses.',
      points: [
        {
          text: '`vite` 8.1.0 serves files outside the root on Windows paths; fixed in 8.1.4.',
          todo: false,
          evidence: [
            { statement: '', place: { kind: 'file', path: 'package.json', line: 15, end_line: 15 } },
            { statement: 'advisory', place: { kind: 'page', url: 'https://github.com/advisories' } },
          ],
        },
      ],
      actions: [
        action({
          id: 'act-update',
          kind: 'pull_request',
          label: 'Open update PR',
          effect:
            'creates branch `perch/dependency-outdated/update-vite-77b0c1` from `main@1c22f9e` in `acme/web` with `package.json` changed, and opens a draft pull request into `main`',
          diff,
          text: 'Updates `vite` to 8.3, which closes the advisory above.',
        }),
      ],
    },
  );
}

function stale(now: number): SuggestionDetail {
  return detail(
    summary(now, 20 * HOUR, {
      id: '019a8f10-0001-7000-8000-000000000004',
      repository: 'acme/web',
      title: 'PR #31 has waited for you for 16 days',
      place: 'Dark theme for the editor',
      offer: 'checklist',
      rule: 'pr/stale',
      event_type: 'repo.pr.stale',
      level: 'silent',
    }),
    {
      why: 'The last word was a question to you, and its branch no longer merges.',
      event_id: '019a8f10-0001-7000-8000-0000000000e4',
      url: 'https://github.com/acme/web/pull/31',
      points: [
        { text: 'Answer @noor: keep the old token names or not.', todo: true, evidence: [] },
        { text: 'Merge `main`; `tokens.css` conflicts in 2 places.', todo: true, evidence: [] },
      ],
    },
  );
}

function past(now: number): SuggestionDetail[] {
  const done = detail(
    summary(now, 26 * HOUR, {
      id: '019a8f10-0001-7000-8000-000000000005',
      repository: 'acme/api',
      title: 'Changelog entry for the merged PR #40',
      place: 'CHANGELOG.md:7',
      rule: 'changelog/entry',
      event_type: 'repo.pr.merged',
      state: 'accepted',
    }),
    {
      why: 'It changed what users see, and `CHANGELOG.md` has an open section.',
      event_id: '019a8f10-0001-7000-8000-0000000000e5',
      actions: [
        action({
          id: 'act-done',
          kind: 'pull_request',
          label: 'Open changelog PR',
          effect:
            'creates branch `perch/pr-merged/changelog-40-a91c3d` and opens a draft pull request into `main`',
          outcome: {
            action_id: 'act-done',
            state: 'done',
            error: null,
            can_undo: true,
            finished_at: ago(now, 25 * HOUR),
            steps: [
              {
                text: 'created branch `perch/pr-merged/changelog-40-a91c3d`',
                done: true,
                undone: false,
                links: [],
              },
              {
                text: 'opened draft pull request',
                done: true,
                undone: false,
                links: [{ text: 'acme/api#43', url: 'https://github.com/acme/api/pull/43' }],
              },
            ],
          },
        }),
      ],
    },
  );
  const others = (
    [
      ['019a8f10-0001-7000-8000-000000000006', '`cache_eviction` is likely flaky', 'dismissed', null],
      [
        '019a8f10-0001-7000-8000-000000000007',
        'Issue #12 repeats #9',
        'snoozed',
        new Date(now + 15 * HOUR).toISOString(),
      ],
      ['019a8f10-0001-7000-8000-000000000008', 'Build failed on fix/range: 1 test', 'overtaken', null],
    ] as const
  ).map(([id, title, state, until], place) =>
    detail(
      summary(now, (30 + place * 30) * HOUR, {
        id,
        repository: place === 1 ? 'acme/web' : 'acme/api',
        title,
        place: place === 1 ? 'Login loops on Safari' : 'cargo test',
        state,
        snoozed_until: until,
        rule: 'ci/flaky',
        event_type: place === 1 ? 'issue.created' : 'repo.build.failed',
      }),
      { why: 'Seen in the last run.', event_id: '019a8f10-0001-7000-8000-0000000000e6' },
    ),
  );
  return [done, ...others];
}

export function sampleSuggestions(now: number): SuggestionDetail[] {
  return [buildFailed(now), untested(now), updates(now), stale(now), ...past(now)];
}

function sampleSent(model: string, prompt: string): SentView {
  return {
    host: '127.0.0.1:11434',
    model,
    prompt,
    at: new Date(0).toISOString(),
    tokens_in: 2140,
    tokens_out: 312,
    calls: 1,
    cost_usd: 0,
    latency_ms: 4200,
    redacted: ['‹redacted:github-token#1›'],
    stripped: [],
    left_out: [],
    dropped: [],
    instruction: null,
  };
}
