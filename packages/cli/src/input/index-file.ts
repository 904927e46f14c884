// Embeddings with the names of what they are of beside them: what `embed` writes, and `search` reads.

import { readFile } from 'node:fs/promises';
import { AudiozooError, castTensor, readNpy, type Tensor } from '@audiozoo/core';
import { formatShape, jsonBudget, jsonParts } from '@audiozoo/core/plugin';
import { readTextFile } from './path.js';

/** The names of a hundred thousand files, each with a long path. */
const mostNameBytes = 20e6;

export interface IndexFile {
  /** [rows, dimensions]; NaN where one could not be heard. */
  readonly table: Tensor<'float32'>;
  readonly names: readonly string[];
  /** Absent where nobody says. */
  readonly model: string | undefined;
}

/** Where the names of the rows of `path` are; undefined unless that is an .npy file. */
export function namesFileOf(path: string): string | undefined {
  return /\.npy$/i.test(path) ? path.replace(/\.npy$/i, '.json') : undefined;
}

/** Reads both files. Throws `file` errors when one is missing, damaged, or does not fit the other. */
export async function readIndex(path: string): Promise<IndexFile> {
  const refuse = (what: string, found: { expected: string; got?: string; cause?: unknown }) =>
    new AudiozooError({ code: 'file', what: `${path} ${what}`, option: 'index', ...found });
  const namesFile = namesFileOf(path);
  if (namesFile === undefined) throw refuse('is no index', { expected: 'the .npy file that `embed` wrote' });
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw refuse('cannot be read', { expected: 'a file that `embed` wrote', got: String(cause), cause });
  });
  const table = readNpy(bytes);
  const [rows, dimensions] = table.shape;
  if (table.shape.length !== 2) {
    throw refuse('is no table', { expected: '[files, dimensions]', got: formatShape(table.shape) });
  }
  const json = await readTextFile(
    namesFile,
    mostNameBytes,
    'cannot be read: it names the rows of the index beside it',
  );
  const { names, model, dimensions: told } = readMembers(json, namesFile);
  const isList = Array.isArray(names) && names.every((name) => typeof name === 'string');
  if (!isList || names.length !== rows) {
    const got = isList ? `${names.length}` : 'something else';
    throw refuse(`and ${namesFile} do not go together`, { expected: `${rows} \`names\``, got });
  }
  if (told !== undefined && told !== dimensions) {
    throw refuse(`and ${namesFile} do not go together`, {
      expected: `\`dimensions\` ${dimensions}`,
      got: JSON.stringify(told),
    });
  }
  return { table: castTensor(table, 'float32'), names, model: typeof model === 'string' ? model : undefined };
}

/** The members of the object that a JSON text is. */
function readMembers(json: string, path: string): Readonly<Record<string, unknown>> {
  try {
    const parts = [...jsonParts(json, jsonBudget(path, 'file'))].filter((part) => part !== undefined);
    return Object.fromEntries(parts.map(({ key, value }) => [key, JSON.parse(value)]));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new AudiozooError({
      code: 'file',
      what: `${path} is not JSON`,
      expected: 'what `embed` wrote',
      got: cause.message,
      cause,
    });
  }
}
