/** Times as the panel says them: relative under a day, then the date. */
import { locale } from '../../locale';
import { text } from '../../strings';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A past time in a few words. `ago` makes it part of a sentence. */
export function past(at: string, now: number, ago = false): string {
  const since = now - Date.parse(at);
  if (Number.isNaN(since)) return at;
  if (since >= DAY) return day(at, now);
  if (since < MINUTE) return ago ? text.time.justNow : text.time.now;
  const span =
    since < HOUR ? text.time.minutes(Math.floor(since / MINUTE)) : text.time.hours(Math.floor(since / HOUR));
  return ago ? text.time.ago(span) : span;
}

/** A time to come: the clock's time today, else with its day. */
export function coming(at: string, now: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const clock = date.toLocaleTimeString(locale, { timeStyle: 'short' });
  if (date.toDateString() === new Date(now).toDateString()) return clock;
  const weekday = date.toLocaleDateString(locale, { weekday: 'short' });
  return `${weekday} ${day(at, now)}, ${clock}`;
}

/** The day: `21 Nov`, with its year when that is another. */
export function day(at: string, now: number): string {
  const date = new Date(at);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return date.toLocaleDateString(locale, {
    day: 'numeric',
    month: 'short',
    ...(sameYear ? {} : { year: 'numeric' }),
  });
}

/** The exact time, for whoever hovers. */
export function exact(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  return date.toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** Nine in the morning, `days` after `now`, by the user's clock. */
export function morning(now: number, days: number): string {
  const date = new Date(now);
  date.setDate(date.getDate() + days);
  date.setHours(9, 0, 0, 0);
  return date.toISOString();
}

/** Nine in the morning of the next Monday. */
export function nextWeek(now: number): string {
  const weekday = new Date(now).getDay();
  return morning(now, (8 - weekday) % 7 || 7);
}
