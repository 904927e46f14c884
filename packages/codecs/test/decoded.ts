// Fixtures, and their sound through the decoders alone: nothing here falls back on ffmpeg.

import { readFileSync } from 'node:fs';
import { codecs } from '@audiozoo/codecs';
import { AudiozooError, type ByteSource, bytesSource } from '@audiozoo/core';
import type { DecodingOptions } from '@audiozoo/features/audio';

export function fixturePath(name: string): string {
  return new URL(`fixtures/${name}`, import.meta.url).pathname;
}

export function readFixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(fixturePath(name)));
}

const formats: Readonly<Record<string, string>> = {
  mp3: 'MP3',
  flac: 'FLAC',
  ogg: 'Ogg',
  oga: 'Ogg',
  webm: 'WebM',
  mkv: 'WebM',
  mp4: 'MPEG-4',
};

/** What a file of this name is called by `detectFormat`. */
export function formatOf(name: string): string {
  return formats[name.slice(name.lastIndexOf('.') + 1)]!;
}

export interface Decoded {
  readonly sampleRate: number;
  readonly channels: number;
  readonly seconds: number | undefined;
  /** Samples of all channels in turn. */
  readonly samples: Float32Array;
  readonly notes: readonly string[];
}

/** Undefined when no decoder knows the sound. */
export async function decode(
  bytes: Uint8Array | ByteSource,
  format: string,
  { first = 0, end = Infinity, signal }: { first?: number; end?: number; signal?: AbortSignal } = {},
): Promise<Decoded | undefined> {
  const source = bytes instanceof Uint8Array ? bytesSource(bytes, 'the file') : bytes;
  const notes: string[] = [];
  const options: DecodingOptions = { signal, onNote: (note) => notes.push(note) };
  for (const decoder of codecs) {
    const decoded = decoder.formats.includes(format) ? await decoder.open(source, options) : undefined;
    if (!decoded) continue;
    const blocks: Float32Array[] = [];
    for await (const block of decoded.blocks(first, end)) blocks.push(block.slice());
    await decoded.close();
    const { sampleRate, channels, seconds } = decoded;
    return { sampleRate, channels, seconds, samples: joined(blocks), notes };
  }
  return undefined;
}

/** The same, of what has to be known. */
export async function decodeKnown(...given: Parameters<typeof decode>): Promise<Decoded> {
  const decoded = await decode(...given);
  if (!decoded) throw new Error('no decoder knew the sound');
  return decoded;
}

export function joined(blocks: readonly Float32Array[]): Float32Array {
  const samples = new Float32Array(blocks.reduce((length, block) => length + block.length, 0));
  let offset = 0;
  for (const block of blocks) {
    samples.set(block, offset);
    offset += block.length;
  }
  return samples;
}

export function joinedBytes(...pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(pieces));
}

/** The samples of a fixture that is 16-bit WAV with the plain header of 44 bytes, or the long one of six channels. */
export function readWav(name: string): Float32Array {
  const bytes = readFixture(name);
  const data = Buffer.from(bytes).indexOf('data') + 8;
  return Float32Array.from(new Int16Array(bytes.slice(data).buffer), (value) => value / 32768);
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  let largest = 0;
  for (let index = 0; index < a.length; index++) largest = Math.max(largest, Math.abs(a[index]! - b[index]!));
  return largest;
}

/** How alike two sounds are: 1 when one is a multiple of the other. */
export function correlation(a: Float32Array, b: Float32Array): number {
  let product = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    product += a[index]! * b[index]!;
    squaresA += a[index]! ** 2;
    squaresB += b[index]! ** 2;
  }
  return product / Math.sqrt(squaresA * squaresB);
}

export async function refusal(work: Promise<unknown>): Promise<AudiozooError> {
  const error = await work.then(
    () => new Error('was not refused'),
    (reason: unknown) => reason,
  );
  if (AudiozooError.isInstance(error)) return error;
  throw error;
}
