import { expect, test } from 'vitest';
import { reference, references } from './references';

test('lines of files are found however tools write them', () => {
  const told = (words: string) =>
    references(words).flatMap((one) => (typeof one === 'string' ? [] : [[one.path, one.line]]));
  for (const [words, found] of [
    ['  --> src/main.rs:3:9', [['src/main.rs', 3]]],
    ["src/cart.ts(4,7): error TS2322: Type 'string'", [['src/cart.ts', 4]]],
    ['  File "/srv/app/models.py", line 12, in save', [['/srv/app/models.py', 12]]],
    ['C:\\work\\Program.cs(12,5): error CS0103', [['C:\\work\\Program.cs', 12]]],
    [
      'at Object.<anonymous> (/home/runner/work/web/web/src/a.test.js:10:5)',
      [['/home/runner/work/web/web/src/a.test.js', 10]],
    ],
    ['./pkg/api.go:9: undefined: x', [['./pkg/api.go', 9]]],
    [
      'a.c:1 and b.h:2',
      [
        ['a.c', 1],
        ['b.h', 2],
      ],
    ],
    ['Makefile.am:7: warning', [['Makefile.am', 7]]],
    ['https://example.com:8080/x and api.acme.com:443', []],
    ['127.0.0.1:7420, 12:30:45.123, v1.2.3, 10.5:3', []],
    ['error: aborting due to 1 previous error', []],
  ] as const)
    expect(told(words), words).toEqual(found);
});

test('nothing of the words is lost', () => {
  const words = 'before src/main.rs:3:9 between a.c:1 after';
  expect(
    references(words)
      .map((one) => (typeof one === 'string' ? one : one.text))
      .join(''),
  ).toBe(words);
  expect(reference('src/main.rs:3')).toEqual({ text: 'src/main.rs:3', path: 'src/main.rs', line: 3 });
  expect(reference('see src/main.rs:3')).toBeNull();
  expect(reference('')).toBeNull();
});

test('a line that is made to take long does not', () => {
  const began = performance.now();
  for (const words of [
    'w'.repeat(100_000),
    'a/'.repeat(50_000),
    'a.b'.repeat(30_000),
    'File "'.repeat(20_000),
  ])
    references(words);
  expect(performance.now() - began).toBeLessThan(1000);
});
