// What batch norms that train keep of the batches they hear, for those who classify later: running means and variances.

import { AudiozooError, type FoldedBatchNorm, type Outputs } from '@audiozoo/core';
import { batchStatisticOf } from '../gradient/batch-norms.js';

export interface NormStatistics {
  /** By name, as files hold them. */
  readonly values: ReadonlyMap<string, Float32Array>;
  /** Takes note of what a step says of its batch. Throws an `argument` error where that has no variance. */
  hear(outputs: Outputs): void;
  /** Forgets what was heard since the last update. */
  forget(): void;
  /** Keeps what was heard: of that before the `steps`th update, from 1. */
  keep(steps: number): void;
}

/**
 * Of these norms, from `values` on. As PyTorch's: a batch counts for `momentum`, and the batches of an update one after another.
 * Only a norm from nothing, of mean 0 and variance 1, keeps the mean of all batches until one counts for less than that: what it
 * begins with was never heard, and would count for long.
 */
export function createNormStatistics(
  norms: readonly FoldedBatchNorm[],
  values: ReadonlyMap<string, Float32Array>,
): NormStatistics {
  const isFromNothing = new Set(
    norms.filter(
      ({ mean, variance }) =>
        values.get(mean.name)!.every((value) => value === 0) &&
        values.get(variance.name)!.every((value) => value === 1),
    ),
  );
  let heard: Outputs[] = [];
  return {
    values,
    hear(outputs) {
      const names = norms.flatMap(({ mean, variance }) => [mean.name, variance.name]);
      const odd = names.find((name) => !outputs[batchStatisticOf(name)]!.data.every(Number.isFinite));
      if (odd !== undefined) throw withoutVariance(odd);
      heard.push(Object.fromEntries(names.map((name) => [name, outputs[batchStatisticOf(name)]!])));
    },
    forget() {
      heard = [];
    },
    keep(steps) {
      heard.forEach((batch, index) => {
        const before = (steps - 1) * heard.length + index;
        for (const norm of norms) {
          const share = isFromNothing.has(norm) ? Math.max(norm.momentum, 1 / (before + 1)) : norm.momentum;
          for (const { name } of [norm.mean, norm.variance]) {
            const kept = values.get(name)!;
            batch[name]!.data.forEach((value, channel) => {
              kept[channel]! += share * (value - kept[channel]!);
            });
          }
        }
      });
      heard = [];
    },
  };
}

function withoutVariance(name: string): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: `a batch has no finite ${name}`,
    expected: 'two elements at least of each channel, for a batch norm that trains',
    hint: 'Take more or longer clips into a batch, or lower the learning rate. The weights are as they were.',
    details: { parameter: name },
  });
}
