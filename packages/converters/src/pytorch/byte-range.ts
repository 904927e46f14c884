// A run of bytes in a checkpoint (a zip entry, a legacy storage) that is streamed, and whose checksum is
// worked out along the way: a pass that reads it from front to back, in however many pieces, has checked it.

import type { ByteSource } from '@audiozoo/core';
import { rest } from '@audiozoo/core/plugin';
import type { VerifyOptions } from '../checkpoint/checkpoint.js';
import { downloadAgain, refusal } from '../refusal.js';
import { crc32 } from './crc32.js';

export interface ByteRange {
  /** What to call it in messages: `model.pth: archive/data/3`. */
  readonly name: string;
  readonly size: number;
  /** Where in the file it begins, so that readers can go through the file in order. */
  readonly position: number;
  /** The CRC-32 that the file states; undefined in formats that have none. */
  readonly checksum: number | undefined;
  /** Bytes from `start` to `end`, in blocks of `blockBytes` but for the last. */
  blocks(start: number, end: number, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/** From this many on, reading each by itself is what takes the time: see `readingAhead`. */
export const manyRanges = 1000;

/** Small reads come out of a window of this size. */
const windowBytes = 256 * 1024;

/**
 * The same source, whose small reads fetch what follows too: files of a hundred thousand small tensors, one behind the
 * other, are read in thousands of reads.
 */
export function readingAhead(source: ByteSource): ByteSource {
  let windowStart = 0;
  let window = new Uint8Array(0);
  return {
    name: source.name,
    size: source.size,
    close: () => source.close(),
    async read(offset, length) {
      if (length >= windowBytes / 4) return source.read(offset, length);
      if (offset < windowStart || offset + length > windowStart + window.length) {
        const most = Math.max(length, Math.min(windowBytes, source.size - offset)); // beyond the end: source throws
        const ahead = await source.read(offset, most);
        [windowStart, window] = [offset, ahead as typeof window];
        return ahead.subarray(0, length);
      }
      return window.subarray(offset - windowStart, offset - windowStart + length);
    },
  };
}

export class CheckedRange {
  private checkedBytes = 0;
  private crc = 0;

  constructor(readonly range: ByteRange) {}

  /** As `ByteRange.blocks`. Throws when these bytes complete the range and its checksum does not fit. */
  async *blocks(start: number, end: number, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    let position = start;
    for await (const block of this.range.blocks(start, end, signal)) {
      this.see(position, block);
      position += block.length;
      yield block;
    }
  }

  /** Bytes from `start` to `end` in one piece. */
  async read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> {
    let whole: Uint8Array | undefined;
    let position = 0;
    for await (const block of this.blocks(start, end, signal)) {
      if (block.length === end - start) return block;
      whole ??= new Uint8Array(end - start);
      whole.set(block, position);
      position += block.length;
    }
    return whole ?? new Uint8Array(0);
  }

  /** Reads what was not read yet in order, and throws when the checksum does not fit. */
  async verify(signal?: AbortSignal): Promise<void> {
    for await (const _ of this.blocks(this.checkedBytes, this.range.size, signal));
    this.compare();
  }

  private see(start: number, block: Uint8Array): void {
    const end = start + block.length;
    if (start > this.checkedBytes || end <= this.checkedBytes) return;
    if (this.range.checksum !== undefined) {
      this.crc = crc32(block.subarray(this.checkedBytes - start), this.crc);
    }
    this.checkedBytes = end;
    this.compare();
  }

  private compare(): void {
    const { name, size, checksum } = this.range;
    if (checksum === undefined || this.checkedBytes < size || this.crc === checksum) return;
    throw refusal(name, 'is damaged', {
      expected: `checksum ${hexadecimal(checksum)}`,
      got: hexadecimal(this.crc),
      hint: downloadAgain,
    });
  }
}

/** Verifies ranges in the order of the file. */
export async function verifyAll(
  ranges: readonly CheckedRange[],
  { signal, onProgress }: VerifyOptions = {},
): Promise<void> {
  const ordered = [...ranges].sort((a, b) => a.range.position - b.range.position);
  const total = ordered.reduce((sum, { range }) => sum + range.size, 0);
  let done = 0;
  for (const checked of ordered) {
    await rest(signal);
    await checked.verify(signal);
    done += checked.range.size;
    onProgress?.({ done, total, unit: 'bytes' });
  }
}

function hexadecimal(checksum: number): string {
  return checksum.toString(16).padStart(8, '0');
}
