// How to hear sound: one set of options for all that takes it.

import { checkOptions, type OptionKinds } from '@audiozoo/core/plugin';
import { checkDecoders, type SoundDecoder } from './audio/sound-decoder.js';
import type { ChannelChoice } from './mono.js';
import type { ResamplingKernel } from './resampling-kernel.js';

export interface AudioOptions {
  /** The channel to hear, from 0, or `mean` for the average of all. Default 0, as the official AST pipeline. */
  readonly channel?: ChannelChoice | undefined;
  /** Hertz of samples that come by themselves. All other sound knows its own. */
  readonly sampleRate?: number | undefined;
  /** How to resample. Default `sinc_hann`, torchaudio's. */
  readonly kernel?: ResamplingKernel | undefined;
  /** Seconds to skip. Default 0. */
  readonly start?: number | undefined;
  /** Seconds to hear. Default: to the end. */
  readonly duration?: number | undefined;
  /** Decoders of compressed sound, tried before ffmpeg or the browser: see `@audiozoo/codecs`. */
  readonly decoders?: readonly SoundDecoder[] | undefined;
  /** `ffmpeg` (Node), `browser`, or the name of one of `decoders`: only that one. Default `auto`: whichever can. */
  readonly decoder?: string | undefined;
  /**
   * Called with what a person should know of sound that came although something is wrong with its file, or, in
   * Node, although the channel that is heard is silent and another is not.
   */
  readonly onNote?: ((note: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const audioOptionKinds = {
  channel: ['number', 'string'],
  sampleRate: 'number',
  kernel: 'string',
  start: 'number',
  duration: 'number',
  decoders: 'list',
  decoder: 'string',
  onNote: 'function',
  signal: 'signal',
} as const satisfies OptionKinds<AudioOptions>;

export interface ReadAudioOptions extends AudioOptions {
  /** Hertz of what comes. Default: the sound's own. */
  readonly resampleTo?: number | undefined;
}

const readAudioOptionKinds = {
  ...audioOptionKinds,
  resampleTo: 'number',
} as const satisfies OptionKinds<ReadAudioOptions>;

/** Throws an `argument` error unless these are options of reading sound. */
export function checkReadAudioOptions(options: ReadAudioOptions): void {
  checkOptions('readAudio', options, readAudioOptionKinds);
  checkDecoders(options.decoders);
}
