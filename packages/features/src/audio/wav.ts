// WAV files: RIFF, RIFX, RF64 and BW64. The same code in Node and in browsers, so that samples are equal to the last
// bit; a browser's own decoder rescales and resamples them.

import type { ByteSource } from '@audiozoo/core';
import type { DecodedAudio } from './decoded-audio.js';
import type { DecodingOptions } from './sound-decoder.js';
import { readWavHeader, refusingWav } from './wav-header.js';

/** What would be heard is noise. */
const contradiction = 'has a WAV header that contradicts itself';

/** Frames that are decoded at a time: pieces short enough that a stream's reader soon gets its turn. */
const pieceFrames = 4096;
/** Bytes that are read at a time, where a piece has fewer. */
const readBytes = 2 ** 18;

/**
 * Opens a WAV file that begins at `start` (8 to 32 bits, float, A-law, µ-law). Undefined when it holds another codec.
 * Throws an `audio` error when it is damaged. Closing what it returns does not close `source`.
 */
export async function openWav(
  source: ByteSource,
  start: number,
  { signal, onNote }: DecodingOptions,
): Promise<DecodedAudio | undefined> {
  const { format, dataStart, dataEnd, notes } = await readWavHeader(source, start, signal);
  const { channels, sampleRate, blockAlign, codec } = format;
  const { bits, validBits } = format;
  const refuse = refusingWav(source);
  if (validBits > bits || (format.isPlain && !(bits >= 1 && bits <= 64))) {
    const expected = 'samples of 1 to 64 bits, not more of them valid';
    throw refuse(contradiction, { expected, got: `${validBits} of ${bits}` });
  }
  if (!codec) return undefined;
  const frameBytes = channels * codec.bytesPerSample;
  if (frameBytes === 0 || (blockAlign !== 0 && blockAlign !== frameBytes)) {
    const expected = `frames of ${channels} × ${codec.bytesPerSample} bytes`;
    throw refuse(contradiction, { expected, got: `${blockAlign}` });
  }
  const frames = Math.floor((dataEnd - dataStart) / frameBytes);
  if (frames === 0) throw refuse('holds no samples');
  for (const note of notes) onNote?.(`${source.name} ${note}.`);

  const readFrames = Math.max(1, Math.floor(readBytes / (pieceFrames * frameBytes))) * pieceFrames;
  async function* blocks(first: number, end: number): AsyncGenerator<Float32Array> {
    const stop = Math.min(end, frames);
    for (let frame = first; frame < stop; frame += readFrames) {
      const count = Math.min(readFrames, stop - frame);
      const bytes = await source.read(dataStart + frame * frameBytes, count * frameBytes);
      for (let from = 0; from < count; from += pieceFrames) {
        const to = Math.min(from + pieceFrames, count);
        yield codec!.decode(bytes.subarray(from * frameBytes, to * frameBytes));
      }
    }
  }
  return { sampleRate, channels, seconds: frames / sampleRate, blocks, async close() {} };
}
