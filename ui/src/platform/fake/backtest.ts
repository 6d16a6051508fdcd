/** What the fake says of a repository's past. */
import type { BacktestView } from '../../ipc/gen/BacktestView';
import type { SilentRule } from '../../ipc/gen/SilentRule';

const DAY = 86_400_000;

export function sampleBacktest(now: number, days: number): BacktestView {
  const ago = (count: number) => new Date(now - count * DAY).toISOString();
  const nothing = { right: 0, not_right: 0, not_yet: 0, not_to_tell: 0 };
  return {
    repository: 'acme/api',
    branch: 'main',
    from: ago(days),
    to: ago(0),
    days,
    commits: 214,
    happened: [
      { event_type: 'repo.build.failed', events: 6, said: 6 },
      { event_type: 'repo.push', events: 88, said: 3 },
    ],
    toasts: 5,
    inbox: 4,
    proved: { right: 5, not_right: 1, not_yet: 2, not_to_tell: 1 },
    builds: { broke: 6, mended: 5, right: 4 },
    rules: [
      { rule: 'rust/unused_mut', made: 6, toasts: 4, proved: { ...nothing, right: 4, not_yet: 2 } },
      {
        rule: 'push/export',
        made: 3,
        toasts: 1,
        proved: { ...nothing, right: 1, not_right: 1, not_to_tell: 1 },
      },
    ],
    said: [
      {
        at: ago(20),
        event_type: 'repo.push',
        commit: '9d1c0e2f9d1c0e2f9d1c0e2f9d1c0e2f9d1c0e2f',
        rule: 'push/export',
        title: '`parse_range` is gone, `http.rs` still uses it',
        toast: true,
        outcome: {
          kind: 'right',
          commit: '77ab310f77ab310f77ab310f77ab310f77ab310f',
          path: 'src/http.rs',
          line: 12,
        },
      },
    ],
    silent: [{ reason: 'nothing others rely on is changed in a way that the diff shows', times: 85 }],
    silent_rules: sampleSilentRules(now),
  };
}

/** The rules that it silenced. */
export function sampleSilentRules(now: number): SilentRule[] {
  return [
    {
      rule: 'push/untested',
      repository: 'acme/api',
      right: 0,
      told: 7,
      looked_at: new Date(now - DAY).toISOString(),
    },
  ];
}
