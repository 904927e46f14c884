export { type Audio, checkAudio, checkClips, checkRate, checkSamples } from './audio.js';
export type {
  AudioBufferLike,
  AudioDataLike,
  AudioSource,
  SampledSound,
  SoundFile,
  SoundInMemory,
} from './audio-source.js';
export { createFbank, type Fbank, fbank } from './fbank.js';
export type { FbankOptions } from './fbank-options.js';
export type { FbankStream } from './fbank-stream.js';
export type { Features } from './features.js';
export { melFrequencies } from './mel-frequencies.js';
export { type ChannelChoice, toMono } from './mono.js';
export { createResampler, type Resampler, type ResamplingOptions, resample } from './resampler.js';
export type { ResamplingKernel } from './resampling-kernel.js';
export type { SampleArray } from './sample-array.js';
export type { WindowName } from './window.js';
export { type FbankInput, withFbank } from './with-fbank.js';
