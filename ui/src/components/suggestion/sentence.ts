/** Words that begin small and end without a dot, as the api gives them, as a sentence. */
export function sentence(words: string): string {
  const capital = words.charAt(0).toUpperCase() + words.slice(1);
  return words === '' || /[.?!]$/.test(words) ? capital : `${capital}.`;
}
