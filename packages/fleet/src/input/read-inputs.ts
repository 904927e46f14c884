// What a person names to be heard → sounds, one after another, however many.

import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import { AudiozooError } from '@audiozoo/core';
import { abortable, checkOptions, type OptionKinds, quote } from '@audiozoo/core/plugin';
import type { Entry, EstimatedEntry } from '../job/entry.js';
import { publicSource } from '../job/public-source.js';
import { isGlob, readGlob } from './glob.js';
import { type ManifestKind, manifestKind, readManifest } from './manifest.js';
import { bucketPlace, isAddress, sourceOf } from './place.js';
import { guessSeconds, hasSoundName, unknownSeconds } from './sound-file.js';
import { walkFolder } from './walk.js';

export interface ReadInputsOptions {
  readonly signal?: AbortSignal | undefined;
  /** What `-` names: a list of paths and addresses, or of lines of JSON. */
  readonly standardInput?: AsyncIterable<Uint8Array> | undefined;
  /** Told of files that are hidden or no sound by their names, and of folders that were walked already. */
  readonly onPassedOver?: ((path: string) => void) | undefined;
  /** Told of lines of manifests and of folders that cannot be used, and why. Without it, the first is thrown. */
  readonly onUnusable?: ((error: AudiozooError) => void) | undefined;
}

const optionKinds = {
  signal: 'signal',
  standardInput: 'any',
  onPassedOver: 'function',
  onUnusable: 'function',
} as const satisfies OptionKinds<ReadInputsOptions>;

/** How many files of a manifest are looked at side by side. */
const lookedAtOnce = 64;

/**
 * The sounds of inputs, in their order: files, folders, globs, manifests (`.txt`, `.csv`, `.jsonl`), `-` for one on standard
 * input, addresses of http, https and s3. Paths are resolved from where the process runs, those of a manifest from its
 * folder. Nothing is opened but manifests. Memory is bounded by the names of one folder, and of those above it.
 *
 * Throws `file` errors for inputs that are not there, hold no sound or cannot be read, before the first sound where
 * that can be told; and `argument` errors for what is no input.
 */
export async function* readInputs(
  inputs: readonly string[],
  options: ReadInputsOptions = {},
): AsyncGenerator<EstimatedEntry, void, undefined> {
  checkOptions('readInputs', options, optionKinds);
  const readers: Reader[] = [];
  for (const input of inputs) readers.push(await planInput(input, options));
  for (const [index, read] of readers.entries()) {
    let [sounds, passedOver, unusable] = [0, 0, 0];
    const told: Told = {
      signal: options.signal,
      onPassedOver(path) {
        passedOver++;
        options.onPassedOver?.(path);
      },
      onUnusable(error) {
        if (!options.onUnusable) throw error;
        unusable++;
        options.onUnusable(error);
      },
    };
    for await (const sound of read(told)) {
      options.signal?.throwIfAborted();
      sounds++;
      yield sound;
    }
    if (sounds === 0) throw noSound(inputs[index]!, passedOver, unusable);
  }
}

/** Who is told of what while an input is read. */
interface Told {
  readonly signal: AbortSignal | undefined;
  readonly onPassedOver: (path: string) => void;
  readonly onUnusable: (error: AudiozooError) => void;
}

type Reader = (told: Told) => AsyncIterable<EstimatedEntry>;

/** How to read an input. Throws what can be said before. */
async function planInput(input: string, { standardInput }: ReadInputsOptions): Promise<Reader> {
  if (input === '-') {
    if (!standardInput) throw new AudiozooError({ code: 'argument', what: 'there is no standard input' });
    const manifest = { name: 'standard input', kind: 'mixed', folder: process.cwd() } as const;
    return ({ signal, onUnusable }) => {
      const chunks = untilAborted(standardInput, signal);
      return estimated(readManifest({ ...manifest, chunks }, onUnusable), signal);
    };
  }
  if (isAddress(input)) {
    if (/^s3:/i.test(input) && isPrefix(input)) return (told) => inBucket(input, told);
    const entry: Entry = { id: publicSource(input), source: sourceOf(input, process.cwd()) };
    return async function* () {
      yield { entry, seconds: unknownSeconds };
    };
  }
  const status = await stat(input).catch((cause: NodeJS.ErrnoException) => {
    if (!isGlob(input) || cause.code !== 'ENOENT') throw notThere(input, cause);
  });
  if (!status) {
    const { folder, matches, enters } = readGlob(input);
    const isMeant = (path: string) => matches(path) && (hasSoundName(path) || endsAs(path, input));
    return (told) => inFolder(folder, { isMeant, enters, ...told });
  }
  if (status.isDirectory()) return (told) => inFolder(input, { isMeant: hasSoundName, ...told });
  if (!status.isFile()) throw notThere(input, 'a pipe or device', 'Write what comes from it to `-`.');
  const kind = manifestKind(input);
  if (kind)
    return (told) => estimated(readManifest(manifestFile(input, kind, told), told.onUnusable), told.signal);
  return async function* () {
    yield lookedAt({ id: input, source: resolve(input) }, status);
  };
}

/** Whether an address is of all that begins with it. */
function isPrefix(address: string): boolean {
  const { key } = bucketPlace(address);
  return key === '' || key.endsWith('/');
}

/** Who writes an ending means it, whether it is known to be one of sound or not. */
function endsAs(path: string, glob: string): boolean {
  const ending = extname(path);
  return ending !== '' && glob.endsWith(ending);
}

interface FolderOptions extends Told {
  readonly isMeant: (path: string) => boolean;
  readonly enters?: (path: string) => boolean;
}

async function* inFolder(
  folder: string,
  { isMeant, onPassedOver, ...options }: FolderOptions,
): AsyncGenerator<EstimatedEntry, void, undefined> {
  const tell = (path: string) => onPassedOver(join(folder, path));
  for await (const { path, status } of walkFolder(folder, { ...options, onPassedOver: tell })) {
    if (!isMeant(path) || (status && !status.isFile())) tell(path);
    else yield lookedAt({ id: join(folder, path), source: resolve(folder, path) }, status);
  }
}

async function* inBucket(
  address: string,
  { signal, onPassedOver }: Told,
): AsyncGenerator<EstimatedEntry, void, undefined> {
  const { listBucket } = await import('./s3.js');
  for await (const { source, bytes, version } of listBucket(bucketPlace(address), signal)) {
    if (hasSoundName(source)) {
      yield { entry: { id: source, source, version }, seconds: guessSeconds(source, bytes) };
    } else if (!source.endsWith('/')) onPassedOver(source);
  }
}

function manifestFile(path: string, kind: ManifestKind, { signal }: Told) {
  return { name: path, kind, folder: dirname(resolve(path)), chunks: untilAborted(bytesOf(path), signal) };
}

async function* bytesOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* createReadStream(path);
  } catch (cause) {
    throw notThere(path, cause);
  }
}

/** Nobody knows when standard input gives more. */
async function* untilAborted(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await abortable(iterator.next(), signal);
      if (done) return;
      yield value;
    }
  } finally {
    void iterator.return?.().catch(() => {}); // not waited for: what gives nothing may not answer this either
  }
}

/** Looks at files that a manifest names. What is not there is left to those who open it: they may see another disk. */
async function* estimated(
  entries: AsyncIterable<Entry>,
  signal: AbortSignal | undefined,
): AsyncGenerator<EstimatedEntry, void, undefined> {
  let waiting: Entry[] = [];
  const look = (some: readonly Entry[]) =>
    Promise.all(
      some.map(async (entry) =>
        lookedAt(
          entry,
          isAddress(entry.source) ? undefined : await stat(entry.source).catch(() => undefined),
        ),
      ),
    );
  for await (const entry of entries) {
    waiting.push(entry);
    if (waiting.length < lookedAtOnce) continue;
    yield* await look(waiting);
    signal?.throwIfAborted();
    waiting = [];
  }
  yield* await look(waiting);
}

function lookedAt(entry: Entry, status: Stats | undefined): EstimatedEntry {
  const { start = 0, end, source } = entry;
  const whole = status ? guessSeconds(source, status.size) : unknownSeconds;
  return {
    entry: status ? { ...entry, version: `${status.size}-${Math.floor(status.mtimeMs)}` } : entry,
    seconds: end === undefined ? Math.max(whole - start, 1) : end - start,
  };
}

function notThere(input: string, got: unknown, hint = 'Check the path.'): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${quote(input)} cannot be read`,
    expected: 'a file, a folder, a pattern such as `clips/**/*.wav`, an address, or `-`',
    got: String(got),
    hint,
  });
}

function noSound(input: string, passedOver: number, unusable: number): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${quote(publicSource(input))} holds no sound`,
    got: `${passedOver} files that are hidden or no sound by their names, ${unusable} lines or folders that cannot be used`,
    hint: 'Sound is known by the endings of names; a file that is named itself is taken whatever it is called.',
  });
}
