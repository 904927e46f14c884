// Sound in Ogg. Only a page says when its last packet ends, so pages are decoded one by one, and each is held until
// the next shows whether it was its stream's last, where the end of the sound may lie within a packet.

import type { ByteSource } from '@audiozoo/core';
import { createByteReader } from '../byte-reader.js';
import { skipId3 } from '../id3.js';
import type { Listener } from '../listener.js';
import type { PacketCodec, PacketFormat } from '../packet-codec.js';
import type { Container } from '../sound.js';
import { changeOfKind, sameKind } from '../sound-kind.js';
import { startsWith } from '../starts-with.js';
import { createPacketJoiner } from './packets.js';
import { type Page, readPages } from './pages.js';
import { beginStream, type Stream } from './stream.js';

/** What streams of sound begin with. */
const soundMarks = ['\x01vorbis', 'OpusHead', '\x7fFLAC', 'Speex   '];
/** Streams side by side that are looked at for one that can be decoded. */
const maxStreams = 16;

/**
 * What a stream with hardly any sound counts for as waste: a decoder is made for it, and thousands fit into a small
 * file.
 */
const stepsToBegin = 2_000_000;

export function oggFile(codec: PacketCodec): Container {
  return {
    format: 'Ogg',
    recognizes: (head) => startsWith(head, 'OggS'),
    async open(source, reader, listener) {
      let streams = 0;
      for await (const page of readPages(reader, listener)) {
        if (!page.first || streams++ === maxStreams) return undefined;
        const format = formatOf(codec, page);
        // The first stream of sound is the one, whichever codec it needs.
        if (!format && soundMarks.some((mark) => startsWith(page.body, mark))) return undefined;
        if (!format) continue;
        const { sampleRate, channels } = format;
        return { sampleRate, channels, decode: (later) => decode(source, codec, format, later) };
      }
      return undefined;
    },
  };
}

/** The format of the stream that begins with this page; undefined when it is of another codec. */
function formatOf(codec: PacketCodec, page: Page): PacketFormat | undefined {
  const [packet] = createPacketJoiner().push(page).packets;
  return packet && codec.ogg?.begins(packet) ? codec.format([packet]) : undefined;
}

async function* decode(
  source: ByteSource,
  codec: PacketCodec,
  first: PacketFormat,
  listener: Listener,
): AsyncGenerator<Float32Array> {
  const reader = createByteReader(source);
  await skipId3(reader, listener);
  let stream: Stream | undefined;
  let heard = 0; // samples of it
  let foreign = false;
  const counted = async function* (blocks: AsyncIterable<Float32Array> | Iterable<Float32Array>) {
    for await (const block of blocks) {
      heard += block.length;
      yield block;
    }
  };
  const serials = new Set<number>();
  try {
    for await (const page of readPages(reader, listener)) {
      // A stream whose beginning is lost cannot be decoded.
      if (!page.first && !serials.has(page.serial)) listener.damaged();
      serials.add(page.serial);
      if (page.first && (!stream || stream.begun())) {
        const format = formatOf(codec, page);
        foreign = stream !== undefined && !format;
        if (format) {
          // Files that were joined: streams one after the other.
          if (stream) yield* counted(stream.end());
          if (stream && heard < 0.1 * first.sampleRate * first.channels) listener.waste(stepsToBegin);
          heard = 0;
          stream?.free();
          stream = undefined;
          if (!sameKind(format, first)) return listener.note(changeOfKind(first, format));
          stream = beginStream(codec, format, page.serial, listener);
        }
      }
      if (stream?.serial === page.serial) yield* counted(stream.push(page));
    }
    if (stream) yield* stream.end();
    if (foreign) listener.note('goes on with sound of another codec, which is left out');
  } finally {
    stream?.free();
  }
}
