// MP3, and MPEG audio's other layers, in a file of its own.

import type { ByteSource } from '@audiozoo/core';
import { createByteReader } from '../byte-reader.js';
import type { Listener } from '../listener.js';
import type { PacketDecoder } from '../packet-codec.js';
import type { Container } from '../sound.js';
import { changeOfKind } from '../sound-kind.js';
import { createMpegDecoder, decoderDelay } from './decoder.js';
import { type FrameHeader, silentFrame } from './frame-header.js';
import { findFirstFrame, readFrames } from './frames.js';
import { type InfoTag, parseInfoTag } from './info-tag.js';

export const mpegFile: Container = {
  format: 'MP3',
  recognizes: () => true, // what lies in front of the first frame can be anything
  async open(source, reader, listener) {
    const header = await findFirstFrame(reader, listener);
    if (!header) return undefined;
    const { position } = reader;
    const { sampleRate, channels } = header;
    const tag = parseInfoTag((await reader.peek(header.length)).subarray(0, header.length), header);
    return {
      sampleRate,
      channels,
      seconds: tag?.frames ? secondsSaid(tag, tag.frames, header) : undefined,
      decode: (later) => decode(source, position, header, later),
    };
  },
};

function secondsSaid({ added }: InfoTag, frames: number, { samples, sampleRate }: FrameHeader): number {
  return Math.max(0, frames * samples - (added ? added.before + added.behind : 0)) / sampleRate;
}

async function* decode(
  source: ByteSource,
  position: number,
  first: FrameHeader,
  listener: Listener,
): AsyncGenerator<Float32Array> {
  const reader = createByteReader(source);
  reader.position = position;
  let stretch: Stretch | undefined;
  try {
    for await (const { header, bytes } of readFrames(reader, first, listener)) {
      if (header.kind !== first.kind) {
        listener.note(changeOfKind(first, header));
        break;
      }
      const tag = parseInfoTag(bytes, header);
      if (tag || !stretch) {
        // A tag begins a file, so one in the middle means that files were joined.
        if (stretch) yield* stretch.end(listener);
        stretch?.free();
        stretch = beginStretch(await createMpegDecoder(header.channels), header, tag);
      }
      if (!tag) yield* stretch.push(bytes);
    }
    if (stretch) yield* stretch.end(listener);
  } finally {
    stretch?.free();
  }
}

/** What was encoded at once, from which the encoder's own samples at both ends are taken. */
interface Stretch {
  push(frame: Uint8Array): Generator<Float32Array>;
  end(listener: Listener): Generator<Float32Array>;
  free(): void;
}

function beginStretch(decoder: PacketDecoder, header: FrameHeader, tag: InfoTag | undefined): Stretch {
  const { samples: frameSamples, channels } = header;
  const { added, frames: framesSaid } = tag ?? {};
  let frames = 0;
  /** Samples of each channel that came out of the decoder. */
  let decoded = 0;
  const from = added ? added.before + decoderDelay : 0;
  /** Between these lies what the encoder added behind the sound. */
  const saidEnd = added && framesSaid !== undefined ? framesSaid * frameSamples : Number.POSITIVE_INFINITY;
  const soundEnd = added ? Math.max(from, saidEnd - added.behind + decoderDelay) : Number.POSITIVE_INFINITY;

  /** The parts of a decoded block that are sound. */
  function* sound(block: Float32Array, end: number): Generator<Float32Array> {
    const start = decoded;
    decoded += block.length / channels;
    const cut = (low: number, high: number) =>
      block.subarray(
        Math.max(0, Math.min(decoded, low) - start) * channels,
        Math.max(0, Math.min(decoded, high, end) - start) * channels,
      );
    for (const piece of [cut(from, soundEnd), cut(Math.max(soundEnd, saidEnd), Number.POSITIVE_INFINITY)]) {
      if (piece.length > 0) yield piece;
    }
  }

  return {
    *push(frame) {
      frames++;
      const block = decoder.decode(frame);
      if (block) yield* sound(block, Number.POSITIVE_INFINITY);
    },
    *end(listener) {
      if (framesSaid !== undefined && frames < framesSaid) listener.endsEarly();
      const end = frames === framesSaid && added ? soundEnd : frames * frameSamples;
      // The decoder holds a frame back, and the last samples need one to follow.
      for (let tries = 0; decoded < end && tries < 2; tries++) {
        const block = decoder.decode(silentFrame(header));
        if (block) yield* sound(block, end);
      }
    },
    free: decoder.free,
  };
}
