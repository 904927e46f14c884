// What a person may hand a task as sound, and how it becomes samples of one channel at a model's rate.

import { AudiozooError } from '@audiozoo/core';
import { type Audio, checkAudio, type ResamplingKernel, resample } from '@audiozoo/features';
import type { SoundDecoder } from '@audiozoo/features/audio';

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

/** Sound → samples of one channel at `sampleRate`. Throws `audio`, `file` and `argument` errors. */
export async function loadAudio(
  input: AudioInput,
  sampleRate: number,
  options: AudioOptions,
): Promise<Float32Array> {
  if (!isSamples(input)) return (await readFile(input, { ...options, sampleRate })).samples;
  const audio = await readInput(input, options);
  return resample(audio.samples, audio.sampleRate, sampleRate, { kernel: options.kernel });
}

/**
 * Sound → samples of one channel at its own rate: `loadAudio` without its last step. With a `sampleRate`, files come
 * at that: it is cheaper while they are read.
 */
export async function readInput(
  input: AudioInput,
  options: AudioOptions & { readonly sampleRate?: number },
): Promise<Audio> {
  if (!isSamples(input)) return readFile(input, options);
  options.signal?.throwIfAborted();
  checkAudio(input);
  return cut(input, options);
}

/** Decoders are loaded when a file comes, so that those who bring samples do not carry them. */
async function readFile(
  input: Exclude<AudioInput, Audio>,
  options: AudioOptions & { readonly sampleRate?: number },
): Promise<Audio> {
  options.signal?.throwIfAborted();
  const { readAudio } = await import('@audiozoo/features/audio');
  return readAudio(input, options);
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
