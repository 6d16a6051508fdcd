/** Colours of code: which stretch of a line is a keyword, a string, a comment. Loaded when the first diff is shown. */
import type { createLowlight } from 'lowlight';
import type { DiffLine } from './diff';

/** A stretch of a line and what it is in its language; plain where `kind` is empty. */
export interface Token {
  kind: '' | Kind;
  text: string;
}

export type Kind = 'comment' | 'keyword' | 'string' | 'numeral' | 'name';

/** The highlighter's classes by what they are to a reader; what is not listed stays plain. */
const KIND_OF: Record<string, Kind> = {
  'hljs-comment': 'comment',
  'hljs-quote': 'comment',
  'hljs-keyword': 'keyword',
  'hljs-built_in': 'keyword',
  'hljs-literal': 'keyword',
  'hljs-selector-tag': 'keyword',
  'hljs-meta': 'keyword',
  'hljs-string': 'string',
  'hljs-regexp': 'string',
  'hljs-symbol': 'string',
  'hljs-link': 'string',
  'hljs-number': 'numeral',
  'hljs-type': 'name',
  'hljs-title': 'name',
  'hljs-section': 'name',
  'hljs-attr': 'name',
  'hljs-attribute': 'name',
  'hljs-name': 'name',
  'hljs-tag': 'name',
};

const LANGUAGES: Record<string, string> = {
  rs: 'rust',
  ts: 'typescript',
  tsx: 'typescript',
  mts: 'typescript',
  js: 'javascript',
  jsx: 'javascript',
  mjs: 'javascript',
  cjs: 'javascript',
  py: 'python',
  pyi: 'python',
  go: 'go',
  java: 'java',
  kt: 'kotlin',
  rb: 'ruby',
  c: 'c',
  h: 'c',
  cc: 'cpp',
  cpp: 'cpp',
  cxx: 'cpp',
  hpp: 'cpp',
  cs: 'csharp',
  swift: 'swift',
  php: 'php',
  lua: 'lua',
  pl: 'perl',
  sh: 'bash',
  bash: 'bash',
  json: 'json',
  yml: 'yaml',
  yaml: 'yaml',
  toml: 'ini',
  ini: 'ini',
  cfg: 'ini',
  md: 'markdown',
  sql: 'sql',
  css: 'css',
  scss: 'scss',
  html: 'xml',
  xml: 'xml',
  svelte: 'xml',
  vue: 'xml',
  svg: 'xml',
  mk: 'makefile',
  graphql: 'graphql',
  diff: 'diff',
  patch: 'diff',
};

/** The language of a file by its name; empty when it is not known. */
export function languageOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (name === 'makefile') return 'makefile';
  return LANGUAGES[name.slice(name.lastIndexOf('.') + 1)] ?? '';
}

let highlighter: Promise<ReturnType<typeof createLowlight>> | undefined;

async function lowlight(): Promise<ReturnType<typeof createLowlight>> {
  highlighter ??= import('lowlight').then(({ common, createLowlight }) => createLowlight(common));
  return highlighter;
}

/** Longer stretches stay plain: colours are not worth a pause. */
const LONGEST = 200_000;

/** `lines` as tokens, line by line; null where the language is not known or there is too much of it. */
export async function colour(path: string, lines: readonly string[]): Promise<Token[][] | null> {
  const language = languageOf(path);
  const code = lines.join('\n');
  if (!language || code.length > LONGEST) return null;
  const coloured: Token[][] = [[]];
  const put = (kind: Token['kind'], words: string) => {
    words.split('\n').forEach((text, place) => {
      if (place > 0) coloured.push([]);
      if (text) coloured.at(-1)?.push({ kind, text });
    });
  };
  interface Node {
    type: string;
    value?: string;
    children?: Node[];
    properties?: { className?: unknown };
  }
  const walk = (node: Node, kind: Token['kind']) => {
    if (node.type === 'text') put(kind, node.value ?? '');
    const names = node.properties?.className;
    const own = Array.isArray(names) ? names.map((name) => KIND_OF[String(name)]).find(Boolean) : undefined;
    for (const child of node.children ?? []) walk(child, own ?? kind);
  };
  walk((await lowlight()).highlight(language, code) as Node, '');
  return coloured.length === lines.length ? coloured : null;
}

/** The colours known so far. */
export interface Colours {
  get(line: DiffLine): Token[] | undefined;
}

export const PLAIN: Colours = { get: () => undefined };

/** Lines coloured at once: more would be felt as a pause. */
const PIECE = 300;

/**
 * Colours the lines of a part of a change, piece by piece, and tells what is known after each; the answer ends that.
 * What is known already of other parts is taken along.
 */
export function colourLines(
  path: string,
  lines: readonly DiffLine[],
  tell: (colours: Colours) => void,
  known = new WeakMap<DiffLine, Token[]>(),
): () => void {
  let current = true;
  const sides = [
    lines.filter(({ kind }) => kind !== 'added'),
    // What is the same on both sides takes the colours it has now.
    lines.filter(({ kind }) => kind !== 'removed'),
  ];
  void (async () => {
    for (const side of sides)
      for (let from = 0; from < side.length && current; from += PIECE) {
        const piece = side.slice(from, from + PIECE);
        const texts = piece.map(({ text }) => text);
        const tokens = await colour(path, texts);
        if (!tokens) return;
        tokens.forEach((of, place) => {
          const line = piece[place];
          if (line) known.set(line, of);
        });
        if (current) tell({ get: (line) => known.get(line) });
        if (side.length > PIECE) await new Promise((resolve) => setTimeout(resolve));
      }
  })();
  return () => {
    current = false;
  };
}

/** Tokens with the stretch from `from` to `to` cut out as `marked`, for what differs within a line. */
export function cutAt(
  tokens: readonly Token[],
  [from, to]: [number, number],
): (Token & { marked: boolean })[] {
  const pieces: (Token & { marked: boolean })[] = [];
  let at = 0;
  for (const { kind, text } of tokens) {
    for (const [begin, end, marked] of [
      [0, from - at, false],
      [from - at, to - at, true],
      [to - at, text.length, false],
    ] as const) {
      const piece = text.slice(Math.max(0, begin), Math.max(0, end));
      if (piece) pieces.push({ kind, text: piece, marked });
    }
    at += text.length;
  }
  return pieces;
}
