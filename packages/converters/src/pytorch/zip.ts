// A zip reader for checkpoints, instead of unzipit: that keeps an entry's checksum and place in the file
// to itself, so a tensor's rows cannot be read by range nor its bytes verified. Entries are found through the
// central directory alone; sizes are bounded and entries may not overlap before anything is read.

import type { ByteSource } from '@audiozoo/core';
import { type Budget, sourceBlocks } from '@audiozoo/core/plugin';
import { downloadAgain, quote, type RefusalDetails, refusal } from '../refusal.js';
import { type ByteRange, manyRanges, readingAhead } from './byte-range.js';
import { createInflater, type Inflater } from './inflate.js';

const endRecordBytes = 22;
const zip64LocatorBytes = 20;
const zip64EndRecordBytes = 56;
const centralRecordBytes = 46;
const localRecordBytes = 30;

const maxCommentBytes = 0xffff;
/** What an entry costs, in a budget's steps and bytes. */
const entrySteps = 150;
const entryBytes = 400;
/** Deflate cannot do better, so a larger ratio is a lie. */
const maxInflationRatio = 1032;
/** Weights hardly shrink at all. What is larger than the first of these and shrank more than the second is a bomb. */
const harmlessInflatedBytes = 64_000_000;
const mostInflation = 16;

interface Entry {
  readonly name: string;
  readonly deflated: boolean;
  readonly checksum: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly localOffset: number;
}

/** The entries of a zip archive by name. Throws `checkpoint` errors on damaged or hostile archives. */
export async function readZip(file: ByteSource, budget: Budget): Promise<ReadonlyMap<string, ByteRange>> {
  const directory = await findDirectory(file);
  const source = directory.count > manyRanges ? readingAhead(file) : file;
  budget.spend(directory.count * entrySteps);
  budget.take(directory.size + directory.count * entryBytes);
  const bytes = await source.read(directory.offset, directory.size);
  const entries = await parseDirectory(source, bytes, directory.count, budget);
  const inflater = createInflater(inflatedBytes(source, entries));

  // Each entry must end before the next begins: what overlaps can be made to expand without bound.
  entries.sort((a, b) => a.localOffset - b.localOffset);
  const ranges = new Map<string, ByteRange>();
  for (const [index, entry] of entries.entries()) {
    await budget.rest();
    const limit = entries[index + 1]?.localOffset ?? directory.offset;
    if (entry.localOffset + localRecordBytes + entry.compressedSize > limit) {
      throw damaged(source, `has an entry that overlaps another: ${quote(entry.name)}`);
    }
    if (ranges.has(entry.name)) throw damaged(source, `holds two entries named ${quote(entry.name)}`);
    ranges.set(entry.name, entryRange(source, entry, limit, inflater));
  }
  return ranges;
}

/** What the deflated entries inflate to. Throws when that is more than weights would. */
function inflatedBytes(source: ByteSource, entries: readonly Entry[]): number {
  const deflated = entries.filter((entry) => entry.deflated);
  const size = deflated.reduce((sum, entry) => sum + entry.size, 0);
  const most =
    harmlessInflatedBytes +
    mostInflation * deflated.reduce((sum, { compressedSize }) => sum + compressedSize, 0);
  if (size <= most) return size;
  throw refusal(source.name, 'inflates to far more than weights do', {
    expected: `at most ${most} bytes`,
    got: `${size}`,
    hint: 'If it is whole, unpack it and pack it again without compression.',
  });
}

async function findDirectory(source: ByteSource): Promise<{ offset: number; size: number; count: number }> {
  const tailBytes = Math.min(source.size, endRecordBytes + maxCommentBytes + zip64LocatorBytes);
  const tailStart = source.size - tailBytes;
  const tail = viewOf(await source.read(tailStart, tailBytes));
  let at = tailBytes - endRecordBytes;
  const isEnd = (position: number) =>
    tail.getUint32(position, true) === 0x06054b50 &&
    position + endRecordBytes + tail.getUint16(position + 20, true) === tailBytes;
  while (at >= 0 && !isEnd(at)) at--;
  if (at < 0) {
    throw refusal(source.name, 'is a zip archive that was cut short: its central directory is not there', {
      hint: downloadAgain,
    });
  }

  let count = tail.getUint16(at + 10, true);
  let size = tail.getUint32(at + 12, true);
  let offset = tail.getUint32(at + 16, true);
  let end = tailStart + at;
  const locator = at - zip64LocatorBytes;
  if (locator >= 0 && tail.getUint32(locator, true) === 0x07064b50) {
    end = readUint64(source, tail, locator + 8);
    if (end + zip64EndRecordBytes > tailStart + locator)
      throw damaged(source, 'has a misplaced zip64 record');
    const record = viewOf(await source.read(end, zip64EndRecordBytes));
    if (record.getUint32(0, true) !== 0x06064b50) throw damaged(source, 'has no zip64 record');
    count = readUint64(source, record, 32);
    size = readUint64(source, record, 40);
    offset = readUint64(source, record, 48);
  }
  if (offset + size > end || size < count * centralRecordBytes) {
    throw damaged(source, 'has a central directory of impossible size', {
      expected: `${count} records within ${end} bytes`,
      got: `${size} bytes at ${offset}`,
    });
  }
  return { offset, size, count };
}

async function parseDirectory(
  source: ByteSource,
  bytes: Uint8Array,
  count: number,
  budget: Budget,
): Promise<Entry[]> {
  const view = viewOf(bytes);
  const text = new TextDecoder();
  const entries: Entry[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    await budget.rest();
    if (at + centralRecordBytes > bytes.length || view.getUint32(at, true) !== 0x02014b50) {
      throw damaged(source, 'has a broken central directory');
    }
    const nameEnd = at + centralRecordBytes + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const next = extraEnd + view.getUint16(at + 32, true);
    if (next > bytes.length) throw damaged(source, 'has a broken central directory');
    const name = text.decode(bytes.subarray(at + centralRecordBytes, nameEnd));
    budget.checkName(name);
    const refuseEntry = (why: string) => damaged(source, `has an entry ${quote(name)} ${why}`);

    const flags = view.getUint16(at + 8, true);
    if (flags & 1) throw refuseEntry('that is encrypted');
    const method = view.getUint16(at + 10, true);
    if (method !== 0 && method !== 8) throw refuseEntry(`compressed by an unknown method, ${method}`);

    // Fields that do not fit 32 bits follow in the zip64 extra field, in this order.
    const wide = zip64Fields(source, view, nameEnd, extraEnd);
    const field = (position: number) => {
      const value = view.getUint32(position, true);
      if (value !== 0xffffffff) return value;
      const replacement = wide.shift();
      if (replacement === undefined) throw refuseEntry('without its zip64 sizes');
      return replacement;
    };
    const size = field(at + 24);
    const compressedSize = field(at + 20);
    const localOffset = field(at + 42);
    if (method === 0 && size !== compressedSize) throw refuseEntry('whose two sizes disagree');
    if (size > (compressedSize + 1) * maxInflationRatio) throw refuseEntry('of impossible size');

    const checksum = view.getUint32(at + 16, true);
    entries.push({ name, deflated: method === 8, checksum, compressedSize, size, localOffset });
    at = next;
  }
  return entries;
}

function zip64Fields(source: ByteSource, view: DataView, start: number, end: number): number[] {
  let at = start;
  while (at + 4 <= end) {
    const fieldEnd = at + 4 + view.getUint16(at + 2, true);
    if (fieldEnd > end) break;
    if (view.getUint16(at, true) === 1) {
      const fields: number[] = [];
      for (let position = at + 4; position + 8 <= fieldEnd; position += 8) {
        fields.push(readUint64(source, view, position));
      }
      return fields;
    }
    at = fieldEnd;
  }
  return [];
}

function entryRange(source: ByteSource, entry: Entry, limit: number, inflater: Inflater): ByteRange {
  const name = `${source.name}: ${quote(entry.name)}`;
  let start: Promise<number> | undefined;

  // The data start behind the local record, whose extra field (alignment) the central one does not show.
  const dataStart = async () => {
    const record = viewOf(await source.read(entry.localOffset, localRecordBytes));
    const nameBytes = record.getUint16(26, true);
    const data = entry.localOffset + localRecordBytes + nameBytes + record.getUint16(28, true);
    const method = record.getUint16(8, true);
    if (record.getUint32(0, true) !== 0x04034b50 || method !== (entry.deflated ? 8 : 0)) {
      throw refusal(name, 'is not where the central directory says', { hint: downloadAgain });
    }
    if (data + entry.compressedSize > limit)
      throw damaged(source, `has an entry that overlaps another: ${quote(entry.name)}`);
    return data;
  };

  return {
    name,
    size: entry.size,
    position: entry.localOffset,
    checksum: entry.checksum,
    async *blocks(from, to, signal) {
      const data = await (start ??= dataStart());
      const stored = (begin: number, end: number) => sourceBlocks(source, data + begin, data + end, signal);
      if (!entry.deflated) yield* stored(from, to);
      else {
        const whole = () => stored(0, entry.compressedSize);
        yield* inflater.blocks({ name, size: entry.size, compressed: whole }, from, to, signal);
      }
    },
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readUint64(source: ByteSource, view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(source.size) * BigInt(maxInflationRatio))
    throw damaged(source, 'states an impossible size');
  return Number(value);
}

function damaged(source: ByteSource, why: string, details: RefusalDetails = {}) {
  return refusal(source.name, why, { hint: downloadAgain, ...details });
}
