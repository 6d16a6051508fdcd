/** Opening files in the user's editor, and what is to be said when that does not go. */
import { failure } from '../ipc/call';
import type { Platform } from '../platform';
import { text } from '../strings';

export class Places {
  /** Why the last file was not opened, with its name to copy. */
  trouble = $state.raw<{ message: string; name: string } | null>(null);

  readonly #platform: Platform;
  readonly #suggestion: () => string | null;
  readonly #say: (words: string) => void;

  constructor(platform: Platform, suggestion: () => string | null, say: (words: string) => void) {
    this.#platform = platform;
    this.#suggestion = suggestion;
    this.#say = say;
  }

  /** Opens a file of the repository of the open suggestion, or of the one named. */
  async open(path: string, line: number | null, repository: string | null = null): Promise<void> {
    this.trouble = null;
    const suggestion = repository === null ? this.#suggestion() : null;
    try {
      const { editor } = await this.#platform.call('open_place', { suggestion, repository, path, line });
      this.#say(text.places.opened(editor));
    } catch (thrown) {
      const { message } = failure(thrown);
      this.trouble = { message, name: line === null ? path : `${path}:${String(line)}` };
      this.#say(text.announce.failed(message));
    }
  }

  async copy(): Promise<void> {
    if (this.trouble) await this.#platform.copy(this.trouble.name);
    this.trouble = null;
  }
}
