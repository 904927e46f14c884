// Samples without a header, as `ffmpeg -f s16le -` and `arecord -t raw` write them: one channel, little-endian.

import { bytesToElements } from '@audiozoo/core/plugin';

export const pcmFormats = ['f32le', 's16le'] as const;

export type PcmFormat = (typeof pcmFormats)[number];

/**
 * Bytes in pieces of any size → samples. Bytes at the end that make no whole sample are
 * told to `onRest`.
 */
export async function* decodePcm(
  bytes: AsyncIterable<Uint8Array>,
  format: PcmFormat,
  onRest: (bytes: number) => void,
): AsyncGenerator<Float32Array> {
  const sampleBytes = format === 's16le' ? 2 : 4;
  let rest: Uint8Array = new Uint8Array(0);
  for await (const piece of bytes) {
    const all = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const whole = all.length - (all.length % sampleBytes);
    rest = all.slice(whole);
    if (whole > 0) yield decode(all.subarray(0, whole), format);
  }
  if (rest.length > 0) onRest(rest.length);
}

function decode(bytes: Uint8Array, format: PcmFormat): Float32Array {
  if (format === 'f32le') return bytesToElements('float32', bytes).slice();
  return Float32Array.from(bytesToElements('int16', bytes), (value) => value / 32768);
}
