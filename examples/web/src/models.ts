// The models that the page knows, each fetched when it is met.

import type { ModelLoader } from '@audiozoo/tasks';

export const models: readonly ModelLoader[] = [
  { type: 'audio-spectrogram-transformer', load: async () => (await import('@audiozoo/ast')).ast },
  { type: 'ced', load: async () => (await import('@audiozoo/ced')).ced },
  { type: 'clap', load: async () => (await import('@audiozoo/clap')).clap },
  { type: 'efficientat', load: async () => (await import('@audiozoo/efficientat')).efficientat },
];
