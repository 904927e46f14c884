// Whatever a task takes as sound, as pieces of one channel at a model's rate, in bounded memory where its kind
// allows that.

import { AudiozooError } from '@audiozoo/core';
import {
  type AudioOptions,
  type AudioPieces,
  type AudioSource,
  createResampler,
  type ResamplingKernel,
} from '@audiozoo/features';
import { isPlain, readInput } from './load-audio.js';

/** Samples in memory that are resampled at a time. */
const pieceSamples = 2 ** 16;

/** Opens sound, whose pieces can be iterated once; breaking off closes the file behind it. Throws `file`, `audio` and `argument` errors, some of them while it is iterated. */
export async function openSound(
  sound: AudioSource | AudioPieces,
  sampleRate: number,
  options: AudioOptions,
): Promise<AudioPieces> {
  const { kernel, start, duration, channel, sampleRate: ownRate } = options;
  options.signal?.throwIfAborted();
  if (isPieces(sound)) {
    if ([start, duration, channel, ownRate].some((option) => option !== undefined)) {
      throw new AudiozooError({
        code: 'argument',
        what: 'sound that comes in pieces is heard as it comes',
        expected: 'no `start`, `duration`, `channel` or `sampleRate`',
        hint: 'Give them to what makes the pieces, such as `openAudioStream`.',
      });
    }
    return resampled(sound, sampleRate, kernel);
  }
  if (isPlain(sound, options)) {
    const { samples, sampleRate: from } = await readInput(sound, options);
    const pieces = { sampleRate: from, seconds: samples.length / from };
    return resampled({ ...pieces, [Symbol.asyncIterator]: () => inPieces(samples) }, sampleRate, kernel);
  }
  const { openAudioStream } = await import('@audiozoo/features/audio');
  return openAudioStream(sound, { ...options, resampleTo: sampleRate });
}

function isPieces(sound: unknown): sound is AudioPieces {
  // A stream of bytes has no rate.
  return (
    typeof sound === 'object' && sound !== null && Symbol.asyncIterator in sound && 'sampleRate' in sound
  );
}

async function* inPieces(samples: Float32Array): AsyncGenerator<Float32Array> {
  for (let first = 0; first < samples.length; first += pieceSamples) {
    yield samples.subarray(first, first + pieceSamples);
  }
}

/** The same sound at another rate. */
export function resampled(
  pieces: AudioPieces,
  sampleRate: number,
  kernel: ResamplingKernel | undefined,
): AudioPieces {
  async function* samples(): AsyncGenerator<Float32Array> {
    const resampler = createResampler(pieces.sampleRate, sampleRate, { kernel });
    for await (const piece of pieces) yield resampler.push(piece);
    yield resampler.finish();
  }
  return { sampleRate, seconds: pieces.seconds, [Symbol.asyncIterator]: samples };
}
