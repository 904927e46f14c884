// What a person may hand a task as sound, and how it becomes samples of one channel at a model's rate.

import { AudiozooError } from '@audiozoo/core';
import { type Audio, checkAudio, type ResamplingKernel, resample } from '@audiozoo/features';
import type { SoundDecoder } from '@audiozoo/features/audio';
import { checkSeconds, collectClip, type LongestClip } from './clip-length.js';

/** A browser's AudioBuffer, by the parts that are read. */
export interface AudioBufferLike {
  readonly sampleRate: number;
  readonly numberOfChannels: number;
  getChannelData(channel: number): Float32Array;
}

/** Samples in memory, a path or file URL (Node), a Blob or File, or a decoded AudioBuffer (browsers). */
export type AudioInput = Audio | string | URL | Blob | AudioBufferLike;

export interface AudioOptions {
  /**
   * Which channel of several to hear: its number from 0, or `mean` for the average of all. The first (0)
   * when absent, as the official AST pipeline.
   */
  readonly channel?: number | 'mean' | undefined;
  /** How to change the sample rate: torchaudio's default kernel when absent. */
  readonly kernel?: ResamplingKernel | undefined;
  /** Seconds from the beginning to skip. */
  readonly start?: number | undefined;
  /** Seconds to hear; to the end when absent. */
  readonly duration?: number | undefined;
  /** Decoders of compressed sound, such as those of @audiozoo/codecs, tried before ffmpeg or the browser. */
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
  options: AudioOptions,
  maxSamples = Infinity,
): Promise<Float32Array> {
  const longest = { sampleRate, maxSamples };
  const audio = await readInput(input, options, longest);
  if (audio.sampleRate === sampleRate) return audio.samples;
  return resample(audio.samples, audio.sampleRate, sampleRate, { kernel: options.kernel });
}

/**
 * Sound → samples of one channel: in memory at its own rate, files at that of `longest`, which is cheaper while they
 * are read. Throws as `loadAudio` does.
 */
export async function readInput(
  input: AudioInput,
  options: AudioOptions,
  longest?: LongestClip,
): Promise<Audio> {
  options.signal?.throwIfAborted();
  if (!isSamples(input)) return readFile(input, options, longest);
  checkAudio(input);
  const audio = cut(input, options);
  if (longest) checkSeconds(audio.samples.length / audio.sampleRate, longest);
  return audio;
}

/** Decoders are loaded when a file comes, so that those who bring samples do not carry them. */
async function readFile(
  input: Exclude<AudioInput, Audio>,
  options: AudioOptions,
  longest: LongestClip | undefined,
): Promise<Audio> {
  const { openAudioStream, readAudio } = await import('@audiozoo/features/audio');
  if (!longest) return readAudio(input, options);
  const { sampleRate, maxSamples } = longest;
  if (maxSamples === Infinity) return readAudio(input, { ...options, sampleRate });
  const stream = await openAudioStream(input, { ...options, sampleRate });
  try {
    checkSeconds(stream.seconds, longest);
    return { samples: await collectClip(stream, longest), sampleRate };
  } finally {
    await stream.close();
  }
}

export function isSamples(input: AudioInput): input is Audio {
  return typeof input === 'object' && input !== null && 'samples' in input;
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
