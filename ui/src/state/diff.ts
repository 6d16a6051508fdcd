/** Reads a unified diff as git writes it: files, their parts, and what each line is. */

export interface DiffLine {
  kind: 'same' | 'added' | 'removed';
  old: number | null;
  new: number | null;
  text: string;
  /** First and last character that differ from the line's counterpart. */
  changed: [number, number] | null;
}

export interface Part {
  /** Its number over all files, counted from 0, as `left_out` counts. */
  number: number;
  lines: DiffLine[];
}

export interface DiffFile {
  path: string;
  created: boolean;
  parts: Part[];
}

const HEADER = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

/** The files of `diff`. Lines between the parts git counts are headers, whatever they look like. */
export function readDiff(diff: string): DiffFile[] {
  const files: DiffFile[] = [];
  let number = 0;
  const lines = diff.split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const header = HEADER.exec(line);
    const file = files.at(-1);
    if (header && file) {
      const [part, end] = readPart(lines, at + 1, header, number);
      file.parts.push(part);
      number += 1;
      at = end - 1;
    } else if (line.startsWith('diff --git ')) {
      files.push({ path: line.replace(/^diff --git a\/.* b\//, ''), created: false, parts: [] });
    } else if (file && line.startsWith('+++ b/')) {
      file.path = line.slice('+++ b/'.length);
    } else if (file && line === '--- /dev/null') {
      file.created = true;
    }
  }
  return files;
}

function readPart(lines: string[], from: number, header: RegExpExecArray, number: number): [Part, number] {
  let oldLine = Number(header[1]);
  let newLine = Number(header[3]);
  let oldLeft = Number(header[2] ?? 1);
  let newLeft = Number(header[4] ?? 1);
  const read: DiffLine[] = [];
  let at = from;
  while (at < lines.length && (oldLeft > 0 || newLeft > 0)) {
    const line = lines[at] ?? '';
    at += 1;
    // "\ No newline at end of file" is said about a line and is none.
    if (line.startsWith('\\')) continue;
    const sign = line[0] ?? ' ';
    const text = line.slice(1);
    if (sign === '+') {
      read.push({ kind: 'added', old: null, new: newLine++, text, changed: null });
      newLeft -= 1;
    } else if (sign === '-') {
      read.push({ kind: 'removed', old: oldLine++, new: null, text, changed: null });
      oldLeft -= 1;
    } else {
      read.push({ kind: 'same', old: oldLine++, new: newLine++, text, changed: null });
      oldLeft -= 1;
      newLeft -= 1;
    }
  }
  markChanged(read);
  return [{ number, lines: read }, at];
}

/** Marks what differs where as many lines come as go. */
function markChanged(lines: DiffLine[]): void {
  for (let at = 0; at < lines.length;) {
    const removed = run(lines, at, 'removed');
    const added = run(lines, at + removed.length, 'added');
    if (removed.length === added.length) {
      removed.forEach((line, place) => {
        const counterpart = added[place];
        if (counterpart) compare(line, counterpart);
      });
    }
    at += Math.max(1, removed.length + added.length);
  }
}

function run(lines: readonly DiffLine[], from: number, kind: DiffLine['kind']): DiffLine[] {
  let to = from;
  while (lines[to]?.kind === kind) to += 1;
  return lines.slice(from, to);
}

function compare(before: DiffLine, after: DiffLine): void {
  const shorter = Math.min(before.text.length, after.text.length);
  let start = 0;
  while (start < shorter && before.text[start] === after.text[start]) start += 1;
  let tail = 0;
  while (
    tail < shorter - start &&
    before.text[before.text.length - 1 - tail] === after.text[after.text.length - 1 - tail]
  )
    tail += 1;
  // Lines that share little are simply other lines.
  if (start + tail < shorter / 3) return;
  before.changed = [start, before.text.length - tail];
  after.changed = [start, after.text.length - tail];
}

/** A row of a change seen side by side: what was and what is, where there is a counterpart. */
export interface Pair {
  before: DiffLine | null;
  after: DiffLine | null;
}

/** `lines` in pairs: the same on both sides, changed ones beside each other, the rest beside nothing. */
export function pairs(lines: readonly DiffLine[]): Pair[] {
  const paired: Pair[] = [];
  for (let at = 0; at < lines.length;) {
    const removed = run(lines, at, 'removed');
    const added = run(lines, at + removed.length, 'added');
    const longer = Math.max(removed.length, added.length);
    for (let place = 0; place < longer; place += 1)
      paired.push({ before: removed[place] ?? null, after: added[place] ?? null });
    at += removed.length + added.length;
    const same = lines[at];
    if (longer === 0 && same) {
      paired.push({ before: same, after: same });
      at += 1;
    }
  }
  return paired;
}

/** The line of the file as it stands at which `line` is seen: an added one where it would come in. */
export function standingAt(lines: readonly DiffLine[], line: DiffLine): number {
  if (line.old !== null) return line.old;
  const place = lines.indexOf(line);
  for (let at = place - 1; at >= 0; at -= 1) {
    const before = lines[at]?.old;
    if (before != null) return before + 1;
  }
  return lines.find((one) => one.old !== null)?.old ?? 1;
}

/** How many columns the longest of `lines` takes. */
export function longestOf(lines: readonly DiffLine[]): number {
  return lines.reduce((longest, { text }) => {
    const tabs = text.includes('\t') ? text.split('\t').length - 1 : 0;
    return Math.max(longest, Math.min(text.length + tabs * 3, 4000));
  }, 0);
}
