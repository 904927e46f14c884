// The loop: epochs of steps, each a batch of clips, its gradients, an update. Where it is can be written down after any step,
// and everything that follows is a function of that.

import { samplingWeights, shuffledOrder, weightedOrder } from '../data/sampling.js';
import type { Recipe } from '../recipe/recipe.js';
import { learningRateAt } from '../recipe/schedule.js';
import type { Batch, Trainer } from '../trainer/trainer.js';
import type { ClipBatches, DrawnClip } from './clips/clip-batches.js';
import type { Judgement } from './judgement.js';

/** What is known of an epoch once it is over. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** The mean over its clips, each as it was heard when its turn came. */
  readonly loss: number;
  /** Of its last step. */
  readonly learningRate: number;
  /** By clips that were not trained on; absent where there are none. */
  readonly validation?: Pick<Judgement, 'loss' | 'accuracy' | 'mAP'> | undefined;
}

/** Where a training is. Changed as it goes on. */
export interface Place {
  /** Epochs that are over. */
  epoch: number;
  /** Steps of the next that are over. */
  step: number;
  /** Losses of those, each times its clips, and the clips. */
  lossSum: number;
  clipCount: number;
  records: readonly EpochRecord[];
  best: BestEpoch | undefined;
  /** Sums of the weights of epochs that are averaged, in float64. */
  sums: ReadonlyMap<string, Float64Array> | undefined;
}

/** The epoch that is best so far by what the recipe selects by. */
export interface BestEpoch {
  /** From 1. */
  readonly epoch: number;
  readonly figure: number;
  readonly weights: ReadonlyMap<string, Float32Array>;
}

export const beginning = (): Place => ({
  epoch: 0,
  step: 0,
  lossSum: 0,
  clipCount: 0,
  records: [],
  best: undefined,
  sums: undefined,
});

/** A step that has just been made. */
export interface StepRecord {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Of the epoch, from 1. */
  readonly step: number;
  readonly steps: number;
  readonly clips: number;
  /** Of its clips. */
  readonly loss: number;
  readonly learningRate: number;
  /** The norm of all gradients together, before it is clipped. */
  readonly gradientNorm: number;
}

export interface EpochsOptions {
  readonly trainer: Trainer;
  readonly recipe: Recipe;
  /** The recipe's rate, or that of weights that have not heard AudioSet. */
  readonly learningRate: number;
  readonly seed: number;
  readonly clips: readonly { readonly labels: readonly number[] }[];
  readonly batches: ClipBatches;
  /** Clips that are run at once; an update has as many runs as it needs. */
  readonly microBatch: number;
  /** Names of what the head's own rate is for. */
  readonly head: ReadonlySet<string>;
  /** Judges the weights that have just been trained; absent: nothing does. */
  readonly judge?: ((weights: ReadonlyMap<string, Float32Array>) => Promise<Judgement>) | undefined;
  readonly place: Place;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((step: StepRecord) => void) | undefined;
  /** After each step, and after each epoch, once `place` says so. */
  save(kind: 'step' | 'epoch'): Promise<void>;
}

/**
 * Trains until the recipe's last epoch, or until `patience` is at an end. Aborting rejects with the signal's reason, between two steps:
 * `place` and the trainer are then what they were after the last.
 */
export async function trainEpochs(options: EpochsOptions): Promise<void> {
  const { recipe, clips, place, judge, trainer, save } = options;
  const { epochs, batchSize, patience = Infinity, averagedEpochs } = recipe;
  const steps = Math.ceil(clips.length / batchSize);
  while (place.epoch < epochs && !isExhausted(place, patience)) {
    const order = epochOrder(options, place.epoch);
    const draw = (step: number) => {
      if (step >= steps) return undefined;
      const drawing = drawStep(options, order, step);
      drawing.catch(() => {}); // heard when its turn comes
      return drawing;
    };
    let upcoming = draw(place.step);
    while (place.step < steps) {
      options.signal?.throwIfAborted();
      const batches = await upcoming!;
      upcoming = draw(place.step + 1); // while this one runs in another thread
      await trainStep(options, batches, steps);
      await save('step');
    }
    const epoch = place.epoch + 1;
    const weights = trainer.weights();
    const judgement = await judge?.(weights);
    const record: EpochRecord = {
      epoch,
      loss: place.lossSum / place.clipCount,
      learningRate: rateAt(options, steps - 1, steps),
      ...(judgement && {
        validation: { loss: judgement.loss, accuracy: judgement.accuracy, mAP: judgement.mAP },
      }),
    };
    const figure = judgement?.[recipe.selection];
    if (figure !== undefined && figure > (place.best?.figure ?? -Infinity)) {
      place.best = { epoch, figure, weights };
    }
    if (averagedEpochs && epoch >= averagedEpochs[0] && epoch <= averagedEpochs[1]) {
      place.sums = addWeights(place.sums, weights);
    }
    Object.assign(place, { epoch, step: 0, lossSum: 0, clipCount: 0, records: [...place.records, record] });
    await save('epoch');
  }
}

/** Whether so many epochs in a row were no better. */
function isExhausted({ epoch, best }: Place, patience: number): boolean {
  return best !== undefined && epoch - best.epoch >= patience;
}

function epochOrder({ recipe, clips, seed }: EpochsOptions, epoch: number): Uint32Array {
  if (recipe.sampling === 'balanced') return weightedOrder(samplingWeights(clips), { seed, epoch });
  return shuffledOrder(clips.length, { seed, epoch });
}

/** The batches of a step, each as large as is run at once. */
async function drawStep(
  { recipe, batches, microBatch, place, signal }: EpochsOptions,
  order: Uint32Array,
  step: number,
): Promise<readonly Batch[]> {
  const { epoch } = place;
  const start = step * recipe.batchSize;
  const drawn = Array.from(
    order.subarray(start, start + recipe.batchSize),
    (clip, index): DrawnClip => ({
      clip,
      at: start + index,
    }),
  );
  const made: Batch[] = [];
  for (let from = 0; from < drawn.length; from += microBatch) {
    made.push(await batches.batch(drawn.slice(from, from + microBatch), epoch, signal));
  }
  return made;
}

async function trainStep(options: EpochsOptions, batches: readonly Batch[], steps: number): Promise<void> {
  const { trainer, recipe, place, head, signal, onStep } = options;
  const { loss, gradients } = await trainer.gradients(batches, { signal });
  const learningRate = rateAt(options, place.step, steps);
  const { headFactor = 1, clipNorm, epochs } = recipe;
  const rate = (name: string) => (head.has(name) ? learningRate * headFactor : learningRate);
  const gradientNorm = trainer.update(gradients, { rate, clipNorm });
  const clips = batches.reduce((sum, { targets }) => sum + targets.shape[0]!, 0);
  place.step++;
  place.lossSum += loss * clips;
  place.clipCount += clips;
  onStep?.({
    ...{ epoch: place.epoch + 1, epochs, step: place.step, steps },
    ...{ clips, loss, learningRate, gradientNorm },
  });
}

function rateAt(
  { recipe, learningRate, place }: Pick<EpochsOptions, 'recipe' | 'learningRate' | 'place'>,
  step: number,
  stepsPerEpoch: number,
): number {
  const at = { step: place.epoch * stepsPerEpoch + step, stepsPerEpoch, epochs: recipe.epochs };
  const { schedule, warmUp } = recipe;
  return learningRateAt({ learningRate, schedule, warmUp }, at);
}

function addWeights(
  sums: Place['sums'],
  weights: ReadonlyMap<string, Float32Array>,
): ReadonlyMap<string, Float64Array> {
  const added = Array.from(weights, ([name, data]) => {
    const sum = sums?.get(name) ?? new Float64Array(data.length);
    for (let index = 0; index < data.length; index++) sum[index]! += data[index]!;
    return [name, sum] as const;
  });
  return new Map(added);
}

/** The mean of the epochs that were added; undefined where none was. */
export function averagedWeights(
  { sums, epoch }: Pick<Place, 'sums' | 'epoch'>,
  [first, last]: readonly [number, number],
): ReadonlyMap<string, Float32Array> | undefined {
  const count = Math.min(epoch, last) - first + 1;
  if (!sums || count < 1) return undefined;
  return new Map(Array.from(sums, ([name, sum]) => [name, Float32Array.from(sum, (each) => each / count)]));
}
