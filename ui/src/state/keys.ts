/** Which key does what. Keys typed into a field are the field's own, but for Escape. */
import type { Panel } from './panel.svelte';

const KEYS: Record<string, (panel: Panel) => unknown> = {
  j: (panel) => panel.move(1),
  ArrowDown: (panel) => panel.move(1),
  k: (panel) => panel.move(-1),
  ArrowUp: (panel) => panel.move(-1),
  Enter: (panel) => {
    const { view } = panel.route;
    if (view === 'events') return panel.events.selected && panel.events.toggle(panel.events.selected);
    return panel.list?.selected && panel.read(panel.list.selected);
  },
  a: (panel) => panel.list && panel.accept(),
  e: (panel) => {
    if (!panel.list || !panel.opened.canAccept) return;
    panel.route.reading = true;
    panel.opened.changes.editing = true;
  },
  d: (panel) => panel.list && panel.dismiss(),
  s: (panel) => {
    if (!panel.list || panel.opened.id === null) return;
    panel.route.reading = true;
    panel.snoozing = true;
  },
  D: (panel) => {
    if (!panel.list || panel.opened.id === null) return;
    panel.route.reading = true;
    panel.dismissing = true;
  },
  u: (panel) => panel.list && panel.undo(),
  '/': (panel) => {
    if (panel.route.searchable) panel.route.searching = true;
  },
  '?': (panel) => {
    panel.route.helping = true;
  },
  '1': (panel) => panel.show('inbox'),
  '2': (panel) => panel.show('events'),
  '3': (panel) => panel.show('history'),
  '4': (panel) => panel.show('insights'),
  '5': (panel) => panel.show('documents'),
  '6': (panel) => panel.show('filters'),
  ',': (panel) => panel.show('settings'),
};

/** Where `g` and then a letter goes. */
const PLACES: Record<string, (panel: Panel) => unknown> = {
  i: KEYS['1'] as (panel: Panel) => unknown,
  e: KEYS['2'] as (panel: Panel) => unknown,
  h: KEYS['3'] as (panel: Panel) => unknown,
  f: KEYS['6'] as (panel: Panel) => unknown,
  d: KEYS['5'] as (panel: Panel) => unknown,
  n: KEYS['4'] as (panel: Panel) => unknown,
  s: KEYS[','] as (panel: Panel) => unknown,
};
/** How long after `g` a letter still names a place, in milliseconds. */
const GOING = 1500;
let going = -Infinity;

/** Keys that act once however long they are held. */
const ONCE = new Set(['a', 'd', 'u']);

/** Does what the key says. */
export function press(panel: Panel, event: KeyboardEvent): void {
  if (event.defaultPrevented) return;
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
    event.preventDefault();
    panel.route.helping = false;
    panel.route.commanding = !panel.route.commanding;
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape') {
    event.preventDefault();
    // The first press leaves the field, so that what was typed is not lost with it.
    if (takesText(event.target) && !panel.route.searching && !panel.route.commanding)
      (event.target as HTMLElement).blur();
    else void panel.back();
    return;
  }
  if (panel.route.helping || panel.route.commanding || takesText(event.target)) return;
  if (event.key === 'Enter' && isControl(event.target)) return;
  if (event.key.startsWith('Arrow') && !arrowsSelect(panel, event.target)) return;
  const goes = event.timeStamp - going < GOING;
  going = event.key === 'g' ? event.timeStamp : -Infinity;
  const act = goes ? PLACES[event.key] : KEYS[event.key];
  if (!act || (event.repeat && ONCE.has(event.key))) return;
  event.preventDefault();
  void act(panel);
}

/** False where arrows scroll, or move within a control. */
function arrowsSelect({ route }: Panel, target: EventTarget | null): boolean {
  const listed = route.view === 'events' || (route.searchable && (route.wide || !route.reading));
  return listed && !(target instanceof Element && target.closest('input, [role=menu]'));
}

function takesText(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input:not([type=checkbox], [type=radio]), textarea, select') !== null
  );
}

function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button, a, summary, input') !== null;
}
