// The frames of an MPEG audio stream, found among tags, zeros and whatever else lies in such files.

import type { ByteReader } from '../byte-reader.js';
import { skipId3 } from '../id3.js';
import type { Listener } from '../listener.js';
import { isTag, startsWith } from '../starts-with.js';
import { type FrameHeader, headerBytes, parseFrameHeader } from './frame-header.js';

/** No frame is longer. */
const maxFrameBytes = 4096;
/** Frames in a row that are no coincidence: where one is to be expected, and anywhere. */
const expectedChain = 2;
const chain = 3;
/** As much that is no sound may lie in front. */
const maxJunkBytes = 2 ** 20;
/** As much that is not understood may lie behind without meaning damage. */
const maxTrailingBytes = 4096;
const windowBytes = 2 ** 16;

interface Search {
  /** Headers of one kind that have to follow each other, the first of them this one. */
  chain(header: FrameHeader, position: number): number;
  readonly mostBytes: number;
}

/** Moves to the first frame. Undefined when nothing here looks like a stream. */
export async function findFirstFrame(
  reader: ByteReader,
  listener: Listener,
): Promise<FrameHeader | undefined> {
  const begin = reader.position;
  return findFrame(
    reader,
    {
      chain: (_, position) => (position === begin ? expectedChain : chain),
      mostBytes: maxJunkBytes,
    },
    listener,
  );
}

async function findFrame(
  reader: ByteReader,
  search: Search,
  { rest, waste }: Listener,
): Promise<FrameHeader | undefined> {
  const stop = reader.position + search.mostBytes;
  while (reader.position < stop) {
    await rest();
    const bytes = await reader.peek(windowBytes);
    const ends = reader.position + bytes.length >= reader.size;
    const limit = ends ? bytes.length : bytes.length - (chain + 1) * maxFrameBytes;
    let offset = -1;
    while ((offset = bytes.indexOf(0xff, offset + 1)) >= 0 && offset < limit) {
      waste(1);
      const header = parseFrameHeader(bytes, offset);
      if (!header || !isChain(bytes, offset, search.chain(header, reader.position + offset), ends)) continue;
      reader.position += offset;
      return header;
    }
    reader.position += limit;
    if (ends) return undefined;
  }
  return undefined;
}

/** Whether so many headers of one kind follow each other, or one fewer up to the end. */
function isChain(bytes: Uint8Array, offset: number, length: number, ends: boolean): boolean {
  const kind = parseFrameHeader(bytes, offset)?.kind;
  let at = offset;
  for (let count = 0; count < length; count++) {
    const header = parseFrameHeader(bytes, at);
    if (header?.kind !== kind) {
      return ends && count === length - 1 && (at === bytes.length || isTag(bytes.subarray(at)));
    }
    at += header!.length;
  }
  return true;
}

export interface StreamFrame {
  readonly header: FrameHeader;
  readonly bytes: Uint8Array;
}

/**
 * The frames from the reader's position on that are of one kind with `first`. A frame of another kind is the last that
 * comes.
 */
export async function* readFrames(
  reader: ByteReader,
  first: FrameHeader,
  listener: Listener,
): AsyncGenerator<StreamFrame> {
  for (;;) {
    await listener.rest();
    const bytes = await reader.peek(maxFrameBytes);
    if (bytes.length < headerBytes) return;
    const header = parseFrameHeader(bytes);
    if (header?.kind === first.kind) {
      if (header.length > bytes.length) return listener.endsEarly();
      yield { header, bytes: bytes.subarray(0, header.length) };
      reader.position += header.length;
      continue;
    }
    if (await skipTag(reader, bytes, listener)) continue;

    const lostFrom = reader.position;
    const next = await findFrame(
      reader,
      {
        chain: ({ kind }) => (kind === first.kind ? expectedChain : chain),
        mostBytes: Number.POSITIVE_INFINITY,
      },
      listener,
    );
    if (!next) {
      const behind = reader.size - lostFrom;
      if (behind > maxTrailingBytes) listener.damaged();
      return;
    }
    if (reader.position > lostFrom) listener.damaged();
    if (next.kind === first.kind) continue;
    yield { header: next, bytes: new Uint8Array(0) };
    return;
  }
}

/** Moves behind a tag, if there is one. */
async function skipTag(reader: ByteReader, bytes: Uint8Array, listener: Listener): Promise<boolean> {
  const before = reader.position;
  if (startsWith(bytes, 'TAG')) reader.position += 128;
  else if (startsWith(bytes, 'APETAGEX')) reader.position += 32 + littleEndian(bytes, 12);
  else await skipId3(reader, listener);
  return reader.position > before;
}

function littleEndian(bytes: Uint8Array, offset: number): number {
  return bytes.length < offset + 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true);
}
