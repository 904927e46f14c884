import type { Model } from '@audiozoo/core';
import { audiosetClasses, type CedConfig, readConfig, relabel } from './config.js';
import { hearing } from './front-end.js';
import { build, type CedParameters, ignored, parameters, parts } from './model.js';
import { outputs } from './outputs.js';
import { resizing } from './resize.js';

/** CED, as a plug-in: pass it in `models`. */
export const ced: Model<CedConfig, CedParameters> = {
  type: 'ced',
  readConfig,
  async completeConfig(config) {
    const { labels } = config;
    if (labels.length !== audiosetClasses || labels.every(({ mid }) => mid)) return config;
    const { withAudiosetLabels } = await import('./audioset.js');
    return { ...config, labels: withAudiosetLabels(labels) };
  },
  parameters,
  parts,
  ignored,
  outputs,
  build,
  ...hearing,
  labels: ({ labels }) => labels,
  problemType: ({ problemType }) => problemType,
  relabel,
  resizing,
  foreignCheckpoint: async () => (await import('./checkpoint.js')).foreignCheckpoint,
  freshStart: async () => (await import('./fresh-start.js')).freshStart,
  zoo: async () => (await import('./zoo.js')).zoo,
};
