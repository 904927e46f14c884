// Losses of logits and targets. Both kinds are Σ factor · potential(logits) − offset · logit, where the potential is ln(1 + e^x)
// of each label by itself, or the logarithm of the sum of a row's powers. So their gradient at the logits is factor · score −
// offset, with a sigmoid or a softmax, and whatever a loss is told (soft targets, smoothing, weights, what is ignored)
// is in these two numbers. The graph gets them as inputs; the loss itself is summed outside, in float64.

import { AudiozooError, type Tensor, tensor } from '@audiozoo/core';
import { checkOptions, formatShape, type OptionKinds, sameShape } from '@audiozoo/core/plugin';
import type { Scores } from '../gradient/training-step.js';

export interface LossOptions {
  /**
   * `bce`: binary cross-entropy, each label by itself, the mean over rows and labels, as `torch.nn.BCEWithLogitsLoss`.
   * `ce`: cross-entropy of a softmax, the mean over rows, as `torch.nn.CrossEntropyLoss` of probabilities.
   */
  readonly kind: 'bce' | 'ce';
  /** How much of each target goes to all labels alike (`bce`: to yes and no); 0 when absent. As PyTorch's. */
  readonly labelSmoothing?: number | undefined;
  /** What each label's part of the loss is multiplied by; 1 when absent. As PyTorch's `weight` of probabilities: means divide by rows. */
  readonly classWeights?: readonly number[] | undefined;
}

const optionKinds = {
  kind: { choices: ['bce', 'ce'] },
  labelSmoothing: 'number',
  classWeights: 'list',
} as const satisfies OptionKinds<LossOptions>;

/** A target that says nothing: of `bce`, about one label; of `ce`, about its whole row. Means leave it out. */
export const ignoredTarget = -1;

/** Tensors are [..., labels]. */
export interface Loss {
  readonly scores: Scores;
  /**
   * How much counts: labels of `bce`, rows of `ce`. Throws a `shape` error on targets of other labels, an `argument` error
   * unless each is from 0 to 1, or ignored.
   */
  count(targets: Tensor<'float32'>): number;
  /** The sum over what counts. */
  sum(logits: Tensor<'float32'>, targets: Tensor<'float32'>): number;
  /** Of the sum divided by `count`. */
  terms(targets: Tensor<'float32'>, count: number): Record<'factor' | 'offset', Tensor<'float32'>>;
}

interface LossKind {
  readonly scores: Scores;
  /** How much of a row counts. */
  count(targets: Float32Array): number;
  /** Of each label of a row. */
  terms(targets: Float32Array): RowTerms;
  /** What a row's potentials come to, each times its factor. */
  potential(logits: Float32Array, factors: Float64Array): number;
}

interface RowTerms {
  readonly factors: Float64Array;
  readonly offsets: Float64Array;
}

/** Throws an `argument` error on options that make no sense for so many labels. */
export function createLoss(options: LossOptions, labels: number): Loss {
  checkOptions('the loss', options, optionKinds, { path: 'loss.' });
  const { kind, labelSmoothing = 0, classWeights = Array<number>(labels).fill(1) } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw refused('labelSmoothing', 'a number from 0, below 1', `${labelSmoothing}`);
  }
  const areWeights = classWeights.every((weight) => Number.isFinite(weight) && weight >= 0);
  if (classWeights.length !== labels || !areWeights) {
    throw refused('classWeights', `${labels} numbers, none below 0`, `${classWeights.length} items`);
  }
  const { scores, count, terms, potential } =
    kind === 'bce'
      ? binaryCrossEntropy(labelSmoothing, classWeights)
      : crossEntropy(labelSmoothing, classWeights);

  const rowsOf = ({ data }: Tensor<'float32'>) =>
    Array.from({ length: data.length / labels }, (_, row) => data.subarray(row * labels, (row + 1) * labels));

  return {
    scores,
    count(targets) {
      checkTargets(targets, labels);
      return rowsOf(targets).reduce((sum, row) => sum + count(row), 0);
    },
    sum(logits, targets) {
      if (!sameShape(logits.shape, targets.shape)) throw misfit(formatShape(logits.shape), targets);
      const ofTargets = rowsOf(targets);
      return rowsOf(logits).reduce((sum, row, index) => {
        const { factors, offsets } = terms(ofTargets[index]!);
        let agreement = 0;
        row.forEach((logit, label) => {
          agreement += offsets[label]! * logit;
        });
        return sum + potential(row, factors) - agreement;
      }, 0);
    },
    terms(targets, count) {
      const factor = tensor('float32', targets.shape, new Float32Array(targets.data.length));
      const offset = tensor('float32', targets.shape, new Float32Array(targets.data.length));
      rowsOf(targets).forEach((row, index) => {
        const { factors, offsets } = terms(row);
        for (let label = 0; label < labels; label++) {
          factor.data[index * labels + label] = factors[label]! / count;
          offset.data[index * labels + label] = offsets[label]! / count;
        }
      });
      return { factor, offset };
    },
  };
}

function binaryCrossEntropy(smoothing: number, weights: readonly number[]): LossKind {
  return {
    scores: 'sigmoid',
    count: (targets) => targets.filter((target) => target !== ignoredTarget).length,
    terms(targets) {
      const factors = new Float64Array(weights.length);
      const offsets = new Float64Array(weights.length);
      targets.forEach((target, label) => {
        if (target === ignoredTarget) return;
        factors[label] = weights[label]!;
        offsets[label] = weights[label]! * (target * (1 - smoothing) + smoothing / 2);
      });
      return { factors, offsets };
    },
    potential: (logits, factors) =>
      logits.reduce((sum, logit, label) => sum + factors[label]! * softplus(logit), 0),
  };
}

function crossEntropy(smoothing: number, weights: readonly number[]): LossKind {
  const isIgnored = (targets: Float32Array) => targets.includes(ignoredTarget);
  return {
    scores: 'softmax',
    count: (targets) => (isIgnored(targets) ? 0 : 1),
    terms(targets) {
      const factors = new Float64Array(weights.length);
      const offsets = new Float64Array(weights.length);
      if (isIgnored(targets)) return { factors, offsets };
      let sum = 0;
      targets.forEach((target, label) => {
        offsets[label] = weights[label]! * (target * (1 - smoothing) + smoothing / weights.length);
        sum += offsets[label]!;
      });
      return { factors: factors.fill(sum), offsets };
    },
    potential: (logits, [factor = 0]) => factor * logarithmOfPowers(logits),
  };
}

/** ln(1 + eˣ) */
function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

function logarithmOfPowers(row: Float32Array): number {
  const largest = row.reduce((most, item) => Math.max(most, item), -Infinity);
  return largest + Math.log(row.reduce((sum, item) => sum + Math.exp(item - largest), 0));
}

function checkTargets(targets: Tensor<'float32'>, labels: number): void {
  if (targets.shape.length < 2 || targets.shape.at(-1) !== labels) throw misfit(`[B, ${labels}]`, targets);
  const wrong = targets.data.find((target) => !(target >= 0 && target <= 1) && target !== ignoredTarget);
  if (wrong === undefined) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'a target is no share of a label',
    expected: `a number from 0 to 1, or ${ignoredTarget} for what is to be ignored`,
    got: `${wrong}`,
  });
}

function misfit(expected: string, { shape }: Tensor<'float32'>): AudiozooError {
  const what = 'the targets do not fit the logits';
  return new AudiozooError({ code: 'shape', what, expected, got: formatShape(shape) });
}

function refused(option: string, expected: string, got: string): AudiozooError {
  const what = `${option} of the loss makes no sense`;
  return new AudiozooError({ code: 'argument', what, expected, got, option: `loss.${option}` });
}
