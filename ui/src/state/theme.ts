/** Puts the theme in force: what is set, and what the system says where that leaves it open. */

const DARK = '(prefers-color-scheme: dark)';
const MORE = '(prefers-contrast: more)';

/** Marks the page with theme, scheme and contrast; style.css goes by these alone. */
export function applyTheme(theme: string): void {
  const page = document.documentElement;
  const dark = theme === 'dark' || (theme !== 'light' && matchMedia(DARK).matches);
  page.dataset['theme'] = theme;
  page.dataset['scheme'] = dark ? 'dark' : 'light';
  page.dataset['contrast'] = theme === 'contrast' || matchMedia(MORE).matches ? 'more' : 'normal';
}

/** Applies `theme()` again whenever the system changes its mind; the answer ends that. */
export function followSystem(theme: () => string): () => void {
  const queries = [matchMedia(DARK), matchMedia(MORE)];
  const apply = () => {
    applyTheme(theme());
  };
  for (const query of queries) query.addEventListener('change', apply);
  return () => {
    for (const query of queries) query.removeEventListener('change', apply);
  };
}
