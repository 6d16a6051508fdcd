/** The panel's own addresses (`#/suggestion/<id>`, `#/settings/<section>`) and those it may open. */
import type { Goal } from './types';

/** The goal in a fragment; the inbox for whatever else stands there. */
export function goalIn(fragment: string): Goal {
  const [view, rest] = fragment.replace(/^#?\/?/, '').split('/', 2);
  if (view === 'suggestion' && rest && /^[\w-]+$/.test(rest)) return { view, id: rest };
  if (view === 'settings') return { view, section: rest };
  return { view: 'inbox' };
}

/** True for an `https:` address without credentials: the only kind the panel opens. */
export function isOpenable(url: string): boolean {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  return parsed?.protocol === 'https:' && parsed.username === '' && parsed.password === '';
}
