import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AST, parse } from 'svelte/compiler';
import { expect, test } from 'vitest';
import { text } from './strings';

const SOURCE = import.meta.dirname;
/** Attributes people read or hear. */
const READ = new Set(['aria-label', 'title', 'placeholder', 'alt', 'aria-description']);

function files(ending: string): string[] {
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && !file.endsWith('.test.ts'))
    .map((file) => join(SOURCE, file));
}

/** Words in a component's markup that did not come from the catalogue. */
function loose(file: string): string[] {
  const found: string[] = [];
  const walk = (node: unknown, parent: string | null) => {
    if (Array.isArray(node)) for (const each of node) walk(each, parent);
    else if (typeof node === 'object' && node !== null) {
      const { type, data, name } = node as { type?: string; data?: string; name?: string };
      if (type === 'Text' && /\p{L}{2}/u.test(data ?? '') && (parent === null || READ.has(parent)))
        found.push(data ?? '');
      const within = type === 'Attribute' ? (name ?? '') : parent;
      for (const [key, value] of Object.entries(node)) if (key !== 'parent') walk(value, within);
    }
  };
  const root: AST.Root = parse(readFileSync(file, 'utf8'), { modern: true });
  walk(root.fragment, null);
  return found;
}

test('every word of the panel comes from the catalogue', () => {
  const found = files('.svelte').flatMap((file) => loose(file).map((words) => `${file}: ${words}`));
  expect(found).toEqual([]);
});

test('the catalogue holds nothing that is not used', () => {
  const sources = [...files('.svelte'), ...files('.ts')]
    .filter((file) => !file.endsWith('strings.ts'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  const unused = Object.entries(text).flatMap(([group, entries]) => {
    if (typeof entries === 'function') return sources.includes(`text.${group}(`) ? [] : [group];
    return Object.keys(entries)
      .filter((key) => !new RegExp(`text\\s*\\.${group}\\s*(\\.${key}\\b|\\[)`).test(sources))
      .map((key) => `${group}.${key}`);
  });
  expect(unused).toEqual([]);
});

test('styles name no side that a language written from right to left would turn', () => {
  const side = /(?:margin|padding|border)-(?:left|right)\b|text-align: (?:left|right)|^\s+(?:left|right):/m;
  const found = [...files('.svelte'), ...files('.css')].filter((file) =>
    side.test(readFileSync(file, 'utf8')),
  );
  expect(found).toEqual([]);
});

test('the catalogue speaks calmly', () => {
  const words = JSON.stringify(text);
  expect(words).not.toMatch(/!"|please|sorry|oops|successfully|awesome/i);
});
