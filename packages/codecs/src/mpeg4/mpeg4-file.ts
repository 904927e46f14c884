// Sound in MPEG-4 and QuickTime files. mediabunny finds the packets; what of them is to be heard is worked out here.

import { AudiozooError, type ByteSource } from '@audiozoo/core';
import type { InputAudioTrack } from 'mediabunny';
import type { PacketCodec } from '../packet-codec.js';
import { decodePackets, type TrackPacket } from '../packet-sound.js';
import { type Container, damagedFile, type Listener, noSound } from '../sound.js';

/** Bytes that mediabunny may keep of a file. */
const cacheBytes = 2 ** 21;
/** Bytes that it may ask for between two packets: an index of many hours. */
const mostBytesAtOnce = 2 ** 26;

export function mpeg4File(codec: PacketCodec): Container {
  return {
    format: 'MPEG-4',
    recognises: (head) => String.fromCharCode(...head.subarray(4, 8)) === 'ftyp',
    async open(source, _, listener) {
      const opened = await openTrack(source, listener);
      try {
        const { track } = opened;
        if ((await track.getCodec()) !== codec.mpeg4Name) return undefined;
        const { EncodedPacketSink } = await import('./library.js');
        const first = await new EncodedPacketSink(track).getFirstPacket();
        if (!first) return undefined;
        const headers = codec.headless ? [first.data] : await description(track);
        const format = codec.format(headers);
        if (!format) return undefined;
        const { sampleRate, channels, delay } = format;
        // What lies before time 0 only fills the decoder. Files that have nothing there leave it to the codec.
        const begins = first.timestamp + (codec.primes ? first.duration : 0);
        const skip = first.timestamp < 0 ? Math.max(0, Math.round(-begins * sampleRate)) : delay;
        return {
          sampleRate,
          channels,
          seconds: await track.computeDuration(),
          decode: (later) =>
            decodePackets(readPackets(source, sampleRate, later), format, headers, skip, later),
        };
      } catch (cause) {
        throw damaged(source, cause);
      } finally {
        opened.close();
      }
    },
  };
}

interface OpenedTrack {
  readonly track: InputAudioTrack;
  /** To be called when a packet has come: the library may read on. */
  granted(): void;
  close(): void;
}

/** The first track of sound, whatever its codec. */
async function openTrack(source: ByteSource, listener: Listener): Promise<OpenedTrack> {
  const { CustomSource, Input, Logging, LogLevel, MP4, QTFF } = await import('./library.js');
  Logging.level = LogLevel.Silent;
  let asked = 0;
  const input = new Input({
    formats: [MP4, QTFF],
    source: new CustomSource({
      getSize: () => source.size,
      async read(start, end) {
        await listener.rest();
        asked += end - start;
        if (asked > mostBytesAtOnce) throw damaged(source);
        return source.read(start, end - start);
      },
      maxCacheSize: cacheBytes,
      handleUnhandledError() {}, // would end the process; whoever reads hears of it
    }),
  });
  try {
    const tracks = await input.getTracks();
    const track = tracks.find((each) => each.isAudioTrack());
    if (!track) throw noSound(source);
    return { track, granted: () => void (asked = 0), close: () => input.dispose() };
  } catch (cause) {
    input.dispose();
    await listener.rest(); // an abort matters more
    throw damaged(source, cause);
  }
}

/** Of the last packet, only as much is heard as the file says that it lasts. */
async function* readPackets(
  source: ByteSource,
  sampleRate: number,
  listener: Listener,
): AsyncGenerator<TrackPacket> {
  const { EncodedPacketSink } = await import('./library.js');
  const { track, granted, close } = await openTrack(source, listener);
  let held: { readonly data: Uint8Array; readonly duration: number } | undefined;
  try {
    for await (const packet of new EncodedPacketSink(track).packets()) {
      granted();
      if (held) yield { data: held.data };
      held = packet;
    }
  } catch (cause) {
    await listener.rest();
    if (!held) throw damaged(source, cause);
    listener.endsEarly();
  } finally {
    close();
  }
  if (held) yield { data: held.data, lasts: Math.round(held.duration * sampleRate) };
}

/** The codec's own headers. */
async function description(track: InputAudioTrack): Promise<Uint8Array[]> {
  const data = (await track.getDecoderConfig())?.description;
  if (!data) return [];
  return ArrayBuffer.isView(data)
    ? [new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]
    : [new Uint8Array(data)];
}

/** mediabunny's own errors are about bytes; this says which file. */
function damaged(source: ByteSource, cause?: unknown): AudiozooError {
  return AudiozooError.isInstance(cause) ? cause : damagedFile(source, 'MPEG-4', cause);
}
