import type { PacketCodec } from '../packet-codec.js';
import { startsWith } from '../starts-with.js';
import { decodeFrame } from './frame.js';
import { parseFrameHeader } from './frame-header.js';
import { parseFlacBeginning } from './stream-info.js';

/** Before the beginning of a FLAC file, Ogg has the version of its mapping and the number of headers. */
const oggPrefixBytes = 9;

/** FLAC in containers: a packet is a frame. */
export const flacPackets: PacketCodec = {
  name: 'FLAC',
  matroskaName: 'A_FLAC',
  mpeg4Name: 'flac',
  ogg: {
    begins: (packet) => startsWith(packet, '\x7fFLAC'),
    isHeader: (packet, index) => index === 0 || packet[0] !== 0xff,
  },
  format([first = new Uint8Array(0)]) {
    const info = parseFlacBeginning(startsWith(first, '\x7fFLAC') ? first.subarray(oggPrefixBytes) : first);
    if (!info) return undefined;
    const { sampleRate, channels } = info;
    return {
      sampleRate,
      channels,
      delay: 0,
      createDecoder: async () => ({
        decode(packet) {
          const header = parseFrameHeader(packet, info);
          if (!header || header.channels !== channels || header.sampleRate !== sampleRate) return undefined;
          const frame = decodeFrame(packet, header);
          return frame === 'short' ? undefined : frame?.samples;
        },
        framesIn: (packet) => parseFrameHeader(packet, info)?.blockSize ?? 0,
        free() {},
      }),
    };
  },
};
