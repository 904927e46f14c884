// Opus, by libopus compiled to WebAssembly.

import { interleave, maxChannels, waveOrder } from '../interleave.js';
import { attempt, startLibrary } from '../library.js';
import type { PacketCodec, PacketDecoder } from '../packet-codec.js';
import { startsWith } from '../starts-with.js';

interface OpusHead {
  readonly channels: number;
  /** Samples that only fill the decoder. */
  readonly preSkip: number;
  /** What amplitudes are multiplied by. */
  readonly gain: number;
  readonly streams: number;
  readonly coupledStreams: number;
  /** Which decoded channel each channel is. */
  readonly mapping: readonly number[];
  /** Whether channels have meanings, and so an order. */
  readonly ordered: boolean;
}

/** Opus always decodes to this rate. */
const sampleRate = 48_000;
/** The longest packet lasts 120 ms. */
const maxFrames = 5760;
/** Bytes for each channel that the library has room for. */
const roomPerChannel = 3840;

export const opusPackets: PacketCodec = {
  name: 'Opus',
  matroskaName: 'A_OPUS',
  mpeg4Name: 'opus',
  ogg: {
    begins: (packet) => startsWith(packet, 'OpusHead'),
    isHeader: (_, index) => index < 2,
  },
  format([first = new Uint8Array(0)]) {
    const head = parseHead(first);
    if (!head) return undefined;
    const { channels, preSkip } = head;
    return { sampleRate, channels, delay: preSkip, createDecoder: () => createDecoder(head) };
  },
};

function parseHead(bytes: Uint8Array): OpusHead | undefined {
  if (bytes.length < 19 || !startsWith(bytes, 'OpusHead') || bytes[8]! > 15) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const channels = bytes[9]!;
  const family = bytes[18]!;
  if (channels < 1 || channels > maxChannels) return undefined;
  const common = {
    channels,
    preSkip: view.getUint16(10, true),
    gain: 10 ** (view.getInt16(16, true) / 256 / 20),
  };
  if (family === 0) {
    if (channels > 2) return undefined;
    return {
      ...common,
      streams: 1,
      coupledStreams: channels - 1,
      mapping: [0, 1].slice(0, channels),
      ordered: true,
    };
  }
  const streams = bytes[19] ?? 0;
  const coupledStreams = bytes[20] ?? 0;
  const mapping = [...bytes.subarray(21, 21 + channels)];
  const decoded = streams + coupledStreams;
  const fits = streams >= 1 && coupledStreams <= streams && mapping.length === channels;
  // Family 3 mixes its channels by a matrix.
  if (!fits || family === 3 || mapping.some((from) => from >= decoded && from !== 255)) return undefined;
  return { ...common, streams, coupledStreams, mapping, ordered: family === 1 };
}

async function createDecoder(head: OpusHead): Promise<PacketDecoder> {
  const { channels, gain, streams, coupledStreams, mapping, ordered } = head;
  // With one channel, there would not be room for the longest packets.
  const decodedMapping = channels === 1 ? [mapping[0]!, mapping[0]!] : [...mapping];
  const decoder = await startLibrary('Opus', async () => {
    const { OpusDecoder } = await import('opus-decoder');
    return new OpusDecoder({
      channels: decodedMapping.length,
      streamCount: streams,
      coupledStreamCount: coupledStreams,
      channelMappingTable: decodedMapping,
    });
  });
  const order = ordered ? waveOrder(channels) : mapping.map((_, channel) => channel);
  return {
    decode(packet) {
      if (packet.length === 0 || packet.length > roomPerChannel * decodedMapping.length) return undefined;
      const decoded = attempt(() => decoder.decodeFrame(packet));
      if (!decoded || decoded.samplesDecoded === 0) return undefined;
      const samples = interleave(decoded.channelData, order);
      if (gain !== 1) for (let index = 0; index < samples.length; index++) samples[index]! *= gain;
      return samples;
    },
    framesIn,
    free: () => attempt(() => decoder.free()),
  };
}

/** How long a packet lasts, by its first bytes. */
function framesIn(packet: Uint8Array): number {
  if (packet.length === 0) return 0;
  const kind = packet[0]! >> 3;
  let frames: number;
  if (kind < 12) frames = [480, 960, 1920, 2880][kind & 3]!;
  else if (kind < 16) frames = [480, 960][kind & 1]!;
  else frames = 120 << (kind & 3);
  const count = [1, 2, 2, (packet[1] ?? 0) & 0x3f][packet[0]! & 3]!;
  return Math.min(count * frames, maxFrames);
}
