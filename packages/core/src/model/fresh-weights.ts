// What weights begin with before any training.

import { seededRandom } from '../random/seeded-random.js';
import { elementCount } from '../tensors/shape.js';
import { tensor } from '../tensors/tensor.js';
import type { ComputedTensor } from './initialization.js';
import type { Parameter } from './parameter.js';
import type { Setting } from './setting.js';

/**
 * Of the normal numbers that transformers begin with, where nobody says another. timm cuts them at ±2, which is a hundred
 * deviations: no number is that large.
 */
export const usualDeviation = 0.02;
export const deviationSetting = {
  kind: 'number',
  help: `of the random numbers of linear layers and positions; ${usualDeviation} by the authors, more for narrow models`,
} as const satisfies Setting;

export interface FreshWeights {
  constant(parameter: Parameter, value: number): ComputedTensor;
  /** As likely anywhere from −`bound` to `bound`. */
  uniform(parameter: Parameter, bound: number): ComputedTensor;
  /** Of mean 0. */
  normal(parameter: Parameter, deviation: number): ComputedTensor;
}

/** The numbers of a parameter hang on the seed and on its name: not on which others there are, or which is asked for first. */
export function freshWeights(seed: number): FreshWeights {
  const filled = ({ name, shape }: Parameter, values: () => () => number): ComputedTensor => ({
    ...{ name, shape },
    compute() {
      const next = values();
      return tensor('float32', shape, Float32Array.from({ length: elementCount(shape) }, next));
    },
  });
  const randomOf = ({ name }: Parameter) => seededRandom(seed, [hashOf(name), 0, 0]);
  return {
    constant: (parameter, value) => filled(parameter, () => () => value),
    uniform: (parameter, bound) =>
      filled(parameter, () => {
        const { uniform } = randomOf(parameter);
        return () => (2 * uniform() - 1) * bound;
      }),
    normal: (parameter, deviation) =>
      filled(parameter, () => {
        const { normal } = randomOf(parameter);
        return () => normal() * deviation;
      }),
  };
}

/** 32 bits of a name: FNV-1a. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
