// Low-rank adapters (Hu et al., "LoRA", arXiv:2106.09685): beside a weight W that stays as it is, two small ones train, and the
// layer multiplies by W + B · A. B begins at zero, so that training begins from the model as it was.

import {
  type AnyModel,
  type Ops,
  type Parameter,
  type Tensor,
  tensor,
  toFloat32,
  type Weights,
} from '@audiozoo/core';
import { modelTensors, parameter, readParameter } from '@audiozoo/core/plugin';
import type { AddedParameters } from '../gradient/training-step.js';
import { createRandom } from '../random/random.js';

export interface AdapterOptions {
  /** The weights of linear layers [out, in] that adapters go beside. */
  readonly beside: readonly Parameter[];
  /** How many rows A has, and columns B. */
  readonly rank: number;
  /** What A begins as hangs on it; 0 when absent. */
  readonly seed?: number | undefined;
}

export interface Adapters extends AddedParameters {
  /** What they begin as. */
  readonly values: Readonly<Record<string, Tensor<'float32'>>>;
}

const namesOf = (weight: string) => ({ down: `${weight}.lora_a`, up: `${weight}.lora_b` });

export function createAdapters({ beside, rank, seed = 0 }: AdapterOptions): Adapters {
  const pairs = beside.map(({ name, shape }) => {
    const [outSize, inSize] = shape as [number, number];
    const { down, up } = namesOf(name);
    return { name, down: parameter(down, [rank, inSize]), up: parameter(up, [outSize, rank]) };
  });
  const parameters = pairs.flatMap(({ down, up }) => [down, up]);
  const values = pairs.flatMap(({ down, up }, index): [string, Tensor<'float32'>][] => {
    const [inSize] = down.shape.slice(-1) as [number];
    const random = createRandom({ seed, clip: index }, 'adapters');
    const start = Float32Array.from(
      { length: rank * inSize },
      () => (2 * random.uniform() - 1) / Math.sqrt(inSize),
    );
    return [
      [down.name, tensor('float32', down.shape, start)],
      [up.name, tensor('float32', up.shape, new Float32Array(up.shape[0]! * rank))],
    ];
  });
  return {
    parameters,
    values: Object.fromEntries(values),
    extend<V>(ops: Ops<V>, weights: ReadonlyMap<string, V>): Ops<V> {
      const adapted = new Map<V, { readonly down: V; readonly up: V }>();
      for (const { name, down, up } of pairs) {
        adapted.set(weights.get(name) as V, {
          down: weights.get(down.name) as V,
          up: weights.get(up.name) as V,
        });
      }
      return {
        ...ops,
        linear(x, weight, bias) {
          const y = ops.linear(x, weight, bias);
          const adapter = adapted.get(weight);
          return adapter ? ops.add(y, ops.linear(ops.linear(x, adapter.down), adapter.up)) : y;
        },
      };
    },
  };
}

/**
 * What was trained with adapters, as files hold it: W + B · A in the place of each adapted weight, which `weights` has as it was.
 * The rest stays as it is.
 */
export async function mergeAdapters(
  model: AnyModel,
  config: unknown,
  weights: Weights,
  trained: ReadonlyMap<string, Float32Array>,
  { beside, rank }: Pick<AdapterOptions, 'beside' | 'rank'>,
): Promise<Map<string, Float32Array>> {
  const tensors = modelTensors(model, config, weights);
  const merged = new Map(trained);
  for (const each of beside) {
    const [outSize, inSize] = each.shape as [number, number];
    const names = namesOf(each.name);
    const [down, up] = [trained.get(names.down)!, trained.get(names.up)!];
    const weight = toFloat32(await readParameter(each, { tensors })).slice();
    for (let row = 0; row < outSize; row++) {
      for (let k = 0; k < rank; k++) {
        const factor = up[row * rank + k]!;
        for (let i = 0; i < inSize; i++) weight[row * inSize + i]! += factor * down[k * inSize + i]!;
      }
    }
    merged.set(each.name, weight);
    merged.delete(names.down);
    merged.delete(names.up);
  }
  return merged;
}
