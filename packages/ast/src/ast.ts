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
    const { withIdentifiers } = await import('./data-set.js');
    return { ...config, labels: withIdentifiers(labels) };
  },
  parameters,
  parts,
  outputs,
  build: (ops, weights, inputs, config, asked) =>
    build(ops, weights, { input_values: inputs.input_values! }, config, asked),
  ...hearing,
  attention,
  labels: ({ labels }) => labels,
  problemType: ({ problemType }) => problemType,
  // transformers has one epsilon for all, the head too.
  transformers: ({ head_layer_norm_eps: epsilon, layer_norm_eps: other }) =>
    typeof epsilon === 'number' && epsilon !== other
      ? [
          '# transformers takes the epsilon of the encoder here too.',
          `classifier.model.classifier.layernorm.eps = ${epsilon}`,
        ]
      : [],
  resizing,
  foreignCheckpoint: async () => (await import('./foreign-checkpoint.js')).foreignCheckpoint,
  initialization: async () => (await import('./initialize.js')).initialization,
  freshStart: async () => (await import('./fresh-start.js')).freshStart,
  zoo: async () => (await import('./zoo.js')).zoo,
};
