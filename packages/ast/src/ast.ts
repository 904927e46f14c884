import type { Model } from '@audiozoo/core';
import { officialCheckpoint } from './checkpoint.js';
import { type AstConfig, readConfig } from './config.js';
import { frontEnd } from './front-end.js';
import { type AstParameters, build, parameters } from './model.js';

/** The Audio Spectrogram Transformer, as a plug-in: pass it in `models`. */
export const ast: Model<AstConfig, AstParameters> = {
  type: 'audio-spectrogram-transformer',
  readConfig,
  parameters,
  inputs: ({ frames, melBins }) => ({ input_values: { shape: [frames, melBins] } }),
  outputs: ({ labels, embedDim }) => ({
    logits: { shape: [labels.length] },
    embedding: { shape: [embedDim] },
  }),
  build: (ops, weights, inputs, config) =>
    build(ops, weights, { input_values: inputs.input_values! }, config),
  frontEnd,
  labels: ({ labels }) => labels,
  problemType: ({ problemType }) => problemType,
  foreignCheckpoint: officialCheckpoint,
};
