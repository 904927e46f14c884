import { readFile, stat } from 'node:fs/promises';
import { AudiozooError } from '@audiozoo/core';

/** A text file of at most `maxBytes`, which is checked before it is read. Throws a `file` error otherwise. */
export async function readTextFile(path: string, maxBytes: number): Promise<string> {
  const status = await stat(path).catch((cause: unknown) => {
    throw refuse(path, { got: String(cause), cause });
  });
  if (!status.isFile()) throw refuse(path, { expected: 'a file', got: 'something else' });
  if (status.size > maxBytes) {
    throw refuse(path, { expected: `at most ${maxBytes} bytes`, got: `${status.size}` });
  }
  return readFile(path, 'utf8');
}

function refuse(path: string, found: { expected?: string; got: string; cause?: unknown }): AudiozooError {
  return new AudiozooError({ code: 'file', what: `${path} cannot be read`, ...found });
}
