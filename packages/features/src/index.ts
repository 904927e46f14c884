export { type Audio, checkAudio, checkClips, checkRate, checkSamples } from './audio.js';
export type {
  AudioBufferLike,
  AudioDataLike,
  AudioSource,
  SampledSound,
  SoundFile,
  SoundInMemory,
} from './audio-source.js';
export { createFbank, fbank } from './fbank.js';
export type { FbankOptions } from './fbank-options.js';
export type { FeatureExtractor, FeatureStream, Features } from './feature-extractor.js';
export { melFrequencies } from './mel-frequencies.js';
export { type ChannelChoice, toMono } from './mono.js';
export { type Hearing, overFbank } from './over-fbank.js';
export { createResampler, type Resampler, type ResamplingOptions, resample } from './resampler.js';
export type { ResamplingKernel } from './resampling-kernel.js';
export type { SampleArray } from './sample-array.js';
export { type SpectrogramInput, spectrogramFrontEnd } from './spectrogram-front-end.js';
export type { WindowName } from './window.js';
export { type FbankInput, withFbank } from './with-fbank.js';
