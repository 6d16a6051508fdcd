import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  Object.defineProperty(navigator, 'language', { value: 'en-GB', configurable: true });
  vi.resetModules();
});

async function from(language: string) {
  Object.defineProperty(navigator, 'language', { value: language, configurable: true });
  vi.resetModules();
  return import('./locale');
}

test('numbers and times are written as in the user’s region, in the words of the catalogue', async () => {
  for (const [language, locale, number] of [
    ['en-US', 'en-US', '1,234,567'],
    ['en-GB', 'en-GB', '1,234,567'],
    ['en-IN', 'en-IN', '12,34,567'],
    ['de-DE', 'en-DE', '1.234.567'],
    ['pt', 'en-BR', '1,234,567'],
    ['ar', 'en-EG', '1,234,567'],
    ['', 'en', '1,234,567'],
    ['nonsense-', 'en', '1,234,567'],
  ] as const) {
    const read = await from(language);
    expect(read.locale, language).toBe(locale);
    expect(read.decimal(1_234_567), language).toBe(number);
  }
});

test('money has cents, and what is less than ten has what it has', async () => {
  const { money } = await from('en-US');
  expect([0, 0.00421, 0.099, 0.1, 12, 1234.5].map(money)).toEqual([
    '$0.00',
    '$0.0042',
    '$0.099',
    '$0.10',
    '$12.00',
    '$1,234.50',
  ]);
});

test('a number takes the form its language has for it', async () => {
  const { count, plural } = await from('en-GB');
  expect([0, 1, 2, 1000].map((number) => count(number, { one: 'line', other: 'lines' }))).toEqual([
    '0 lines',
    '1 line',
    '2 lines',
    '1,000 lines',
  ]);
  expect(plural(1, { other: 'lines' })).toBe('lines');
});

test('in the pseudo-locale every word of the catalogue is strange, longer, and between brackets', async () => {
  const { pseudo } = await from('en-GB');
  const strange = pseudo({
    plain: 'Watch',
    made: (name: string) => `Open \`${name}\``,
    keys: [['j', 'next']],
  });
  expect(strange.plain).toBe('⟦Wåtçh·~⟧');
  expect(strange.made('a.rs')).toBe('⟦Öpéñ `a.rs`·~·~·~⟧');
  expect(strange.keys).toEqual([['⟦j·~⟧', '⟦ñéxt·~⟧']]);
});
