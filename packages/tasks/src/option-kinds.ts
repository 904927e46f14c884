// The options that several functions take, for `checkOptions`.

import type { OptionKinds } from '@audiozoo/core/plugin';
import type { RankOptions } from './classify/audio-classifier.js';
import type { Aggregate, ClassifyOptions } from './classify/classify.js';
import type { WindowOptions } from './classify/classify-windows.js';
import type { AudioOptions } from './sound/audio-input.js';

export const rankOptionKinds = {
  topK: 'count',
  signal: 'signal',
} as const satisfies OptionKinds<RankOptions>;

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

/** Windows whose place the caller does not choose. */
export const movableWindowKinds = {
  ...audioOptionKinds,
  window: 'number',
  hop: 'number',
  batch: 'count',
  onProgress: 'function',
} as const satisfies OptionKinds<Omit<WindowOptions, 'centered'>>;

export const windowOptionKinds = {
  ...movableWindowKinds,
  centered: 'boolean',
} as const satisfies OptionKinds<WindowOptions>;

export const classifyOptionKinds = {
  ...rankOptionKinds,
  ...movableWindowKinds,
  aggregate: { choices: ['mean', 'max', 'none'] satisfies Aggregate[] },
} as const satisfies OptionKinds<ClassifyOptions>;
