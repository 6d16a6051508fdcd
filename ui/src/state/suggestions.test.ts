import { expect, test } from 'vitest';
import { Fake } from '../platform/fake';
import { SuggestionList } from './suggestions.svelte';
import { byUrgency } from './taste.svelte';

/** A list over a platform with `count` open suggestions, the newest first. */
async function listOf(count: number): Promise<{ list: SuggestionList; platform: Fake }> {
  const platform = new Fake({ now: 0 });
  const [sample] = platform.suggestions;
  if (!sample) throw new Error('there are samples');
  platform.suggestions = Array.from({ length: count }, (_, number) => ({
    ...structuredClone(sample),
    summary: {
      ...structuredClone(sample.summary),
      id: String(number),
      state: 'open',
      repository: `acme/${String(number % 3)}`,
      level: number % 10 === 0 ? 'urgent' : 'silent',
      event_type: number % 2 === 0 ? 'repo.build.failed' : 'issue.created',
    },
  }));
  const list = new SuggestionList(platform, 'inbox');
  await list.load();
  return { list, platform };
}

test('a long list comes page by page, each line once', async () => {
  const { list, platform } = await listOf(250);
  expect([list.all.length, list.total, list.hasMore]).toEqual([100, 250, true]);
  platform.suggestions.unshift({
    ...structuredClone(platform.suggestions[0]),
    summary: { ...platform.suggestions[0]?.summary, id: 'new' },
  } as never);
  await list.more();
  expect(list.all.length).toBe(199);
  expect(new Set(list.all.map(({ id }) => id)).size).toBe(199);
  await list.load();
  expect(list.all[0]?.id).toBe('new');
  await list.more();
  expect([list.all.length, list.hasMore]).toEqual([251, false]);
});

test('keys that reach the end load what is behind it', async () => {
  const { list } = await listOf(150);
  list.select(list.shown.at(-1)?.id ?? null);
  list.move(1);
  await expect.poll(() => list.all.length).toBe(150);
});

test('a filter shows only its kind, and the same again shows all', async () => {
  const { list } = await listOf(40);
  await list.narrow('builds');
  expect([list.total, list.filter]).toEqual([20, 'builds']);
  await list.narrow('urgent');
  expect(list.total).toBe(4);
  await list.narrow('urgent');
  expect([list.total, list.filter]).toEqual([40, null]);
});

test('grouped by urgency, the loudest come first', async () => {
  const { list } = await listOf(40);
  expect(list.groups.map(({ name }) => name)).toEqual(['acme/0', 'acme/1', 'acme/2']);
  byUrgency.want(true);
  try {
    expect(list.groups.map(({ name, suggestions }) => [name, suggestions.length])).toEqual([
      ['urgent', 4],
      ['silent', 36],
    ]);
    expect(list.shown[0]?.level).toBe('urgent');
  } finally {
    byUrgency.want(false);
  }
});
