import type { Model } from '@audiozoo/core';
import { type AstConfig, readConfig } from './config.js';
import { hearing } from './front-end.js';
import { type AstParameters, build, parameters, parts } from './model.js';
import { attention, outputs } from './outputs.js';
import { audiosetRecipe } from './recipe.js';
import { resizing } from './resize.js';

/** The Audio Spectrogram Transformer, as a plug-in: pass it in `models`. */
export const ast: Model<AstConfig, AstParameters> = {
  type: 'audio-spectrogram-transformer',
  readConfig,
  async completeConfig(config) {
    const { labels } = config;
    if (labels.length !== audiosetRecipe.classes || labels.every(({ mid }) => mid)) return config;
    return { ...config, labels: (await import('./data-set.js')).withIdentifiers(labels) };
  },
  parameters,
  parts,
  outputs,
  build,
  ...hearing,
  attention,
  labels: ({ labels }) => labels,
  problemType: ({ problemType }) => problemType,
  resizing,
  foreignCheckpoint: async () => (await import('./foreign-checkpoint.js')).foreignCheckpoint,
  initialization: async () => (await import('./initialize.js')).initialization,
  freshStart: async () => (await import('./fresh-start.js')).freshStart,
  transformers: async () => (await import('./transformers.js')).transformers,
  zoo: async () => (await import('./zoo.js')).zoo,
};
