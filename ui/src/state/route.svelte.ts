/** Where the user is. */
import type { Goal } from '../platform';

export type View = 'inbox' | 'events' | 'history' | 'insights' | 'documents' | 'filters' | 'settings';

/** From this width on, list and suggestion stand side by side. */
const TWO_PANES = '(min-width: 860px)';

export class Route {
  view = $state<View>('inbox');
  /** The part of the settings to begin with. */
  section = $state<string | null>(null);
  /** With one pane: the suggestion is shown instead of the list. */
  reading = $state(false);
  searching = $state(false);
  helping = $state(false);
  /** The list of commands is open. */
  commanding = $state(false);
  wide = $state(false);

  /** True where there is a list to search and to go through. */
  searchable: boolean = $derived.by(() => ['inbox', 'events', 'history'].includes(this.view));

  /** Follows the window's width; the answer ends that. */
  start(): () => void {
    const query = matchMedia(TWO_PANES);
    const follow = () => {
      this.wide = query.matches;
    };
    follow();
    query.addEventListener('change', follow);
    return () => {
      query.removeEventListener('change', follow);
    };
  }

  go(view: View, section: string | null = null): void {
    if (view !== this.view) this.searching = false;
    this.view = view;
    this.section = section;
    this.reading = false;
  }

  /** The view a goal names. */
  follow(goal: Goal): void {
    if (goal.view === 'settings') this.go('settings', goal.section ?? null);
    else this.go('inbox');
    this.reading = goal.view === 'suggestion';
  }
}
