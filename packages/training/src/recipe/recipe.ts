// How a model is trained, as data: what can be written down before the first step.

import { checkOptions, type OptionKinds, refusing } from '@audiozoo/core/plugin';
import { type Augmentation, checkAugmentation } from '../augment/augmentation.js';
import type { BatchNormMode } from '../gradient/batch-norms.js';
import type { LossOptions } from '../loss/loss.js';
import type { OptimizerOptions } from '../optimizer/optimizer.js';
import { checkRatePlan, type RatePlan } from './schedule.js';

export interface Recipe extends RatePlan {
  /** Of weights that have not heard AudioSet, where that is another; absent: `learningRate`. */
  readonly learningRateWithoutAudioset?: number | undefined;
  /** What the head's rate is multiplied by; 1 when absent. */
  readonly headFactor?: number | undefined;
  readonly epochs: number;
  /** Clips in an update, however they are divided among steps. */
  readonly batchSize: number;
  readonly loss: LossOptions;
  readonly optimizer: OptimizerOptions;
  /**
   * `trained`: batch norms in front of what trains normalize by each batch, and their scales and shifts train, as from nothing
   * they must; `frozen`, and absent: they stay as they are, as models that have heard much should.
   */
  readonly batchNorms?: BatchNormMode | undefined;
  /** Gradients are clipped to this norm; absent: they are not. */
  readonly clipNorm?: number | undefined;
  /** `shuffled`: each clip once an epoch. `balanced`: as many, by `samplingWeights`, with replacement. */
  readonly sampling: 'shuffled' | 'balanced';
  readonly augmentation: Augmentation;
  /** Frames that clips are cut or padded to; absent: as the model has it. */
  readonly frames?: number | undefined;
  /** What epochs are compared by, on clips that were not trained on. */
  readonly selection: 'mAP' | 'accuracy';
  /** The mean of the weights of these epochs, first and last, counted from 1, is the result; absent: of one epoch. */
  readonly averagedEpochs?: readonly [number, number] | undefined;
  /** Training ends when so many epochs in a row were no better; absent: it does not. */
  readonly patience?: number | undefined;
}

const optionKinds = {
  learningRate: 'number',
  learningRateWithoutAudioset: 'number',
  headFactor: 'number',
  schedule: 'record',
  warmUp: 'record',
  epochs: 'count',
  batchSize: 'count',
  loss: 'record',
  optimizer: 'record',
  batchNorms: { choices: ['frozen', 'trained'] },
  clipNorm: 'number',
  sampling: { choices: ['shuffled', 'balanced'] },
  augmentation: 'record',
  frames: 'count',
  selection: { choices: ['mAP', 'accuracy'] },
  averagedEpochs: 'list',
  patience: 'count',
} as const satisfies OptionKinds<Recipe>;

const required: readonly (keyof Recipe)[] = [
  'learningRate',
  'schedule',
  'epochs',
  'batchSize',
  'loss',
  'optimizer',
  'sampling',
  'augmentation',
  'selection',
];

/** Throws an `argument` error on a recipe that makes no sense; the loss and the optimizer check theirs where they are made. */
export function checkRecipe(recipe: Recipe): void {
  checkOptions('the recipe', recipe, optionKinds);
  const refuse = refusing('argument', 'the recipe');
  const missing = required.find((name) => recipe[name] === undefined);
  if (missing !== undefined) throw refuse(`has no ${missing}`, { option: missing });
  checkRatePlan(recipe);
  checkAugmentation(recipe.augmentation);

  const { epochs, averagedEpochs, headFactor = 1, clipNorm = 1, learningRateWithoutAudioset = 0 } = recipe;
  const expected = 'a number above 0';
  if (!(headFactor >= 0 && headFactor < Infinity)) {
    throw refuse('has no such headFactor', {
      expected: 'a number from 0',
      got: `${headFactor}`,
      option: 'headFactor',
    });
  }
  if (!(clipNorm > 0)) {
    throw refuse('has no such clipNorm', { expected, got: `${clipNorm}`, option: 'clipNorm' });
  }
  if (!(learningRateWithoutAudioset >= 0 && learningRateWithoutAudioset < Infinity)) {
    const option = 'learningRateWithoutAudioset';
    throw refuse(`has no such ${option}`, { expected, got: `${learningRateWithoutAudioset}`, option });
  }
  if (averagedEpochs === undefined) return;
  const [first, last] = averagedEpochs;
  const areWhole = averagedEpochs.length === 2 && averagedEpochs.every(Number.isInteger);
  if (areWhole && first >= 1 && first <= last && last <= epochs) return;
  throw refuse('averages other epochs than it has', {
    expected: `two numbers from 1 to ${epochs}, the first not above the second`,
    got: JSON.stringify(averagedEpochs),
    option: 'averagedEpochs',
  });
}
