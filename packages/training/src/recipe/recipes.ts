// The recipes of AST (Gong, Chung, Glass: AST, Interspeech 2021), figure by figure as the official code runs them: egs/audioset,
// egs/esc50 and egs/speechcommands. Where ours do other than theirs:
// - Numbers are float32 throughout; theirs mix in float16.
// - Losses are of logits. Theirs reports validation losses of what a sigmoid has been put over already, and its cross-entropy
//   cuts soft labels of mixup to zeros.
// - Where clips are shorter than a mask is wide, masks stay inside (`drawMask`).

import type { OptimizerOptions } from '../optimizer/optimizer.js';
import type { Recipe } from './recipe.js';
import type { WarmUp } from './schedule.js';

/** Adam with its decay added to gradients (L2), not AdamW. */
const optimizer: OptimizerOptions = { kind: 'adam', betas: [0.95, 0.999], weightDecay: 5e-7 };
/** So that the first 50 steps change nothing. */
const warmUp: WarmUp = { steps: 1000, every: 50, overridesSchedule: true };
const mixup = { rate: 0.5, concentration: 10 };

/** AudioSet's two million clips, from weights of ImageNet (DeiT). The averaged model is the result. */
const audiosetFull: Recipe = {
  learningRate: 1e-5,
  schedule: { kind: 'milestones', from: 2, every: 1, factor: 0.5 },
  warmUp,
  epochs: 5,
  batchSize: 12,
  loss: { kind: 'bce' },
  optimizer,
  sampling: 'balanced',
  augmentation: { mixup, masks: { frequency: 48, time: 192 } },
  frames: 1024,
  selection: 'mAP',
  averagedEpochs: [1, 5],
};

/** AudioSet's 22,000 clips that are balanced, from weights of ImageNet (DeiT). */
const audiosetBalanced: Recipe = {
  learningRate: 5e-5,
  schedule: { kind: 'milestones', from: 10, every: 5, factor: 0.5 },
  warmUp,
  epochs: 25,
  batchSize: 12,
  loss: { kind: 'bce' },
  optimizer,
  sampling: 'shuffled',
  augmentation: { mixup, masks: { frequency: 48, time: 192 } },
  frames: 1024,
  selection: 'mAP',
  averagedEpochs: [6, 25],
};

/** ESC-50's five folds, from weights of ImageNet and AudioSet. One epoch is chosen for all folds, by their mean accuracy. */
const esc50: Recipe = {
  learningRate: 1e-5,
  learningRateWithoutAudioset: 1e-4,
  schedule: { kind: 'milestones', from: 5, every: 1, factor: 0.85 },
  epochs: 25,
  batchSize: 48,
  loss: { kind: 'ce' },
  optimizer,
  sampling: 'shuffled',
  augmentation: { masks: { frequency: 24, time: 96 } },
  frames: 512,
  selection: 'accuracy',
};

/** Speech Commands, version 2 of 35 words, from weights of ImageNet (DeiT). */
const speechCommands: Recipe = {
  learningRate: 2.5e-4,
  schedule: { kind: 'milestones', from: 5, every: 1, factor: 0.85 },
  epochs: 30,
  batchSize: 128,
  loss: { kind: 'bce' },
  optimizer,
  sampling: 'shuffled',
  augmentation: {
    mixup: { rate: 0.6, concentration: 10 },
    masks: { frequency: 48, time: 48 },
    noise: { most: 0.1 },
    roll: { back: 10, ahead: 9 },
  },
  frames: 128,
  selection: 'accuracy',
};

/** Ours: a new head on embeddings that stay as they are. */
const head: Recipe = {
  learningRate: 1e-3,
  schedule: { kind: 'cosine' },
  epochs: 100,
  batchSize: 64,
  loss: { kind: 'ce' },
  optimizer: { kind: 'adamw', weightDecay: 0.01 },
  sampling: 'shuffled',
  augmentation: {},
  selection: 'accuracy',
};

/** Ours: a few blocks, or all, of a model that has heard AudioSet, on some hundred clips. */
const fineTuning: Recipe = {
  learningRate: 2e-5,
  headFactor: 20,
  schedule: { kind: 'cosine' },
  epochs: 20,
  batchSize: 16,
  loss: { kind: 'ce' },
  optimizer: { kind: 'adamw', weightDecay: 0.01 },
  clipNorm: 1,
  sampling: 'shuffled',
  augmentation: { masks: { frequency: 24, time: 96 } },
  selection: 'accuracy',
};

/** Ours: adapters begin at nothing and are few, so that they bear larger steps. */
const lora: Recipe = { ...fineTuning, learningRate: 5e-4, headFactor: 1 };

export const recipes = {
  audiosetFull,
  audiosetBalanced,
  esc50,
  speechCommands,
  head,
  fineTuning,
  lora,
} as const;
