// mpg123, compiled to WebAssembly, one frame at a time: of junk it would make noise.

import { interleave } from '../interleave.js';
import { attempt, startLibrary } from '../library.js';
import type { PacketDecoder } from '../packet-codec.js';
import { parseFrameHeader } from './frame-header.js';

/** Samples that any decoder of MP3 is behind by. */
export const decoderDelay = 529;

export async function createMpegDecoder(channels: number): Promise<PacketDecoder> {
  const decoder = await startLibrary('MP3', async () => {
    const { MPEGDecoder } = await import('mpg123-decoder');
    return new MPEGDecoder({ enableGapless: false });
  });
  return {
    decode(frame) {
      const decoded = attempt(() => decoder.decode(frame));
      if (!decoded || decoded.samplesDecoded === 0) return decoded && new Float32Array(0); // the first may be held back
      return interleave(decoded.channelData.slice(0, channels)); // always two come
    },
    framesIn: (frame) => parseFrameHeader(frame)?.samples ?? 0,
    free: () => attempt(() => decoder.free()),
  };
}
