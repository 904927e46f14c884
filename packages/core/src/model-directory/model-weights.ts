// The weights that a model is built of: what its files hold, checked, and what is derived of that.

import { checkRange } from '../files/byte-source.js';
import type { AnyModel } from '../model/model.js';
import {
  type Derivation,
  listParameters,
  type Parameter,
  type Resolved,
  resolveParameters,
} from '../model/parameter.js';
import { elementCount } from '../tensors/shape.js';
import { type Tensor, tensor, toFloat32 } from '../tensors/tensor.js';
import { checkWeights, readParameter, type StoredTensor, type Weights } from './weights.js';

type Tensors = Weights['tensors'];
type ModelOfWeights = Pick<AnyModel, 'parameters' | 'ignored'>;

/**
 * Tensors of a model by the names of its parameters. Throws as `checkWeights` does; derived ones are worked out
 * when they are read.
 */
export function modelTensors(
  model: ModelOfWeights,
  config: unknown,
  { tensors }: Pick<Weights, 'tensors'>,
): Tensors {
  const tree = model.parameters(config);
  return withDerived(listParameters(tree), checkWeights(tree, tensors, model.ignored));
}

function withDerived(parameters: readonly Parameter[], tensors: Tensors): Tensors {
  const derived = parameters.flatMap((each): [string, StoredTensor][] =>
    each.derived ? [[each.name, derivedTensor(each, each.derived, tensors)]] : [],
  );
  return derived.length > 0 ? new Map([...tensors, ...derived]) : tensors;
}

function derivedTensor(
  { name, shape }: Parameter,
  { from, compute }: Derivation,
  tensors: Tensors,
): StoredTensor {
  return {
    dtype: 'float32',
    shape,
    offset: 0,
    source: {
      name,
      size: 4 * elementCount(shape),
      async read(offset, length) {
        checkRange(this, offset, length);
        const given = withDerived(from, tensors);
        const sources: Float32Array[] = [];
        for (const each of from) sources.push(toFloat32(await readParameter(each, { tensors: given })));
        const { data } = tensor('float32', shape, compute(sources));
        return new Uint8Array(data.buffer, data.byteOffset + offset, length);
      },
      async close() {},
    },
  };
}

/**
 * Reads a model's weights one by one, as `build` is given them, for backends that keep tensors of their own. Throws
 * as `checkWeights` does before it reads any.
 */
export async function readWeights<T>(
  model: ModelOfWeights,
  weights: Weights,
  { config, signal }: { readonly config: unknown; readonly signal?: AbortSignal | undefined },
  make: (tensor: Tensor, parameter: Parameter) => T | Promise<T>,
  // biome-ignore lint/suspicious/noExplicitAny: the tree is the model's own affair.
): Promise<Resolved<any, T>> {
  const tensors = modelTensors(model, config, weights);
  const tree = model.parameters(config);
  const made = new Map<string, T>();
  for (const parameter of listParameters(tree)) {
    signal?.throwIfAborted();
    made.set(parameter.name, await make(await readParameter(parameter, { tensors }), parameter));
  }
  signal?.throwIfAborted();
  return resolveParameters(tree, ({ name }) => made.get(name)!);
}
