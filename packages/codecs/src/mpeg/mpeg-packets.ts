import type { PacketCodec } from '../packet-codec.js';
import { createMpegDecoder } from './decoder.js';

/** MP3 in containers, which say rate and channels instead of headers. */
export const mpegPackets: PacketCodec = {
  name: 'MP3',
  matroskaName: 'A_MPEG/L3',
  mpeg4Name: 'mp3',
  format(_, { sampleRate, channels }) {
    if (!sampleRate || (channels !== 1 && channels !== 2)) return undefined;
    return { sampleRate, channels, delay: 0, createDecoder: () => createMpegDecoder(channels) };
  },
};
