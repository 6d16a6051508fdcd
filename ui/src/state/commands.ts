/** Everything that can be done from where the user is, by name. */
import { morning, nextWeek } from '../components/shared/time';
import { text } from '../strings';
import { DISMISS_REASONS, type Panel } from './panel.svelte';

export interface Command {
  name: string;
  /** The key that does the same. */
  key: string;
  act: () => unknown;
}

const THEMES = ['system', 'light', 'dark', 'contrast'] as const;

/** The commands, those about the open suggestion first. */
export function commands(panel: Panel): Command[] {
  const { session, opened, route, clock } = panel;
  return [...aboutTheOpen(panel), ...places(panel), ...pauses(), ...themes()];

  function aboutTheOpen({ list }: Panel): Command[] {
    const found: Command[] = [];
    const state = opened.detail?.summary.state;
    if (!list || opened.id === null) return found;
    if (opened.canAccept && opened.chosen)
      found.push({
        name: text.commands.accept(opened.chosen.label),
        key: 'a',
        act: () => panel.accept(),
      });
    if (opened.begun?.outcome.can_undo)
      found.push({ name: text.run.undo, key: 'u', act: () => panel.undo() });
    else if (opened.putAway) found.push({ name: text.run.restore, key: 'u', act: () => panel.undo() });
    if (state !== 'open' && state !== 'snoozed') return found;
    found.push({ name: text.detail.dismiss, key: 'd', act: () => panel.dismiss() });
    for (const reason of DISMISS_REASONS)
      found.push({
        name: text.commands.dismiss(text.detail.dismissReason[reason]),
        key: '',
        act: () => panel.dismiss(false, reason),
      });
    for (const [until, at] of [
      [text.detail.snoozeHour, '1h'],
      [text.detail.snoozeTomorrow, morning(clock.now, 1)],
      [text.detail.snoozeWeek, nextWeek(clock.now)],
    ] as const)
      found.push({ name: text.commands.snooze(until), key: '', act: () => panel.snooze(at) });
    return found;
  }

  function places({ show }: Panel): Command[] {
    const views = (
      ['inbox', 'events', 'history', 'insights', 'documents', 'filters', 'settings'] as const
    ).map((view, place) => ({
      name: text.commands.go(text.bar[view]),
      key: ['g i', 'g e', 'g h', 'g n', 'g d', 'g f', 'g s'][place] ?? '',
      act: () => show.call(panel, view),
    }));
    const search = { name: text.bar.search, key: '/', act: () => (route.searching = true) };
    const keys = { name: text.commands.keys, key: '?', act: () => (route.helping = true) };
    return [...views, ...(route.searchable ? [search] : []), keys];
  }

  function pauses(): Command[] {
    if (session.loop === 'paused')
      return [{ name: text.pause.resume, key: '', act: () => session.pause(null) }];
    return (
      [
        [text.pause.hour, '1h'],
        [text.pause.tomorrow, morning(clock.now, 1)],
        [text.pause.week, nextWeek(clock.now)],
      ] as const
    ).map(([until, at]) => ({
      name: text.commands.pause(until),
      key: '',
      act: () => session.pause(at),
    }));
  }

  function themes(): Command[] {
    return THEMES.map((theme) => ({
      name: text.commands.theme(text.settings.themes[theme]),
      key: '',
      act: async () => {
        session.settings = await panel.platform.call('set', { key: 'theme', value: theme });
      },
    }));
  }
}

/** Those whose name holds every word of `query`, in any order. */
export function matching(all: Command[], query: string): Command[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word)));
}
