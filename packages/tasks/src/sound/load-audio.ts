// Whatever a person hands a task as sound → samples of one channel at a model's rate.

import { AudiozooError } from '@audiozoo/core';
import { checkOptions } from '@audiozoo/core/plugin';
import {
  type Audio,
  type AudioOptions,
  type AudioSource,
  audioOptionKinds,
  checkAudio,
  checkRate,
  resample,
} from '@audiozoo/features';
import { checkSeconds, collectClip, type LongestClip } from './clip-length.js';

/**
 * Sound → samples of one channel at `sampleRate`. Throws `audio`, `file` and `argument` errors, and `audio-too-long`
 * when it is more than `maxSamples`: before it is read and resampled, where its length is known.
 */
export async function loadAudio(
  input: AudioSource,
  sampleRate: number,
  options: AudioOptions = {},
  maxSamples = Infinity,
): Promise<Float32Array> {
  checkOptions('loadAudio', options, audioOptionKinds);
  checkRate(sampleRate);
  const audio = await readInput(input, options, { sampleRate, maxSamples });
  if (audio.sampleRate === sampleRate) return audio.samples;
  return resample(audio.samples, audio.sampleRate, sampleRate, { kernel: options.kernel });
}

/**
 * Sound → samples of one channel: plain samples at their own rate, all else at that of `longest`, which is cheaper while
 * it is read. Throws as `loadAudio` does.
 */
export async function readInput(
  input: AudioSource,
  options: AudioOptions,
  longest?: LongestClip,
): Promise<Audio> {
  options.signal?.throwIfAborted();
  if (isPlain(input, options)) {
    checkAudio(input);
    const audio = cut(input, options);
    if (longest) checkSeconds(audio.samples.length / audio.sampleRate, longest);
    return audio;
  }
  // It is loaded when the first comes, so that those who bring samples do not carry it.
  const { openAudioStream, readAudio } = await import('@audiozoo/features/audio');
  if (!longest) return readAudio(input, options);
  const { sampleRate, maxSamples } = longest;
  const reading = { ...options, resampleTo: sampleRate };
  if (maxSamples === Infinity) return readAudio(input, reading);
  const stream = await openAudioStream(input, reading);
  try {
    checkSeconds(stream.seconds, longest);
    return { samples: await collectClip(stream, longest), sampleRate };
  } finally {
    await stream.close();
  }
}

/** Whether it is amplitudes of one channel, of which nothing else than a part is asked for. */
export function isPlain(input: unknown, { channel = 0, sampleRate }: AudioOptions): input is Audio {
  return (
    typeof input === 'object' &&
    input !== null &&
    'samples' in input &&
    input.samples instanceof Float32Array &&
    !('channels' in input) &&
    (channel === 0 || channel === 'mean') &&
    sampleRate === undefined
  );
}

function cut({ samples, sampleRate }: Audio, { start = 0, duration }: AudioOptions): Audio {
  const seconds = samples.length / sampleRate;
  const end = duration === undefined ? seconds : start + duration;
  if (!(start >= 0 && start < seconds && end > start)) {
    throw new AudiozooError({
      code: 'argument',
      what: 'the part to hear lies outside the sound',
      option: ['start', 'duration'],
      expected: `a start from 0 to ${seconds} seconds and a duration above 0`,
      got: `start ${start}, duration ${duration ?? 'to the end'}`,
    });
  }
  return {
    samples: samples.subarray(Math.round(start * sampleRate), Math.round(end * sampleRate)),
    sampleRate,
  };
}
