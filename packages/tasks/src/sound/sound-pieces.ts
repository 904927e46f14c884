// Whatever a task takes as sound, as pieces of one channel at a model's rate, in bounded memory where its kind
// allows that.

import { AudiozooError } from '@audiozoo/core';
import { createResampler, type ResamplingKernel } from '@audiozoo/features';
import type { AudioPieces } from '../live/capture-audio.js';
import { type AudioInput, type AudioOptions, isPlain, reader, readInput } from './audio-input.js';

export interface SoundPieces {
  /** Samples at the rate asked for. Can be iterated once; breaking off closes the file behind it. */
  readonly pieces: AsyncIterable<Float32Array>;
  /** Seconds that will come, where that is known. */
  readonly total: number | undefined;
}

/** Samples in memory that are resampled at a time. */
const pieceSamples = 2 ** 16;

/** Opens sound. Throws `file`, `audio` and `argument` errors, some of them while it is iterated. */
export async function openSound(
  sound: AudioInput | AudioPieces,
  sampleRate: number,
  options: AudioOptions,
): Promise<SoundPieces> {
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
    return { pieces: resampled(sound, sound.sampleRate, sampleRate, kernel), total: undefined };
  }
  if (isPlain(sound, options)) {
    const { samples, sampleRate: from } = await readInput(sound, options);
    return { pieces: resampled(inPieces(samples), from, sampleRate, kernel), total: samples.length / from };
  }
  const { source, readingOptions, openAudioStream } = await reader(sound, options);
  const pieces = await openAudioStream(source, { ...readingOptions, sampleRate });
  return { pieces, total: pieces.seconds };
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

async function* resampled(
  pieces: AsyncIterable<Float32Array>,
  from: number,
  to: number,
  kernel: ResamplingKernel | undefined,
): AsyncGenerator<Float32Array> {
  const resampler = createResampler(from, to, { kernel });
  for await (const piece of pieces) yield resampler.push(piece);
  yield resampler.finish();
}
