/** Words that begin small and end without a dot, as the api gives them, as a sentence or the end of one. */
export function sentence(words: string, begins = true): string {
  const capital = begins ? words.charAt(0).toUpperCase() + words.slice(1) : words;
  return words === '' || /[.?!]$/.test(words) ? capital : `${capital}.`;
}
