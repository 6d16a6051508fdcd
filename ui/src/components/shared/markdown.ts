/** Markdown of strangers as a tree of tokens. What draws it (`Prose`) makes elements, never HTML from text. */
import { Marked, type Token, type Tokens } from 'marked';

export type { Token, Tokens } from 'marked';

const marked = new Marked({ gfm: true });

/** Longer texts are cut before they are read. */
const LONGEST = 200_000;

export function blocks(markdown: string): Token[] {
  return marked.lexer(markdown.slice(0, LONGEST));
}

/** `tokens` without list items that say nothing but one of `lines`; lists left empty go too. */
export function without(tokens: Token[], lines: string[]): Token[] {
  const known = new Set(lines.map(plain));
  return tokens.flatMap((token) => {
    if (token.type !== 'list') return [token];
    const list = token as Tokens.List;
    const items = list.items.filter((item) => !known.has(plain(item.text)));
    return items.length > 0 ? [{ ...list, items }] : [];
  });
}

function plain(line: string): string {
  return line.replace(/^\[[ xX]\]\s+/, '').trim();
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** Text with the character references Markdown allows in it resolved. */
export function resolved(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,4}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return NAMED[String(name).toLowerCase()] ?? whole;
    const code = decimal === undefined ? parseInt(String(hex), 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  });
}
