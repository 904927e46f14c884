import type { Model } from '@audiozoo/core';
import { type AstConfig, readConfig } from './config.js';
import { hearing } from './front-end.js';
import { type AstParameters, build, parameters } from './model.js';
import { outputs } from './outputs.js';
import { resizing } from './resize.js';
import { zoo } from './zoo.js';

/** The Audio Spectrogram Transformer, as a plug-in: pass it in `models`. */
export const ast: Model<AstConfig, AstParameters> = {
  type: 'audio-spectrogram-transformer',
  readConfig,
  parameters,
  outputs,
  build: (ops, weights, inputs, config, asked) =>
    build(ops, weights, { input_values: inputs.input_values! }, config, asked),
  ...hearing,
  labels: ({ labels }) => labels,
  problemType: ({ problemType }) => problemType,
  resizing,
  foreignCheckpoint: async () => (await import('./foreign-checkpoint.js')).foreignCheckpoint,
  initialization: async () => (await import('./initialize.js')).initialization,
  zoo,
};
