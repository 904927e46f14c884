import { readFile, stat } from 'node:fs/promises';
import { AudiozooError } from '../errors.js';

/** A text file of at most `maxBytes`, which is checked before it is read. Throws a `file` error that says `why` not. */
export async function readTextFile(path: string, maxBytes: number, why = 'cannot be read'): Promise<string> {
  const refuse = (found: { expected?: string; got: string; cause?: unknown }) =>
    new AudiozooError({ code: 'file', what: `${path} ${why}`, ...found });
  const status = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw notThere(path, cause);
    throw refuse({ expected: 'a file', got: String(cause), cause });
  });
  if (!status.isFile()) throw refuse({ expected: 'a file', got: 'something else' });
  if (status.size > maxBytes) {
    throw refuse({ expected: `a file of at most ${maxBytes} bytes`, got: `${status.size}` });
  }
  return readFile(path, 'utf8');
}

function notThere(path: string, cause: unknown): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${path} is not there`,
    expected: 'a file',
    hint: 'Check the path.',
    cause,
  });
}
