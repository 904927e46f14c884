import type { Model } from '@audiozoo/core';
import { type EfficientatConfig, readConfig } from './config.js';
import { hearing } from './front-end.js';
import { build, type EfficientatParameters, ignored, parameters, parts } from './model.js';
import { outputs } from './outputs.js';
import { resizing } from './resize.js';

/** EfficientAT (mn and frame_mn), as a plug-in: pass it in `models`. */
export const efficientat: Model<EfficientatConfig, EfficientatParameters> = {
  type: 'efficientat',
  readConfig,
  parameters,
  parts,
  ignored,
  outputs,
  build,
  ...hearing,
  labels: ({ labels }) => labels,
  problemType: ({ problemType }) => problemType,
  resizing,
  foreignCheckpoint: async () => (await import('./checkpoint.js')).foreignCheckpoint,
  freshStart: async () => (await import('./fresh-start.js')).freshStart,
  zoo: async () => (await import('./zoo.js')).zoo,
};
