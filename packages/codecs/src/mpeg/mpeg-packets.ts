import type { PacketCodec } from '../packet-codec.js';
import { createMpegDecoder } from './decoder.js';
import { parseFrameHeader } from './frame-header.js';

/** MP3 in containers, whose own word on rate and channels is not to be trusted. */
export const mpegPackets: PacketCodec = {
  name: 'MP3',
  matroskaName: 'A_MPEG/L3',
  mpeg4Name: 'mp3',
  headless: true,
  format([packet = new Uint8Array(0)]) {
    const header = parseFrameHeader(packet);
    if (!header) return undefined;
    const { sampleRate, channels } = header;
    return { sampleRate, channels, delay: 0, createDecoder: () => createMpegDecoder(channels) };
  },
};
