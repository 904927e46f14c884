// Named tensors that are still on disk. Nothing is read until `read`, one tensor at a time; a backend
// that can map files takes `source` and `offset` instead and reads nothing at all.

import type { ByteSource } from './byte-source.js';
import { bytesSource } from './byte-source.js';
import { bytesPerElement, bytesToElements, type DType } from './dtype.js';
import { AudiozooError } from './errors.js';
import { listParameters, type Parameter, type ParameterTree } from './parameter.js';
import { elementCount, formatShape, type Shape, sameShape } from './shape.js';
import { type Tensor, tensor } from './tensor.js';

/** A tensor in a file: little-endian, row-major, contiguous. */
export interface StoredTensor {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly source: ByteSource;
  /** First byte in `source`. */
  readonly offset: number;
}

export interface Weights {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  close(): Promise<void>;
}

/** Bytes that a stored tensor takes. */
export function byteLength({ dtype, shape }: Pick<StoredTensor, 'dtype' | 'shape'>): number {
  return elementCount(shape) * bytesPerElement(dtype);
}

/** Reads one stored tensor into memory. */
export async function readTensor(stored: StoredTensor): Promise<Tensor> {
  const bytes = await stored.source.read(stored.offset, byteLength(stored));
  return tensor(stored.dtype, stored.shape, bytesToElements(stored.dtype, bytes));
}

/** Weights that are already in memory. */
export function weightsInMemory(tensors: Readonly<Record<string, Tensor>>): Weights {
  const stored = Object.entries(tensors).map(([name, { dtype, shape, data }]): [string, StoredTensor] => [
    name,
    {
      dtype,
      shape,
      source: bytesSource(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), name),
      offset: 0,
    },
  ]);
  return { tensors: new Map(stored), async close() {} };
}

/**
 * Checks weights against what a model reads, strictly: throws one `weights` error that lists every
 * missing, unexpected and misshapen tensor.
 */
export function checkWeights(
  tree: ParameterTree,
  weights: ReadonlyMap<string, { readonly shape: Shape }>,
): void {
  const parameters = listParameters(tree);
  const known = new Set(parameters.map(({ name }) => name));
  const missing = parameters.filter(({ name }) => !weights.has(name));
  const unexpected = [...weights.keys()].filter((name) => !known.has(name));
  const misshapen = parameters.flatMap(({ name, shape }) => {
    const found = weights.get(name);
    return found && !sameShape(found.shape, shape)
      ? [`${name} (expected ${formatShape(shape)}, got ${formatShape(found.shape)})`]
      : [];
  });
  if (missing.length + unexpected.length + misshapen.length === 0) return;
  throw new AudiozooError({
    code: 'weights',
    what: [
      'the weights do not fit the model',
      list(
        'missing',
        missing.map(({ name, shape }) => `${name} ${formatShape(shape)}`),
      ),
      list('unexpected', unexpected),
      list('misshapen', misshapen),
    ]
      .filter(Boolean)
      .join('; '),
    mend: 'Check that the config (layers, width, labels, input size) describes this checkpoint.',
  });
}

/**
 * Checks weights as `checkWeights` does and reads them one by one, for backends that keep tensors of their
 * own: `resolveParameters(tree, await readParameters(tree, weights, make))`.
 */
export async function readParameters<T>(
  tree: ParameterTree,
  weights: Weights,
  make: (tensor: Tensor, parameter: Parameter) => T,
  signal?: AbortSignal,
): Promise<(parameter: Parameter) => T> {
  checkWeights(tree, weights.tensors);
  const made = new Map<string, T>();
  for (const parameter of listParameters(tree)) {
    signal?.throwIfAborted();
    made.set(parameter.name, make(await readTensor(weights.tensors.get(parameter.name)!), parameter));
  }
  signal?.throwIfAborted();
  return ({ name }) => made.get(name)!;
}

function list(title: string, names: readonly string[]): string {
  const shown = names.slice(0, 12).join(', ');
  const more = names.length > 12 ? ` and ${names.length - 12} more` : '';
  return names.length ? `${names.length} ${title}: ${shown}${more}` : '';
}
