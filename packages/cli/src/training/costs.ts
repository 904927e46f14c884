// What training would take here, from measured steps.

import {
  type FineTuneOptions,
  fineTune,
  type Recipe,
  type Trainable,
  type TrainingFolder,
  type TrainingSet,
} from '@audiozoo/training';
import { formatDuration } from '../output/duration.js';
import { formatCount } from '../output/format.js';
import type { Session } from '../session/session.js';
import { chooseRecipe, type RecipeFlags } from './recipe.js';

export interface Cost {
  readonly trainable: Trainable;
  /** Seconds before the first epoch: embeddings, which only the head has. */
  readonly once: number;
  readonly secondsPerEpoch: number;
  readonly epochs: number;
  readonly seconds: number;
}

export interface Costs {
  readonly clips: number;
  /** Clips that were run at once. */
  readonly microBatch: number;
  readonly trainables: readonly Cost[];
}

/** As `fineTune` runs them. */
const usualMicroBatch = 8;

/** Makes two steps of each kind of training: the second is what counts. Clips' own time to be read is part of it. */
export async function measureCosts(
  options: Omit<FineTuneOptions, 'out' | 'train'>,
  train: TrainingSet,
  flags: RecipeFlags,
  session: Session,
): Promise<Costs> {
  const microBatch = Math.min(options.microBatch ?? usualMicroBatch, train.clips.length);
  const wanted = new Set<Trainable>([
    'head',
    'last:1',
    'all',
    ...(options.trainable ? [options.trainable] : []),
  ]);
  const trainables: Cost[] = [];
  for (const trainable of wanted) {
    session.note(`Measuring ${trainable}`);
    const chosen = await chooseRecipe(flags, trainable, train);
    const recipe = trainable === 'head' ? { ...chosen, batchNorms: undefined } : chosen; // a head has none
    const { embedding, step } = await measure(
      { ...options, recipe, trainable, microBatch },
      train,
      session.signal,
    );
    const once = embedding * train.clips.length;
    const secondsPerEpoch = (step / microBatch) * train.clips.length;
    const { epochs } = recipe;
    trainables.push({ trainable, once, secondsPerEpoch, epochs, seconds: once + secondsPerEpoch * epochs });
  }
  return { clips: train.clips.length, microBatch, trainables };
}

type MeasuredOptions = Omit<FineTuneOptions, 'out' | 'train' | 'recipe' | 'microBatch'> & {
  readonly recipe: Recipe;
  readonly microBatch: number;
};

/** Seconds that a clip's embedding takes, and a step of `microBatch` clips. */
async function measure(
  options: MeasuredOptions,
  train: TrainingSet,
  signal: AbortSignal,
): Promise<{ embedding: number; step: number }> {
  const { microBatch } = options;
  const enough = new AbortController();
  const ended: number[] = [];
  const heard: number[] = [];
  const clips = Array.from({ length: 2 * microBatch }, (_, at) => train.clips[at % train.clips.length]!);
  await fineTune({
    ...options,
    train: { ...train, clips },
    recipe: { ...options.recipe, batchSize: microBatch, epochs: 1, averagedEpochs: undefined },
    out: nowhere,
    cache: false,
    signal: AbortSignal.any([signal, enough.signal]),
    onProgress(progress) {
      const now = performance.now() / 1000;
      if (progress.phase === 'embedding') heard.push(now);
      if (progress.phase !== 'training') return;
      ended.push(now);
      if (ended.length === 2) enough.abort();
    },
  }).catch((error) => {
    if (!enough.signal.aborted || signal.aborted) throw error;
  });
  const embedding = heard.length > 1 ? (heard.at(-1)! - heard[0]!) / (heard.length - 1) : 0;
  return { embedding, step: ended[1]! - ended[0]! };
}

/** Nothing of it stays. */
const nowhere: TrainingFolder = {
  name: 'nowhere',
  open: async () => undefined,
  write: async () => {},
  remove: async () => {},
};

export function costText({ clips, microBatch, trainables }: Costs): string {
  const rows = trainables.map(({ trainable, once, secondsPerEpoch, epochs, seconds }) => [
    trainable,
    `${once > 0 ? `${formatDuration(once)} once, ` : ''}${formatDuration(secondsPerEpoch)} an epoch`,
    `${epochs} epochs: ${formatDuration(seconds)}`,
  ]);
  const width = (column: number) => Math.max(...rows.map((row) => row[column]!.length));
  return [
    `What ${formatCount(clips)} clips take here, from a measured step of ${microBatch}; clips to judge by come on top:`,
    ...rows.map((row) => `  ${row.map((cell, at) => cell.padEnd(width(at))).join('   ')}`.trimEnd()),
  ].join('\n');
}
