/** The table of commands as the panel uses it. */
import type { Code } from './gen/Code';
import type { Commands } from './gen/commands';

export type Command = keyof Commands;
/** What a command is asked; every field has a default on the other side. */
export type Request<K extends Command> = Partial<Commands[K]['request']>;
export type Response<K extends Command> = Commands[K]['response'];

/** Why a command was not answered: the api's code, or that nobody was there to give one. */
export type Cause = Code | 'unreachable' | 'expired';

/** A failure with a message for people. */
export class CallError extends Error {
  constructor(
    override readonly cause: Cause,
    message: string,
  ) {
    super(message);
    this.name = 'CallError';
  }
}

/** Whatever was thrown, as a failure that can be shown. */
export function failure(thrown: unknown): CallError {
  if (thrown instanceof CallError) return thrown;
  if (isApiError(thrown)) return new CallError(thrown.code, thrown.message);
  return new CallError('failed', thrown instanceof Error ? thrown.message : String(thrown));
}

function isApiError(thrown: unknown): thrown is { code: Code; message: string } {
  return (
    typeof thrown === 'object' &&
    thrown !== null &&
    'message' in thrown &&
    typeof thrown.message === 'string' &&
    'code' in thrown &&
    typeof thrown.code === 'string'
  );
}
