import type { Listener } from '../listener.js';
import type { PacketCodec, PacketDecoder, PacketFormat } from '../packet-codec.js';
import { silence } from '../silence.js';
import { createPacketJoiner } from './packets.js';
import type { Page } from './pages.js';

/** One logical stream of Ogg. */
export interface Stream {
  readonly serial: number;
  /** Whether sound has come. */
  begun(): boolean;
  /** The sound of the pages before this one. */
  push(page: Page): AsyncGenerator<Float32Array>;
  /** The rest. */
  end(): Generator<Float32Array>;
  free(): void;
}

/** No codec looks at more headers. */
const headersKept = 3;
/** Longer holes are not filled. */
const maxSilenceSeconds = 60;

export function beginStream(
  codec: PacketCodec,
  { channels, sampleRate, delay, createDecoder }: PacketFormat,
  serial: number,
  listener: Listener,
): Stream {
  const joiner = createPacketJoiner();
  const headers: Uint8Array[] = [];
  let headerCount = 0;
  let decoder: PacketDecoder | undefined;
  /** Frames that are still to be dropped from the beginning. */
  let skip = delay;
  /** Frames decoded so far. */
  let position = 0;
  /** What granules count from: above 0 where a stream was recorded from its middle. */
  let base: number | undefined;
  let lost = false;
  /** The last page's sound, and how much of it lies behind the end if no page follows. */
  let held: Float32Array[] = [];
  let excess = 0;

  async function decodePackets(packets: readonly Uint8Array[]): Promise<Float32Array[]> {
    const blocks: Float32Array[] = [];
    for (const packet of packets) {
      await listener.rest();
      if (!decoder && codec.ogg!.isHeader(packet, headerCount)) {
        if (headers.length < headersKept) headers.push(packet.slice());
        headerCount++;
        continue;
      }
      if (packet.length === 0) continue; // some writers end with one
      decoder ??= await createDecoder(headers);
      const block = decoder.decode(packet);
      if (!block) listener.damaged();
      if (block?.length) blocks.push(block);
      else if (!block) blocks.push(...silence(decoder.framesIn(packet), channels));
    }
    return blocks;
  }

  function* release(end: number): Generator<Float32Array> {
    let left = end;
    for (const block of held) {
      const frames = block.length / channels;
      const from = Math.min(skip, frames);
      const to = Math.min(left, frames);
      if (from < to) yield block.subarray(from * channels, to * channels);
      skip -= from;
      left -= to;
    }
    held = [];
  }

  return {
    serial,
    begun: () => decoder !== undefined,
    async *push(page) {
      const joined = joiner.push(page);
      if (joined.lost && decoder) lost = true;
      const blocks = await decodePackets(joined.packets);
      const frames = framesOf(blocks, channels);
      if (frames > 0) {
        yield* release(Number.POSITIVE_INFINITY);
        held = blocks;
        position += frames;
      }
      if (page.granule === undefined || (frames === 0 && base === undefined)) return;

      if (base === undefined) {
        base = page.last ? 0 : page.granule - position;
        if (base < 0) {
          if (codec.ogg!.trimsStart) skip -= base;
          else base = 0;
        }
      }
      const missing = page.granule - base - position;
      if (lost && missing > 0 && missing <= maxSilenceSeconds * sampleRate) {
        // Keeps what follows at its time.
        held.unshift(...silence(missing, channels));
        position += missing;
      }
      if (lost) listener.damaged();
      lost = false;
      excess = Math.max(0, position - (page.granule - base));
    },
    *end() {
      yield* release(framesOf(held, channels) - excess);
    },
    free: () => decoder?.free(),
  };
}

function framesOf(blocks: readonly Float32Array[], channels: number): number {
  return blocks.reduce((frames, block) => frames + block.length / channels, 0);
}
