import type { Model } from '@audiozoo/core';
import { type ClapConfig, readConfig } from './config.js';
import { frontEnd, inputs } from './front-end.js';
import { resizing } from './hearing.js';
import { build, type ClapParameters, ignored, parameters, parts } from './model.js';
import { outputs } from './outputs.js';

/** CLAP's tower of sound, as a plug-in: pass it in `models`. That of words is `textTower`. */
export const clap: Model<ClapConfig, ClapParameters> = {
  type: 'clap',
  readConfig,
  parameters,
  parts,
  ignored,
  inputs,
  outputs,
  build,
  frontEnd,
  resizing,
  waveform: async (model) => (await import('./waveform.js')).withWaveform(model),
  textTower: async () => (await import('./text-tower.js')).textTower,
  zoo: async () => (await import('./zoo.js')).zoo,
};
