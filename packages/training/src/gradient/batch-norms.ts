// Batch norms that train. Models are built with them folded into the convolutions before them; here they are apart again:
// in a step each normalizes by what it hears in that batch, and tells what that was (Ioffe and Szegedy, arXiv:1502.03167).

import type { AnyModel, FoldedBatchNorm, Ops, Parameter, TrainingOps } from '@audiozoo/core';
import { listParameters } from '@audiozoo/core/plugin';
import type { Tape, Value } from './tape.js';

/** What of a model's batch norms trains: nothing, or scales and shifts while statistics are those of batches. */
export type BatchNormMode = 'frozen' | 'trained';

/** The batch norms of a model that can train: those behind convolutions. */
export function trainableBatchNorms(model: AnyModel, config: unknown): readonly FoldedBatchNorm[] {
  return listParameters(model.parameters(config)).flatMap(({ derived }) => derived?.batchNorm ?? []);
}

/** What is given to a step in the place of a parameter of `build`, where `norms` are apart: the first is what `build` gets. */
export function apart(norms: readonly FoldedBatchNorm[]): (parameter: Parameter) => readonly Parameter[] {
  const ofBias = new Map(norms.map((norm) => [norm.foldedBias, [norm.shift, norm.scale]]));
  const ofWeight = new Map(norms.map((norm) => [norm.weight.name, [norm.weight]]));
  return (parameter) => {
    const weight = parameter.derived?.batchNorm?.weight;
    return (weight ? ofWeight.get(weight.name) : ofBias.get(parameter.name)) ?? [parameter];
  };
}

/** The output that holds what a batch has of a mean or a variance that is kept. */
export const batchStatisticOf = (parameter: string): string => `${parameter}.batch`;

/**
 * `traced` with the norms behind their convolutions, in the place of the bias that comes of folding. `weights` has the values of
 * the step's parameters by name; `tell` hears the statistics of the batch.
 */
export function withBatchNorms<T>(
  ops: TrainingOps<T>,
  tape: Tape<T>,
  traced: Ops<Value<T>>,
  norms: readonly FoldedBatchNorm[],
  weights: ReadonlyMap<string, Value<T>>,
  tell: (statistic: string, value: T) => void,
): Ops<Value<T>> {
  const behind = new Map(norms.map((norm) => [weights.get(norm.weight.name)!, norm]));
  return {
    ...traced,
    conv2d(x, weight, bias, options) {
      const norm = behind.get(weight);
      if (!norm) return traced.conv2d(x, weight, bias, options);
      const { epsilon } = norm;
      const image = traced.conv2d(x, weight, undefined, options);
      const [scale, shift] = [weights.get(norm.scale.name)!, weights.get(norm.shift.name)!];
      const { y, ...taken } = ops.batchNorm(image.tensor, scale.tensor, shift.tensor, { epsilon });
      tell(batchStatisticOf(norm.mean.name), taken.mean);
      tell(batchStatisticOf(norm.variance.name), taken.sampleVariance);
      return tape.record(y, [image, scale, shift], (dy) => {
        const gradient = ops.batchNormGradient(image.tensor, taken, scale.tensor, dy, { epsilon });
        return [gradient.x, gradient.scale, gradient.shift];
      });
    },
  };
}
