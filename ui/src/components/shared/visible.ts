/** Text of strangers, made safe to look at: what would hide or reorder it is shown by its name. */
import { text } from '../../strings';

/** Longer lines are cut; nothing a person reads is. */
const LONGEST = 4000;

// Controls but tab and line feed, bidirectional controls (UAX #9), and marks without width. The joiners
// U+200C and U+200D stay: scripts and emoji need them.
const HIDING =
  // eslint-disable-next-line no-control-regex -- these are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** `words` with hiding characters named and no more than `longest` characters. */
export function visible(words: string, longest = LONGEST): string {
  const shown = words.replaceAll('\r\n', '\n').replace(HIDING, (one) => text.untrusted.hidden(nameOf(one)));
  return shown.length > longest
    ? `${shown.slice(0, longest)}${text.untrusted.cut(shown.length - longest)}`
    : shown;
}

function nameOf(character: string): string {
  return `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
