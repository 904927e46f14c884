export { type Audio, checkAudio } from './audio.js';
export { createFbank, type Fbank, fbank } from './fbank.js';
export type { FbankOptions } from './fbank-options.js';
export type { FbankStream } from './fbank-stream.js';
export type { Features } from './features.js';
export { type ChannelChoice, toMono } from './mono.js';
export { createResampler, type Resampler, type ResamplingOptions, resample } from './resampler.js';
export type { ResamplingKernel } from './resampling-kernel.js';
export type { WindowName } from './window.js';
