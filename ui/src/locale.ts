/** How times and numbers are written, and which catalogue is shown. Words are English until there is another catalogue. */

/** The language the catalogue is written in. */
const WORDS = 'en';

/**
 * The catalogue's language as the user's region writes it: clock, order of a date, digits and their separators. A
 * language of its own for dates amid words of another would be read by nobody.
 */
function formats(): string {
  try {
    const own = new Intl.Locale(navigator.language);
    if (own.language === WORDS) return own.baseName;
    const { region } = own.maximize();
    return region ? new Intl.Locale(WORDS, { region }).baseName : WORDS;
  } catch {
    return WORDS;
  }
}

export const locale = formats();

const plurals = new Intl.PluralRules(WORDS);

/** The words for a number: `other`, unless the language has others for it. */
export type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** The form of `forms` that goes with `number`. */
export function plural(number: number, forms: Forms): string {
  return forms[plurals.select(number)] ?? forms.other;
}

const decimals = new Intl.NumberFormat(locale);

/** A number as the user writes it: `200,000`. */
export function decimal(number: number): string {
  return decimals.format(number);
}

const cents = new Intl.NumberFormat(locale, {
  style: 'currency',
  currency: 'USD',
  currencyDisplay: 'narrowSymbol',
});
const less = new Intl.NumberFormat(locale, {
  style: 'currency',
  currency: 'USD',
  currencyDisplay: 'narrowSymbol',
  maximumSignificantDigits: 2,
});

/** Dollars as the user writes them: `$1.20`, `$0.0042`. */
export function money(dollars: number): string {
  return (dollars > 0 && dollars < 0.1 ? less : cents).format(dollars);
}

/** A number and its words. */
export function count(number: number, forms: Forms): string {
  return `${decimal(number)} ${plural(number, forms)}`;
}

/** The writing direction asked for, and whether the catalogue is to be shown as no language there is. */
export const asked = new URLSearchParams(location.search).get('locale') ?? '';

const ACCENTS: Record<string, string> = {
  a: 'å',
  c: 'ç',
  e: 'é',
  i: 'î',
  n: 'ñ',
  o: 'ö',
  s: 'š',
  u: 'û',
  y: 'ý',
  A: 'Å',
  C: 'Ç',
  E: 'É',
  I: 'Î',
  N: 'Ñ',
  O: 'Ö',
  S: 'Š',
  U: 'Û',
};

/**
 * Words as a wordy language would have them: every letter strange, four tenths longer, and between brackets, so that
 * what is cut off or did not come from the catalogue is seen.
 */
/** Four tenths of `length` more, in words. */
function padding(length: number): string {
  const pairs = Math.ceil(length / 5);
  return pairs < 4 ? '·~'.repeat(pairs) : ' ·~·~·'.repeat(Math.ceil(pairs / 3));
}

function strange(words: string): string {
  // What is code stays code.
  const parts = words
    .split(/(`[^`]*`)/)
    .map((part, place) =>
      place % 2 === 1 ? part : part.replace(/[a-zA-Z]/g, (letter) => ACCENTS[letter] ?? letter),
    );
  return `⟦${parts.join('')}${padding(words.length)}⟧`;
}

/** The catalogue in the pseudo-locale. */
export function pseudo<T>(entry: T): T {
  if (typeof entry === 'string') return strange(entry) as T;
  if (typeof entry === 'function')
    return ((...given: unknown[]) => pseudo((entry as (...of: unknown[]) => unknown)(...given))) as T;
  if (Array.isArray(entry)) return entry.map((one: unknown) => pseudo(one)) as T;
  if (typeof entry === 'object' && entry !== null)
    return Object.fromEntries(Object.entries(entry).map(([key, one]) => [key, pseudo(one)])) as T;
  return entry;
}
