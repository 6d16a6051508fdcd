/** What the sample Perch says of itself and of its machine. */
import type { Folders } from '../../ipc/gen/Folders';
import type { Health } from '../../ipc/gen/Health';
import type { LogLines } from '../../ipc/gen/LogLines';

const DAY = 24 * 3_600_000;

export function sampleFolders(now: number): Folders {
  const paths = ['api', 'web', 'infra', 'notes', 'tools/release', 'tools/lint', 'docs', 'old/site'];
  return {
    under: '/home/ada',
    folders: paths.map((path, place) => ({
      path: `/home/ada/src/${path}`,
      used_at: new Date(now - place * place * DAY).toISOString(),
      watched: false,
    })),
  };
}

export function sampleHealth(now: number): Health {
  const quiet = { errors: 0, in_a_row: 0, last_error: null, failed_at: null, waiting: 0, lag_seconds: 0 };
  return {
    steps: [
      {
        ...quiet,
        step: 'poll',
        done: 1284,
        errors: 2,
        last_error: 'github.com: no answer within 90 s',
        failed_at: new Date(now - 3 * 3_600_000).toISOString(),
      },
      { ...quiet, step: 'spool', done: 14 },
      { ...quiet, step: 'observe', done: 3 },
      { ...quiet, step: 'intake', done: 1301 },
      { ...quiet, step: 'process', done: 1299, waiting: 2, lag_seconds: 4.2 },
      { ...quiet, step: 'notify', done: 21 },
      { ...quiet, step: 'publish', done: 9 },
    ],
    budgets: [
      {
        host: 'api.github.com',
        remaining: 4981,
        limit: 5000,
        resets_at: new Date(now + 3_600_000).toISOString(),
      },
    ],
  };
}

/** A build's log of 45,000 lines, in pages. */
export function sampleLog(offset: number, limit: number): LogLines {
  const total = 45_000;
  const many = Math.max(0, Math.min(limit, total - offset));
  return {
    first_line: 1,
    total,
    lines: Array.from({ length: many }, (_, place) => `   Compiling part ${String(offset + place + 1)}`),
  };
}
