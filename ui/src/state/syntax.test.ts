import { expect, test } from 'vitest';
import { colour, cutAt, languageOf } from './syntax';

test('a language is known by the name of the file', () => {
  expect(['src/a.rs', 'B.TSX', 'Makefile', 'deep/x.tar.unknown', 'noend'].map(languageOf)).toEqual([
    'rust',
    'typescript',
    'makefile',
    '',
    '',
  ]);
});

test('colours come line by line, also where a comment spans lines', async () => {
  const lines = ['fn main() { // one', '    let x = "two"; /* three', '  four */ 5', ''];
  const coloured = await colour('src/a.rs', lines);
  expect(coloured?.map((tokens) => tokens.map(({ text }) => text).join(''))).toEqual(lines);
  const kinds = coloured?.map((tokens) =>
    tokens.filter(({ kind }) => kind).map(({ kind, text }) => `${kind} ${text.trim()}`),
  );
  expect(kinds).toEqual([
    ['keyword fn', 'name main', 'comment // one'],
    ['keyword let', 'string "two"', 'comment /* three'],
    ['comment four */', 'numeral 5'],
    [],
  ]);
});

test('what is no known language, or too long, stays plain', async () => {
  expect(await colour('a.unknown', ['let x'])).toBeNull();
  expect(await colour('a.rs', ['x'.repeat(300_000)])).toBeNull();
});

test('markup in code is text', async () => {
  const [line] = (await colour('a.html', ['<script>alert(1)</script>'])) ?? [];
  expect(line?.map(({ text }) => text).join('')).toBe('<script>alert(1)</script>');
});

test('what differs is cut out of the tokens it lies in', () => {
  const tokens = [
    { kind: 'keyword', text: 'let' },
    { kind: '', text: ' mut x' },
  ] as const;
  expect(cutAt(tokens, [2, 5]).map(({ text, marked }) => [text, marked])).toEqual([
    ['le', false],
    ['t', true],
    [' m', true],
    ['ut x', false],
  ]);
  expect(cutAt(tokens, [0, 0]).every(({ marked }) => !marked)).toBe(true);
});
