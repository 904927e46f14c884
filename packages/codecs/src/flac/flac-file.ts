// FLAC in a file of its own. Frames have no length: each is decoded where it begins, and its checksum says whether it
// was one.

import type { ByteSource } from '@audiozoo/core';
import { type ByteReader, createByteReader } from '../byte-reader.js';
import { skipId3 } from '../id3.js';
import type { Listener } from '../listener.js';
import { silence } from '../silence.js';
import { type Container, damagedFile } from '../sound.js';
import { changeOfKind, sameKind } from '../sound-kind.js';
import { isTag, startsWith } from '../starts-with.js';
import { decodeFrame, type Frame } from './frame.js';
import { type FrameHeader, maxHeaderBytes, parseFrameHeader } from './frame-header.js';
import { parseStreamInfo, type StreamInfo } from './stream-info.js';

/** As much of a frame as is looked at first; few are longer. */
const usualFrameBytes = 2 ** 15;
/** So that some thousands of blocks before the sound are too many. */
const stepsPerBlock = 2 ** 11;
/** What looking for the next frame once counts for. */
const stepsToSync = 16;
/** The shortest frame there is: a header, a constant, a checksum. */
const shortestFrameBytes = 10;

export const flacFile: Container = {
  format: 'FLAC',
  recognizes: (head) => startsWith(head, 'fLaC'),
  async open(source, reader, listener) {
    const info = await readMetadata(reader, listener);
    if (!info) throw damagedFile(source, 'FLAC');
    const { sampleRate, channels, samples } = info;
    const seconds = samples === 0 ? undefined : samples / sampleRate;
    return { sampleRate, channels, seconds, decode: (later) => decode(source, info, later) };
  },
};

/** Reads to where the frames begin. Undefined when what should be said first is missing. */
async function readMetadata(reader: ByteReader, { rest, waste }: Listener): Promise<StreamInfo | undefined> {
  reader.position += 4;
  let info: StreamInfo | undefined;
  for (;;) {
    waste(stepsPerBlock);
    await rest();
    const block = await reader.peek(64);
    if (block.length < 4) return info;
    info ??= parseStreamInfo(block);
    if (!info) return undefined;
    reader.position += 4 + block[1]! * 65_536 + block[2]! * 256 + block[3]!;
    if (block[0]! & 0x80) return info;
  }
}

async function* decode(
  source: ByteSource,
  first: StreamInfo,
  listener: Listener,
): AsyncGenerator<Float32Array> {
  const reader = createByteReader(source);
  await skipId3(reader, listener);
  await readMetadata(reader, listener);
  let info = first;
  /** The sample that the next frame should begin with. */
  let expected = 0;
  /** Where what could not be read began. */
  let lostFrom: number | undefined;
  let blockSize = 0;

  for (;;) {
    await listener.rest();
    const bytes = await reader.peek(usualFrameBytes);
    if (bytes.length === 0) break;
    if (startsWith(bytes, 'fLaC')) {
      // Files that were joined: the next one's frames count from 0.
      const next = await readMetadata(reader, listener);
      if (!next) break;
      if (!sameKind(next, first)) return listener.note(changeOfKind(first, next));
      if (expected < info.samples) listener.endsEarly();
      info = next;
      expected = 0;
      continue;
    }
    const header = parseFrameHeader(bytes, info);
    const frame = header && (await readFrame(reader, bytes, header));
    if (!header || !frame) {
      if (isTag(bytes)) break;
      lostFrom ??= reader.position;
      listener.waste(stepsToSync + (header ? header.blockSize * header.channels : 0));
      reader.position += 1 + distanceToSync(bytes.subarray(1));
      continue;
    }
    if (!sameKind(header, first)) return listener.note(changeOfKind(first, header));

    if (blockSize === 0 || header.variable) blockSize = header.blockSize;
    const begins = header.variable ? header.number : header.number * blockSize;
    if (lostFrom !== undefined) {
      listener.damaged();
      // Silence in place of what is lost, if that can be true: frames behind it keep their time.
      const mostFrames = (reader.position - lostFrom) / shortestFrameBytes + 1;
      const gap = begins - expected;
      if (gap > 0 && gap <= mostFrames * blockSize) yield* silence(gap, info.channels);
      lostFrom = undefined;
    }
    yield frame.samples;
    expected = begins + header.blockSize;
    reader.position += frame.length;
  }
  if (expected < info.samples) listener.endsEarly();
  else if (info.samples === 0 && lostFrom !== undefined) listener.damaged();
}

async function readFrame(
  reader: ByteReader,
  bytes: Uint8Array,
  header: FrameHeader,
): Promise<Frame | undefined> {
  const frame = decodeFrame(bytes, header);
  if (frame !== 'short') return frame;
  const { blockSize, channels, bitsPerSample } = header;
  const most = maxHeaderBytes + 2 + channels * (blockSize * (bitsPerSample / 8 + 1) + 64);
  const more = await reader.peek(most);
  const again = more.length > bytes.length ? decodeFrame(more, header) : 'short';
  return again === 'short' ? undefined : again;
}

/** Bytes before the next that a frame may begin with. */
function distanceToSync(bytes: Uint8Array): number {
  for (let from = 0; ; from++) {
    from = bytes.indexOf(0xff, from);
    if (from < 0) return bytes.length;
    if (from + 1 >= bytes.length || (bytes[from + 1]! & 0xfe) === 0xf8) return from;
  }
}
