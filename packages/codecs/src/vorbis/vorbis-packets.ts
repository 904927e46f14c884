// Vorbis, by libvorbis compiled to WebAssembly. The library's own reading of Ogg is passed by: it knows one stream only.

import { interleave, maxChannels, waveOrder } from '../interleave.js';
import { attempt, startLibrary } from '../library.js';
import type { PacketCodec, PacketDecoder } from '../packet-codec.js';
import { startsWith } from '../starts-with.js';

/** The part of the library that takes packets. Its version is fixed, since it is not said to stay. */
interface PacketInterface {
  sendSetupHeader(packet: Uint8Array): void;
  initDsp(): void;
  decodePackets(packets: readonly Uint8Array[]): {
    readonly channelData: readonly Float32Array[];
    readonly samplesDecoded: number;
  };
}

/** What the library has room for. */
const maxPacketBytes = 2 ** 17;

export const vorbisPackets: PacketCodec = {
  name: 'Vorbis',
  matroskaName: 'A_VORBIS',
  mpeg4Name: 'vorbis',
  primes: true,
  ogg: {
    begins: (packet) => startsWith(packet, '\x01vorbis'),
    isHeader: (packet) => (packet[0]! & 1) === 1,
    trimsStart: true,
  },
  format(headers) {
    const [first] = separate(headers);
    if (!first || first.length < 30 || !startsWith(first, '\x01vorbis')) return undefined;
    const channels = first[11]!;
    const sampleRate = new DataView(first.buffer, first.byteOffset).getUint32(12, true);
    if (channels < 1 || channels > maxChannels || sampleRate === 0) return undefined;
    return { sampleRate, channels, delay: 0, createDecoder: (all) => createDecoder(separate(all), channels) };
  },
};

async function createDecoder(headers: readonly Uint8Array[], channels: number): Promise<PacketDecoder> {
  const [first, , setup] = headers;
  const library = await startLibrary('Vorbis', async () => {
    const { OggVorbisDecoder } = await import('@wasm-audio-decoders/ogg-vorbis');
    return new OggVorbisDecoder();
  });
  const decoder = (library as unknown as { readonly _decoder: PacketInterface })._decoder;
  const complete = first && setup && startsWith(setup, '\x05vorbis') && setup.length <= maxPacketBytes;
  const ready =
    complete &&
    attempt(() => {
      decoder.sendSetupHeader(first);
      decoder.sendSetupHeader(setup);
      decoder.initDsp();
      return true;
    });
  return {
    decode(packet) {
      if (!ready || packet.length === 0 || packet.length > maxPacketBytes) return undefined;
      const decoded = attempt(() => decoder.decodePackets([packet]));
      if (!decoded || decoded.samplesDecoded === 0) return decoded && new Float32Array(0); // as of the first packet
      return decoded.channelData.length === channels
        ? interleave(decoded.channelData, waveOrder(channels))
        : undefined;
    },
    framesIn: () => 0,
    free: () => attempt(() => library.free()),
  };
}

/** Containers other than Ogg keep the three headers in one piece, each but the last with its length in bytes of 255. */
function separate(headers: readonly Uint8Array[]): readonly Uint8Array[] {
  const [only] = headers;
  if (headers.length !== 1 || only?.[0] !== 2) return headers;
  const lengths: number[] = [];
  let next = 1;
  while (lengths.length < 2) {
    let length = 0;
    while (only[next] === 255) length += only[next++]!;
    length += only[next++] ?? 0;
    lengths.push(length);
  }
  const [first, second] = lengths as [number, number];
  return [
    only.subarray(next, next + first),
    only.subarray(next + first, next + first + second),
    only.subarray(next + first + second),
  ];
}
