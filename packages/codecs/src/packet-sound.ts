import type { Listener } from './listener.js';
import type { PacketFormat } from './packet-codec.js';
import { silence } from './silence.js';

/** A packet as containers hand it out that know how long it should be heard. */
export interface TrackPacket {
  readonly data: Uint8Array;
  /** Frames at its beginning and end that are not sound. */
  readonly excessBefore?: number | undefined;
  readonly excessBehind?: number | undefined;
  /** Frames that are heard at most. */
  readonly lasts?: number | undefined;
}

/** The sound of a track's packets, without the first `skip` frames. */
export async function* decodePackets(
  packets: AsyncIterable<TrackPacket>,
  format: PacketFormat,
  headers: readonly Uint8Array[],
  skip: number,
  listener: Listener,
): AsyncGenerator<Float32Array> {
  const { channels } = format;
  const decoder = await format.createDecoder(headers);
  let left = skip;
  try {
    for await (const {
      data,
      excessBefore = 0,
      excessBehind = 0,
      lasts = Number.POSITIVE_INFINITY,
    } of packets) {
      await listener.rest();
      const block = decoder.decode(data);
      if (!block) listener.damaged();
      for (const samples of block ? [block] : silence(decoder.framesIn(data), channels)) {
        const frames = samples.length / channels;
        const skipped = Math.min(left, frames);
        left -= skipped;
        const from = Math.min(frames, Math.max(skipped, excessBefore));
        const to = Math.max(from, Math.min(lasts, frames - excessBehind));
        if (from < to) yield samples.subarray(from * channels, to * channels);
      }
    }
  } finally {
    decoder.free();
  }
}
