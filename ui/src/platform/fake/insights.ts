/** Insights of the sample world. */
import type { Insights } from '../../ipc/gen/Insights';

const DAY = 86_400_000;

export function sampleInsights(now: number, days: number): Insights {
  return {
    rules: [
      { rule: 'build-failed/unused-mut', made: 12, accepted: 9, failed: 1, dismissed: 1, answered_within: 4 },
      { rule: 'pr-opened/untested', made: 8, accepted: 2, failed: 0, dismissed: 4, answered_within: 190 },
      {
        rule: 'pr-stale/waits-for-you',
        made: 1,
        accepted: 0,
        failed: 0,
        dismissed: 0,
        answered_within: null,
      },
    ],
    days: Array.from({ length: days }, (_, place) => ({
      day: new Date(now - (days - 1 - place) * DAY).toISOString().slice(0, 10),
      events: (place * 7) % 23,
      suggestions: (place * 7) % 4,
    })),
    answered_within: 9,
    cost_usd: 0,
  };
}
