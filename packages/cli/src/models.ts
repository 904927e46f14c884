// The models that come along, by the `model_type` of config.json: each package is loaded where its model is met. A new model
// is a line here.

import type { ModelLoader } from '@audiozoo/tasks';

export const models: readonly ModelLoader[] = [
  { type: 'audio-spectrogram-transformer', load: async () => (await import('@audiozoo/ast')).ast },
  { type: 'ced', load: async () => (await import('@audiozoo/ced')).ced },
  { type: 'clap', load: async () => (await import('@audiozoo/clap')).clap },
  { type: 'efficientat', load: async () => (await import('@audiozoo/efficientat')).efficientat },
];
