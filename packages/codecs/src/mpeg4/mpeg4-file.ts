// Sound in MPEG-4 and QuickTime files. mediabunny finds the packets; what of them is to be heard is worked out here.

import { AudiozooError } from '@audiozoo/core';
import type { InputAudioTrack } from 'mediabunny';
import type { PacketCodec } from '../packet-codec.js';
import { decodePackets, type TrackPacket } from '../packet-sound.js';
import { type Container, type Listener, noSound, openingListener, type Reading } from '../sound.js';

/** Bytes that mediabunny may keep of a file. */
const cacheBytes = 2 ** 21;
/** Bytes that it may ask for between two packets: an index of many hours. */
const mostBytesAtOnce = 2 ** 26;

export function mpeg4File(codec: PacketCodec): Container {
  return {
    format: 'MPEG-4',
    recognises: (head) => String.fromCharCode(...head.subarray(4, 8)) === 'ftyp',
    async open(reading) {
      const opened = await openTrack(reading, openingListener(reading.budget));
      try {
        const { track } = opened;
        if ((await track.getCodec()) !== codec.mpeg4Name) return undefined;
        const headers = codec.headless ? await firstPacket(track) : await description(track);
        const format = codec.format(headers);
        if (!format) return undefined;
        const { sampleRate, channels, delay } = format;
        const begins = await track.getFirstTimestamp();
        const skip = Math.max(begins < 0 ? Math.round(-begins * sampleRate) : 0, begins < 0 ? 0 : delay);
        return {
          sampleRate,
          channels,
          seconds: await track.computeDuration(),
          decode: (listener) =>
            decodePackets(readPackets(reading, sampleRate, listener), format, headers, skip, listener),
        };
      } catch (cause) {
        throw damaged(reading, cause);
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
async function openTrack(reading: Reading, listener: Listener): Promise<OpenedTrack> {
  const { source, signal } = reading;
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
        if (asked > mostBytesAtOnce) throw damaged(reading);
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
    signal?.throwIfAborted();
    throw damaged(reading, cause);
  }
}

/** Of the last packet, only as much is heard as the file says that it lasts. */
async function* readPackets(
  reading: Reading,
  sampleRate: number,
  listener: Listener,
): AsyncGenerator<TrackPacket> {
  const { EncodedPacketSink } = await import('./library.js');
  const { track, granted, close } = await openTrack(reading, listener);
  let held: { readonly data: Uint8Array; readonly duration: number } | undefined;
  try {
    for await (const packet of new EncodedPacketSink(track).packets()) {
      granted();
      if (held) yield { data: held.data };
      held = packet;
    }
  } catch (cause) {
    reading.signal?.throwIfAborted();
    if (!held) throw damaged(reading, cause);
    listener.endsEarly();
  } finally {
    close();
  }
  if (held) yield { data: held.data, lasts: Math.round(held.duration * sampleRate) };
}

async function firstPacket(track: InputAudioTrack): Promise<Uint8Array[]> {
  const { EncodedPacketSink } = await import('./library.js');
  const packet = await new EncodedPacketSink(track).getFirstPacket();
  return packet ? [packet.data] : [];
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
function damaged({ source }: Reading, cause?: unknown): AudiozooError {
  if (AudiozooError.isInstance(cause)) return cause;
  const mend = 'Download or export it again.';
  return new AudiozooError({ code: 'audio', what: `${source.name} is a damaged MPEG-4 file`, mend, cause });
}
