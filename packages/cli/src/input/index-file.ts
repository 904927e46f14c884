// Embeddings with the names of what they are of beside them: what `embed` writes, and `search` reads.

import { createHash } from 'node:crypto';
import { AudiozooError, castTensor, type InputSize, readNpy, type Tensor } from '@audiozoo/core';
import { readTextFile } from '@audiozoo/core/disk';
import { openFile } from '@audiozoo/core/files';
import { formatShape, jsonBudget, jsonParts } from '@audiozoo/core/plugin';

/** The names of a hundred thousand files, each with a long path, or as many windows with their times. */
const mostNameBytes = 20e6;
const bytesBesideNames = 10_000;

/** What a row is of; times in seconds where it is a part of it. */
export interface IndexRow {
  readonly name: string;
  readonly start?: number;
  readonly end?: number;
}

export interface IndexFile {
  /** [rows, dimensions]; NaN where one could not be heard. */
  readonly table: Tensor<'float32'>;
  readonly rows: readonly IndexRow[];
  /** Absent where nobody says. */
  readonly model: string | undefined;
  /** What `size` the model was loaded with, where it was told any. */
  readonly size: InputSize | undefined;
}

/** What tells a table from another, beside its names. */
export function tableMark(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * The text of the file beside a table: `names` of its rows, their `times` [start, end] where there are some, and facts.
 * Throws a `file` error when `readIndex` would not read so much.
 */
export function indexText(rows: readonly IndexRow[], facts: object): string {
  const names = rows.map(({ name }) => name);
  const hasTimes = rows.some(({ start }) => start !== undefined);
  const times = hasTimes
    ? rows.map(({ start, end }) => (start === undefined ? null : [start, end]))
    : undefined;
  const text = `${JSON.stringify({ names, times, ...facts }, null, 1)}\n`;
  checkBytes(Buffer.byteLength(text));
  return text;
}

/** Throws the same error where the names alone are too much already. */
export function checkNames(names: readonly string[]): void {
  checkBytes(Buffer.byteLength(JSON.stringify({ names }, null, 1)));
}

function checkBytes(bytes: number): void {
  if (bytes <= mostNameBytes - bytesBesideNames) return;
  throw new AudiozooError({
    code: 'file',
    what: 'the names of the rows are too long for one index',
    expected: `at most ${mostNameBytes - bytesBesideNames} bytes of JSON`,
    got: `${bytes}`,
    hint: 'Embed in several parts.',
  });
}

/** Where the names of the rows of `path` are; undefined unless that is an .npy file. */
export function namesFileOf(path: string): string | undefined {
  return /\.npy$/i.test(path) ? path.replace(/\.npy$/i, '.json') : undefined;
}

/** Reads both files. Throws `file` errors when one is missing, damaged, or does not fit the other. */
export async function readIndex(path: string): Promise<IndexFile> {
  const refuse = (what: string, found: { expected: string; got?: string; cause?: unknown }) =>
    new AudiozooError({
      code: 'file',
      what: `${path} ${what}`,
      option: 'index',
      hint: 'Write both again with `embed`.',
      ...found,
    });
  const namesFile = namesFileOf(path);
  if (namesFile === undefined) throw refuse('is no index', { expected: 'the .npy file that `embed` wrote' });
  const bytes = await readBytes(path);
  const table = readTable(bytes, (cause) =>
    refuse('is no index', { expected: 'the .npy file that `embed` wrote', got: cause.what, cause }),
  );
  const [rows, dimensions] = table.shape;
  if (table.shape.length !== 2) {
    throw refuse('is no table', { expected: '[files, dimensions]', got: formatShape(table.shape) });
  }
  const json = await readTextFile(
    namesFile,
    mostNameBytes,
    'cannot be read: it names the rows of the index beside it',
  );
  const { names, times, model, size, dimensions: told, table: mark } = readMembers(json, namesFile);
  const isList = Array.isArray(names) && names.every((name) => typeof name === 'string');
  if (!isList || names.length !== rows) {
    const got = isList ? `${names.length}` : 'something else';
    throw refuse(`and ${namesFile} do not go together`, { expected: `${rows} \`names\``, got });
  }
  if (times !== undefined && !(Array.isArray(times) && times.length === rows && times.every(isTime))) {
    const expected = `${rows} \`times\`, [start, end] in seconds or null`;
    throw refuse(`and ${namesFile} do not go together`, { expected });
  }
  if (told !== undefined && told !== dimensions) {
    throw refuse(`and ${namesFile} do not go together`, {
      expected: `\`dimensions\` ${dimensions}`,
      got: JSON.stringify(told),
    });
  }
  // Who was stopped between writing the two has left the names of another table.
  if (mark !== undefined && mark !== tableMark(bytes)) {
    const expected = 'names that were written with this table';
    throw refuse(`and ${namesFile} do not go together`, { expected, got: 'those of another' });
  }
  return {
    table: castTensor(table, 'float32'),
    rows: names.map((name: string, row) => {
      const [start, end] = (times as readonly Time[] | undefined)?.[row] ?? [];
      return { name, ...(start !== undefined && { start, end: end! }) };
    }),
    model: typeof model === 'string' ? model : undefined,
    size: typeof size === 'object' && size !== null ? (size as InputSize) : undefined, // checked by who loads
  };
}

type Time = readonly [start: number, end: number] | null;

function isTime(value: unknown): value is Time {
  const isPair = Array.isArray(value) && value.length === 2 && value.every(Number.isFinite);
  return value === null || isPair;
}

async function readBytes(path: string): Promise<Uint8Array> {
  const source = await openFile(path);
  try {
    return await source.read(0, source.size);
  } finally {
    await source.close();
  }
}

function readTable(bytes: Uint8Array, refuse: (cause: AudiozooError) => AudiozooError): Tensor {
  try {
    return readNpy(bytes);
  } catch (cause) {
    throw AudiozooError.isInstance(cause) ? refuse(cause) : cause;
  }
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
