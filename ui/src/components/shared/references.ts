/** Finds where words name a line of a file, as compilers, test runners and people write it. */

export interface Reference {
  /** The words that name it. */
  text: string;
  path: string;
  line: number;
}

// `src/main.rs:3:5`, `src\cart.ts(4,7)`, `File "app.py", line 3`. A run of path characters is tried from its beginning
// only, so that long lines stay cheap.
const NAMED =
  /File "(?<quoted>[^"\n]{1,400})", line (?<after>\d{1,7})|(?<![\w@.+~/\\-])(?<path>(?:[A-Za-z]:)?[\w@.+~/\\-]*[\w@+-]\.[A-Za-z]\w{0,9})(?::(?<line>\d{1,7})(?::\d{1,5})?|\((?<inside>\d{1,7})(?:[,:]\d{1,5})?\))(?![\w.])/g;

/** Hosts with a port look alike. */
const HOST = /^(?:[\w-]+\.)+(?:com|org|net|io|dev|local|localhost|internal|example)$/i;

/** `words` in order, cut where a line of a file is named. */
export function references(words: string): (string | Reference)[] {
  const pieces: (string | Reference)[] = [];
  let at = 0;
  for (const found of words.matchAll(NAMED)) {
    const { quoted, after, path, line, inside } = found.groups ?? {};
    const named = quoted ?? path ?? '';
    const begin = found.index;
    const isAddress = words.slice(Math.max(0, begin - 3), begin) === '://' || named.startsWith('//');
    if (isAddress || HOST.test(named)) continue;
    if (begin > at) pieces.push(words.slice(at, begin));
    pieces.push({ text: found[0], path: named, line: Number(after ?? line ?? inside) });
    at = begin + found[0].length;
  }
  if (at < words.length) pieces.push(words.slice(at));
  return pieces;
}

/** The line that `words` name, if they name nothing else. */
export function reference(words: string): Reference | null {
  const [only, ...rest] = references(words);
  return typeof only === 'object' && rest.length === 0 ? only : null;
}
