/** How this user likes to look at things, remembered by the panel itself: it changes nothing for Perch. */

function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    // A browser may forbid it; then the choice lasts as long as the panel.
    return null;
  }
}

function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // As above.
  }
}

class Choice {
  wanted = $state(false);
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
    this.wanted = remembered(key) === 'yes';
  }

  want(wanted: boolean): void {
    this.wanted = wanted;
    remember(this.#key, wanted ? 'yes' : 'no');
  }
}

/** Changes are shown side by side where there is room. */
export const sideBySide = new Choice('perch.side-by-side');
/** The inbox is grouped by how urgent things are, not by repository. */
export const byUrgency = new Choice('perch.by-urgency');
