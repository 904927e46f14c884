// What can go wrong on the way to a file, in two kinds: what another try may get past, and what it may not.

import { AudiozooError, type ErrorDescription } from '../errors.js';

/** A failure that another try may get past. */
export class TransientError extends Error {
  /** `error` is for the person, when tries run out. */
  constructor(
    readonly error: AudiozooError,
    /** How long the server asks to be left alone, in milliseconds. */
    readonly retryAfter = 0,
  ) {
    super(error.message, { cause: error });
  }
}

/** An answer that is no file. */
export class StatusError extends AudiozooError {
  constructor(
    readonly status: number,
    description: Omit<ErrorDescription, 'code'>,
  ) {
    super({ code: 'file', ...description });
  }
}

/** Whether the server answered that it has no such file. */
export function isNotThere(error: unknown): boolean {
  return error instanceof StatusError && (error.status === 404 || error.status === 410);
}

export function refusal(description: Omit<ErrorDescription, 'code'>): AudiozooError {
  return new AudiozooError({ code: 'file', ...description });
}

/** An address for messages: without a password, and without its query, which may hold a signature. */
export function showUrl({ protocol, host, pathname }: URL): string {
  const text = `${protocol}//${host}${pathname}`;
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
