import { expect, test } from 'vitest';
import { pairs, readDiff } from './diff';

const DIFF = `diff --git a/src/a.rs b/src/a.rs
--- a/src/a.rs
+++ b/src/a.rs
@@ -3,2 +3,2 @@
 fn main() {
-    let mut x = 1;
+    let x = 1;
@@ -20 +20,2 @@
--- a trap
+++ another
+done
\\ No newline at end of file
diff --git a/n.txt b/n.txt
new file mode 100644
--- /dev/null
+++ b/n.txt
@@ -0,0 +1 @@
+hello
`;

test('files, parts and line numbers are read, and lines that look like headers stay lines', () => {
  const files = readDiff(DIFF);
  expect(files.map(({ path, created, parts }) => [path, created, parts.map(({ number }) => number)])).toEqual(
    [
      ['src/a.rs', false, [0, 1]],
      ['n.txt', true, [2]],
    ],
  );
  expect(files[0]?.parts[1]?.lines.map(({ kind, old, new: now, text }) => [kind, old, now, text])).toEqual([
    ['removed', 20, null, '-- a trap'],
    ['added', null, 20, '++ another'],
    ['added', null, 21, 'done'],
  ]);
});

test('what differs within a changed line is marked', () => {
  const [, removed, added] = readDiff(DIFF)[0]?.parts[0]?.lines ?? [];
  expect(removed?.text.slice(...(removed.changed ?? [0, 0]))).toBe('mut ');
  expect(added?.changed).toEqual([8, 8]);
});

test('what is no diff has no files', () => {
  expect(readDiff('')).toEqual([]);
  expect(readDiff('@@ -1 +1 @@\n-x\n+y')).toEqual([]);
});

test('a part that promises more lines than there are ends with them', () => {
  expect(readDiff('diff --git a/x b/x\n@@ -1,9 +1,9 @@\n a')[0]?.parts[0]?.lines).toHaveLength(1);
});

test('side by side, changed lines stand beside each other and the rest beside nothing', () => {
  const [first, second] = readDiff(DIFF)[0]?.parts ?? [];
  const seen = [...pairs(first?.lines ?? []), ...pairs(second?.lines ?? [])].map(({ before, after }) => [
    before?.text ?? null,
    after?.text ?? null,
  ]);
  expect(seen).toEqual([
    ['fn main() {', 'fn main() {'],
    ['    let mut x = 1;', '    let x = 1;'],
    ['-- a trap', '++ another'],
    [null, 'done'],
  ]);
});
