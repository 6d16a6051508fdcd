/** What the test page lacks that every browser has. */
import { afterEach } from 'vitest';

Element.prototype.scrollIntoView = () => undefined;

afterEach(() => {
  location.hash = '';
});

// Tests read times and numbers as they are written in one place.
Object.defineProperty(navigator, 'language', { value: 'en-GB', configurable: true });
