// What a person may hand a task as sound, and how it becomes samples of one channel at a model's rate.

import { AudiozooError } from '@audiozoo/core';
import { checkOptions } from '@audiozoo/core/plugin';
import {
  type Audio,
  type AudioSource,
  checkAudio,
  checkRate,
  type ResamplingKernel,
  resample,
  type SampleArray,
} from '@audiozoo/features';
import type { SoundDecoder } from '@audiozoo/features/audio';
import { audioOptionKinds } from '../option-kinds.js';
import { checkSeconds, collectClip, type LongestClip } from './clip-length.js';

/** Whatever `readAudio` of @audiozoo/features reads, and samples by themselves, whose rate is then an option. */
export type AudioInput = AudioSource | SampleArray | readonly SampleArray[];

export interface AudioOptions {
  /**
   * Which channel of several to hear: its number from 0, or `mean` for the average of all. The first (0)
   * when absent, as the official AST pipeline.
   */
  readonly channel?: number | 'mean' | undefined;
  /** Hertz of samples that come by themselves. All other sound knows its own. */
  readonly sampleRate?: number | undefined;
  /** How to change the sample rate: torchaudio's default kernel when absent. */
  readonly kernel?: ResamplingKernel | undefined;
  /** Seconds from the beginning to skip. */
  readonly start?: number | undefined;
  /** Seconds to hear; to the end when absent. */
  readonly duration?: number | undefined;
  /** Decoders of compressed sound, such as @audiozoo/codecs makes; those the classifier was loaded with when absent. */
  readonly decoders?: readonly SoundDecoder[] | undefined;
  /** Only this one: `ffmpeg` (Node), `browser`, or the name of one of `decoders`. `auto`, whichever can, when absent. */
  readonly decoder?: string | undefined;
  /** Called with what a person should know of sound that came although something is wrong with its file. */
  readonly onNote?: ((note: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sound → samples of one channel at `sampleRate`. Throws `audio`, `file` and `argument` errors, and `audio-too-long`
 * when it is more than `maxSamples`: before it is read and resampled, where its length is known.
 */
export async function loadAudio(
  input: AudioInput,
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
  input: AudioInput,
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
  const { source, readingOptions, readAudio, openAudioStream } = await reader(input, options);
  if (!longest) return readAudio(source, readingOptions);
  const { sampleRate, maxSamples } = longest;
  if (maxSamples === Infinity) return readAudio(source, { ...readingOptions, sampleRate });
  const stream = await openAudioStream(source, { ...readingOptions, sampleRate });
  try {
    checkSeconds(stream.seconds, longest);
    return { samples: await collectClip(stream, longest), sampleRate };
  } finally {
    await stream.close();
  }
}

/**
 * What reads all that is not plain samples, and what to tell it. It is loaded when the first comes, so that those
 * who bring samples do not carry it.
 */
export async function reader(input: AudioInput, { sampleRate, ...readingOptions }: AudioOptions) {
  const { openAudioStream, readAudio, soundAt } = await import('@audiozoo/features/audio');
  const source = sampleRate === undefined ? (input as AudioSource) : soundAt(input, sampleRate);
  return { source, readingOptions, readAudio, openAudioStream };
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
      expected: `a start from 0 to ${seconds} seconds and a duration above 0`,
      got: `start ${start}, duration ${duration ?? 'to the end'}`,
    });
  }
  return {
    samples: samples.subarray(Math.round(start * sampleRate), Math.round(end * sampleRate)),
    sampleRate,
  };
}
