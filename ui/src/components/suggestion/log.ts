/** Which lines of a log block say what failed, and which may be folded away. */
import type { LogBlock } from '../../ipc/gen/LogBlock';

export interface LogLine {
  number: number;
  text: string;
  failing: boolean;
}

/** Lines to show, or how many are folded between them. */
export type Stretch = { kind: 'lines'; lines: LogLine[] } | { kind: 'folded'; lines: LogLine[] };

const FAILING =
  /(^|[^\w-])(error|fatal|panicked|fail(ed|ure|ing)?|exception|assert(ion)?)([^\w-]|$)|^E\s{3}|✗|✕|×/i;

/** Lines that stay with a failing one: tools say what failed first and explain it below. */
const BEFORE = 2;
const AFTER = 12;
/** Fewer lines than this are not worth folding. */
const WORTH = 4;

export function readBlock(block: LogBlock): Stretch[] {
  const lines = block.lines.map((text, place) => ({
    number: block.start_line + place,
    text,
    failing: isFailing(text, block.summary),
  }));
  const failing = lines.flatMap((line, place) => (line.failing ? [place] : []));
  if (failing.length === 0) return [{ kind: 'lines', lines }];
  const near = (place: number) => failing.some((one) => one - BEFORE <= place && place <= one + AFTER);
  const stretches: Stretch[] = [];
  lines.forEach((line, place) => {
    const kind = near(place) ? 'lines' : 'folded';
    const last = stretches.at(-1);
    if (last?.kind === kind) last.lines.push(line);
    else stretches.push({ kind, lines: [line] });
  });
  return stretches.reduce<Stretch[]>((joined, stretch) => {
    const kind = stretch.kind === 'folded' && stretch.lines.length < WORTH ? 'lines' : stretch.kind;
    const last = joined.at(-1);
    if (last && last.kind === kind) last.lines.push(...stretch.lines);
    else joined.push({ kind, lines: [...stretch.lines] });
    return joined;
  }, []);
}

function isFailing(line: string, summary: string): boolean {
  return (summary !== '' && line.includes(summary)) || FAILING.test(line);
}
