// A sound file that comes as bytes in memory, or from something that gives them bit by bit.

import { AudiozooError } from '@audiozoo/core';
import { describeValue } from '@audiozoo/core/plugin';
import { kindOf } from '../sample-array.js';

/** The bytes of a file in memory; undefined when `source` is none. */
export function bytesOf(source: unknown): Uint8Array | undefined {
  const kind = kindOf(source);
  if (kind === 'ArrayBuffer') return new Uint8Array(source as ArrayBuffer);
  // Another thread may write to shared memory, and not everything that reads bytes takes it.
  if (kind === 'SharedArrayBuffer') return new Uint8Array(source as SharedArrayBuffer).slice();
  if (!['Uint8Array', 'Uint8ClampedArray', 'DataView'].includes(kind)) return undefined;
  const { buffer, byteOffset, byteLength } = source as Uint8Array;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return kindOf(buffer) === 'SharedArrayBuffer' ? bytes.slice() : bytes;
}

/** Bytes of a file as they come, and what to call it. */
export interface ByteStream {
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface StreamLimits {
  /** A stream of more bytes is taken for one without an end. */
  readonly maxBytes: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * The bytes of a Response, a ReadableStream or another async iterable, such as a stream of Node; undefined when `source`
 * is none. Throws a `file` error when a response is not a file, or a stream breaks off; an `argument` error for what
 * has been read already or gives something else than bytes; the signal's reason when aborted, at once.
 */
export function byteStreamOf(source: unknown, { maxBytes, signal }: StreamLimits): ByteStream | undefined {
  if (typeof source !== 'object' || source === null) return undefined;
  if (isResponse(source)) {
    const name = source.url ? source.url.slice(0, 200) : 'the response';
    if (!source.ok) {
      throw new AudiozooError({
        code: 'file',
        what: `the server does not give ${name}`,
        got: `${source.status} ${source.statusText}`.trim(),
        hint: 'Check the address.',
      });
    }
    if (source.bodyUsed) throw alreadyRead('response');
    return { name, chunks: limited(chunksOf(source.body ?? new Blob([]).stream(), signal), maxBytes) };
  }
  const isStream = 'getReader' in source || (Symbol.asyncIterator in source && !('sampleRate' in source));
  return isStream
    ? { name: 'the stream', chunks: limited(chunksOf(source as AsyncIterable<unknown>, signal), maxBytes) }
    : undefined;
}

async function* limited(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) {
      throw new AudiozooError({
        code: 'audio-too-long',
        what: 'the stream has no end in sight',
        expected: `a file of at most ${maxBytes} bytes`,
        hint: 'Decode it as it comes, and pass the samples to `listen`.',
      });
    }
    yield chunk;
  }
}

async function* chunksOf(
  stream: ReadableStream | AsyncIterable<unknown>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const { next, leave } = open(stream);
  let finished = false;
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal!.reason);
  });
  aborted.catch(() => {}); // often nobody waits for it
  signal?.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { value, done } = await Promise.race([next(), aborted]);
      if (done) break;
      const bytes = bytesOf(value);
      if (!bytes) throw notBytes(value);
      yield bytes;
    }
    finished = true;
  } catch (cause) {
    signal?.throwIfAborted();
    if (AudiozooError.isInstance(cause)) throw cause;
    throw new AudiozooError({ code: 'file', what: 'the stream broke off', got: String(cause), cause });
  } finally {
    signal?.removeEventListener('abort', abort);
    if (!finished) leave(); // not waited for: a source that gives nothing may not answer this either
  }
}

interface Reading {
  next(): Promise<IteratorResult<unknown, unknown>>;
  leave(): void;
}

/** Not every browser can iterate over a ReadableStream, so it is read by its reader. */
function open(stream: ReadableStream | AsyncIterable<unknown>): Reading {
  if ('getReader' in stream) {
    if (stream.locked) throw alreadyRead('stream');
    const reader = stream.getReader();
    return { next: () => reader.read(), leave: () => void reader.cancel().catch(() => {}) };
  }
  const iterator = stream[Symbol.asyncIterator]();
  return {
    next: async () => iterator.next(),
    leave: () => void iterator.return?.()?.catch(() => {}),
  };
}

function isResponse(source: object): source is Response {
  return 'bodyUsed' in source && 'ok' in source && 'status' in source;
}

function alreadyRead(what: string): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: `the ${what} has been read already, or somebody else reads it`,
    hint: `Pass the ${what} before anything reads it, or the bytes that were read.`,
  });
}

function notBytes(value: unknown): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: 'the stream does not give bytes',
    expected: 'a Uint8Array at a time',
    got: describeValue(value),
    hint: 'Pass a stream of the bytes of a file, without an encoding or an object mode.',
  });
}
