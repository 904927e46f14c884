// Sound from a pipe: a file where `-` is named, or raw samples as they come.

import { addAbortSignal } from 'node:stream';
import { AudiozooError } from '@audiozoo/core';
import { bytesToElements } from '@audiozoo/core/plugin';

/** An hour and a half of 16-bit stereo at 48 kHz. Longer sound belongs in a file, which is read by range. */
const maxBytes = 2 ** 30;

/** What to read for a file name: standard input for `-`, else the name. */
export async function openAudio(file: string, signal: AbortSignal): Promise<string | Blob> {
  if (file !== '-') return file;
  const parts: Buffer<ArrayBuffer>[] = [];
  let size = 0;
  for await (const part of addAbortSignal(signal, process.stdin)) {
    parts.push(part);
    size += part.length;
    if (size > maxBytes) {
      throw new AudiozooError({
        code: 'audio',
        what: 'the sound on standard input is too large',
        expected: `at most ${maxBytes} bytes`,
        hint: 'Write it to a file and name that.',
      });
    }
  }
  return new File(parts, 'standard input');
}

/** Samples without a header, as `ffmpeg -f s16le -` and `arecord -t raw` write them: one channel, little-endian. */
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
