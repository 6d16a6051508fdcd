/** Makes rows of code as wide as the longest of them, so that all have one width whichever of them are drawn. */

/** What stands before the code: the line's number and its sign. */
const BEFORE = 76;

export function asWideAs(columns: number) {
  return (rows: HTMLElement) => {
    rows.style.minWidth = `calc(${String(columns)}ch + ${String(BEFORE)}px)`;
    return () => {
      rows.style.minWidth = '';
    };
  };
}
