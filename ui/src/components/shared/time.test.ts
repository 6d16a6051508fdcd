import { expect, test } from 'vitest';
import { coming, morning, nextWeek, past } from './time';

const NOW = new Date(2026, 10, 24, 15, 30).getTime();

function before(minutes: number): string {
  return new Date(NOW - minutes * 60_000).toISOString();
}

test('times are relative under a day and dates after', () => {
  const cases: [number, string][] = [
    [-5, 'now'],
    [0.5, 'now'],
    [1, '1 min'],
    [59, '59 min'],
    [60, '1 h'],
    [1439, '23 h'],
    [1440, '23 Nov'],
    [60 * 24 * 400, '20 Oct 2025'],
  ];
  for (const [minutes, words] of cases) expect(past(before(minutes), NOW), String(minutes)).toBe(words);
  expect(past(before(2), NOW, true)).toBe('2 min ago');
  expect(past('soon', NOW)).toBe('soon');
});

test('a time to come is the clock’s today and has its day later', () => {
  expect(coming(new Date(2026, 10, 24, 17, 5).toISOString(), NOW)).toBe('17:05');
  expect(coming(new Date(2026, 10, 25, 9, 0).toISOString(), NOW)).toBe('Wed 25 Nov, 09:00');
});

test('mornings are at nine, next week begins on Monday, also on a Monday', () => {
  expect(new Date(morning(NOW, 1))).toEqual(new Date(2026, 10, 25, 9, 0));
  expect(new Date(nextWeek(NOW))).toEqual(new Date(2026, 10, 30, 9, 0));
  expect(new Date(nextWeek(new Date(2026, 10, 30, 10, 0).getTime()))).toEqual(new Date(2026, 11, 7, 9, 0));
  expect(new Date(nextWeek(new Date(2026, 10, 29, 10, 0).getTime()))).toEqual(new Date(2026, 10, 30, 9, 0));
});
