// Where the sound of a WAV file lies. Files that people have are often wrong about themselves: recorders that could not
// finish leave sizes at 0, pipes at their largest, tag editors pad as they please. So the file's own length counts more
// than any size in it, a bad tag never costs the sound, and nothing behind the sound is walked.

import type { ByteSource } from '@audiozoo/core';
import { createBudget, type Refuse, refusing } from '@audiozoo/core/plugin';
import { createLook, placesOf } from './byte-search.js';
import { isPlausible, leastFormatBytes, mostFormatBytes, readFormat, type WavFormat } from './wav-format.js';

export interface WavHeader {
  readonly format: WavFormat;
  /** Where the samples begin and end, in bytes of the file. */
  readonly dataStart: number;
  readonly dataEnd: number;
  /** What is wrong with the file although its sound was found. */
  readonly notes: readonly string[];
}

interface Chunk {
  readonly id: string;
  readonly size: number;
  /** Where its payload begins. */
  readonly start: number;
}

interface Sound {
  readonly start: number;
  readonly end: number;
  /** Where the next chunk would be; undefined where the sound goes on to the end of the file. */
  readonly next: number | undefined;
  readonly note?: string;
}

const riffBytes = 12;
const chunkHeaderBytes = 8;
/** Chunks that are told from other bytes even where a pad byte is missing. */
const usualNames = ['fmt ', 'data', 'LIST', 'fact', 'id3 ', 'bext', 'JUNK', 'cue '];
/** Sizes from here on are written by programs that cannot know it: into pipes, or before they are done. */
const leastUnknownSize = 0x7fff_0000;
const largestSize = 0xffff_ffff;
/** Chunks that are looked at behind a `data` chunk of no bytes, to tell an empty recording from an unfinished one. */
const maxChunksBehind = 64;
/** No ordinary file has a thousandth of it before its sound. */
const limits = { operations: 250_000, bytes: 128_000_000, seconds: 10 };

/**
 * Finds format and samples of the WAV file that begins at `start`. Throws an `audio` error when it has not both, or
 * takes more to find them than any ordinary file.
 */
export async function readWavHeader(
  source: ByteSource,
  start: number,
  signal: AbortSignal | undefined,
): Promise<WavHeader> {
  const budget = createBudget({ name: source.name, code: 'audio', ...limits, signal });
  const look = createLook(source, budget);
  const form = ascii(await look(start, riffBytes));
  const littleEndian = form !== 'RIFX';
  const isWide = form === 'RF64' || form === 'BW64';
  let dataSize64: number | undefined;

  async function chunkAt(offset: number): Promise<Chunk | undefined> {
    if (offset + chunkHeaderBytes > source.size) return undefined;
    const bytes = await look(offset, chunkHeaderBytes);
    for (let index = 0; index < 4; index++) if (!isPrintable(bytes[index]!)) return undefined;
    return {
      id: ascii(bytes),
      size: view(bytes).getUint32(4, littleEndian),
      start: offset + chunkHeaderBytes,
    };
  }

  /** Where the next chunk begins: some writers leave the pad byte of an odd size out. */
  async function behindOdd(end: number): Promise<number> {
    const [unpadded, padded] = [await chunkAt(end), await chunkAt(end + 1)];
    if (unpadded && usualNames.includes(unpadded.id)) return end;
    return padded || !unpadded ? end + 1 : end;
  }

  async function formatOf({ start, size }: Chunk): Promise<WavFormat | undefined> {
    const there = Math.min(size, mostFormatBytes, source.size - start);
    return there < leastFormatBytes ? undefined : readFormat(await look(start, there), littleEndian);
  }

  /** The samples of a `data` chunk; undefined when it has none. */
  async function soundOf({ size: ownSize, start }: Chunk): Promise<Sound | undefined> {
    const there = source.size - start;
    const size = ownSize === largestSize ? (dataSize64 ?? ownSize) : ownSize;
    const toEnd = { start, end: source.size, next: undefined };
    if (size === 0) {
      if (there === 0 || (await onlyChunksFrom(start))) return undefined;
      return { ...toEnd, note: 'was never finished: all that follows its header is taken as sound' };
    }
    if (size === largestSize && size !== dataSize64) return toEnd;
    if (size > there) {
      if (size >= leastUnknownSize && size !== dataSize64) return toEnd;
      return { ...toEnd, note: `ends early: of ${size} bytes of sound ${there} are there` };
    }
    // Beyond 4 GiB the size of a plain RIFF file begins at 0 again.
    const turns = isWide ? 0 : Math.floor((there - size) / (largestSize + 1));
    const end = start + size + turns * (largestSize + 1);
    return { start, end, next: size % 2 === 0 ? end : await behindOdd(end) };
  }

  /** Whether whole chunks lie from `offset` to the end of the file, and nothing else. */
  async function onlyChunksFrom(offset: number): Promise<boolean> {
    let at = offset;
    for (let count = 0; count < maxChunksBehind && at < source.size; count++) {
      const chunk = await chunkAt(at);
      if (!chunk || chunk.start + chunk.size > source.size) return false;
      const end = chunk.start + chunk.size;
      at = chunk.size % 2 === 0 ? end : await behindOdd(end);
    }
    return at >= source.size;
  }

  let format: WavFormat | undefined;
  let sound: Sound | undefined;

  /** The next chunk that is missing yet, by its name. */
  async function search(from: number): Promise<Chunk | undefined> {
    const names = [...(format ? [] : ['fmt ']), ...(sound ? [] : ['data'])];
    for await (const place of placesOf(names, source, budget, from)) {
      const chunk = await chunkAt(place);
      if (chunk && (chunk.id === 'data' ? isDataSize(chunk, source) : await hasFormat(chunk))) return chunk;
    }
    return undefined;
  }

  async function hasFormat(chunk: Chunk): Promise<boolean> {
    const found = await formatOf(chunk);
    return found !== undefined && isPlausible(found);
  }

  let at = start + riffBytes;
  let latest = at; // the payload of the chunk whose size led here
  let understood = at; // nothing before needs to be searched
  let isEmpty = false;
  let isDamaged = false;
  while (!format || !sound) {
    budget.spend();
    let chunk = await chunkAt(at);
    if (!chunk) {
      // No chunk here: the size of the last one was wrong, or of one before it that led into the midst of others.
      chunk = (await search(latest)) ?? (latest > understood ? await search(understood) : undefined);
      if (!chunk) break;
      isDamaged = true;
      understood = chunk.start;
    }
    const { id, size } = chunk;
    latest = chunk.start;
    const end = chunk.start + size;
    at = size % 2 === 0 ? end : await behindOdd(end);
    if (id === 'ds64' && size >= 16 && size <= source.size - chunk.start) {
      dataSize64 = readSize64(view(await look(chunk.start, 16)), 8, littleEndian);
    } else if (id === 'fmt ' && !format) {
      format = await formatOf(chunk);
      if (format) understood = chunk.start;
      const ownStart = chunk.start - chunkHeaderBytes;
      if (sound && ownStart < sound.end) sound = { ...sound, end: ownStart }; // it had no size of its own
    } else if (id === 'data' && !sound) {
      sound = await soundOf(chunk);
      isEmpty ||= !sound;
      at = sound ? (sound.next ?? source.size) : at;
    }
  }
  const refuse = refusingWav(source);
  if (!format) {
    throw refuse('is a WAV file that does not say what its samples are', { expected: 'a `fmt ` chunk' });
  }
  if (!sound && isEmpty) throw refuse('holds no samples');
  if (!sound) throw refuse('is a WAV file without sound', { expected: 'a `data` chunk' });

  const second = sound.next === undefined ? undefined : await chunkAt(sound.next);
  const notes = [
    isDamaged && 'has a damaged header: its sound was searched for',
    sound.note,
    second?.id === 'data' && second.size > 0 && 'has a second `data` chunk, which is left out',
  ].filter((note) => typeof note === 'string');
  return { format, dataStart: sound.start, dataEnd: sound.end, notes };
}

/** Whether this can be the size of sound, and not the text behind the word `data`. */
function isDataSize({ size, start }: Chunk, source: ByteSource): boolean {
  if (size <= source.size - start) return true;
  return ![0, 8, 16, 24].every((shift) => isText((size >>> shift) & 255));
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e;
}

function isText(byte: number): boolean {
  return isPrintable(byte) || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function readSize64(bytes: DataView, offset: number, littleEndian: boolean): number | undefined {
  const size = Number(bytes.getBigUint64(offset, littleEndian));
  return Number.isSafeInteger(size) ? size : undefined;
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(bytes[0]!, bytes[1]!, bytes[2]!, bytes[3]!);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function refusingWav({ name }: ByteSource): Refuse {
  return refusing('audio', name, { hint: 'Export or download it again.' });
}
