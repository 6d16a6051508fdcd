/** What the test page lacks that every browser has. */
import { afterEach } from 'vitest';

Element.prototype.scrollIntoView = () => undefined;

afterEach(() => {
  location.hash = '';
});
