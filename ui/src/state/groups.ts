/** Lists of suggestions put together and put in order. */
import type { SuggestionSummary } from '../ipc/gen/SuggestionSummary';

/** Suggestions that stand together, in the list's order. */
export interface Group {
  /** The repository, or how loud they are. */
  name: string;
  suggestions: SuggestionSummary[];
}

const LOUDNESS = ['urgent', 'normal', 'silent'] as const;

export function grouped(suggestions: readonly SuggestionSummary[], by: 'repository' | 'level'): Group[] {
  // A map keeps the order in which names first came.
  const groups = new Map<string, Group>();
  for (const one of suggestions) {
    const group = groups.get(one[by]);
    if (group) group.suggestions.push(one);
    else groups.set(one[by], { name: one[by], suggestions: [one] });
  }
  return [...groups.values()];
}

export function loudestFirst(suggestions: readonly SuggestionSummary[]): SuggestionSummary[] {
  return LOUDNESS.flatMap((level) => suggestions.filter((one) => one.level === level));
}

/** `kept` with a further page. What came meanwhile moves the pages: a line may come twice. */
export function added(
  kept: readonly SuggestionSummary[],
  page: readonly SuggestionSummary[],
): SuggestionSummary[] {
  const known = new Set(kept.map(({ id }) => id));
  return [...kept, ...page.filter(({ id }) => !known.has(id))];
}
