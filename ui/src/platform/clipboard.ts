/** The clipboard of a web page, with the way that works where the modern one is not allowed. */
import { CallError } from '../ipc/call';
import { text } from '../strings';

export async function copyToClipboard(words: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(words);
  } catch {
    if (!copySelected(words)) throw new CallError('refused', text.error.clipboard);
  }
}

function copySelected(words: string): boolean {
  const area = document.createElement('textarea');
  area.value = words;
  area.className = 'visually-hidden';
  area.setAttribute('aria-hidden', 'true');
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  try {
    // The only way in a web view that grants no clipboard permission.
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
