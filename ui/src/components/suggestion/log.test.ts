import { expect, test } from 'vitest';
import { readBlock } from './log';

function block(lines: string[], summary = '') {
  return { start_line: 101, end_line: 100 + lines.length, category: 'test', tool: null, summary, lines };
}

test('lines far from what failed are folded, with their numbers kept', () => {
  const lines = [
    ...Array.from({ length: 8 }, (_, number) => `Compiling ${String(number)}`),
    'error: no',
    '  |',
  ];
  const [folded, shown] = readBlock(block(lines));
  expect([folded?.kind, folded?.lines.length]).toEqual(['folded', 6]);
  expect(shown?.lines.map(({ number, failing }) => [number, failing])).toEqual([
    [107, false],
    [108, false],
    [109, true],
    [110, false],
  ]);
});

test('a few lines are not worth folding', () => {
  expect(readBlock(block(['a', 'b', 'c', 'd', 'FAILED x']))).toHaveLength(1);
});

test('the line the summary was taken from is marked, whatever its words', () => {
  const [stretch] = readBlock(block(['ok', 'expected 3, found 4'], 'expected 3'));
  expect(stretch?.lines.map(({ failing }) => failing)).toEqual([false, true]);
});

test('names that only contain such words are not marked', () => {
  const [stretch] = readBlock(block(['test error_kinds ... ok', 'failsafe started', 'no-fail mode']));
  expect(stretch?.lines.some(({ failing }) => failing)).toBe(false);
});
