// Named tensors that are still on disk. Nothing is read until `read`, one tensor at a time; a backend
// that can map files takes `source` and `offset` instead and reads nothing at all.

import { listNames, quoteName } from '../checks/quote.js';
import { AudiozooError } from '../errors.js';
import type { ByteSource } from '../files/byte-source.js';
import { bytesSource } from '../files/byte-source.js';
import { type Parameter, type ParameterTree, storedParameters } from '../model/parameter.js';
import { bytesPerElement, bytesToElements, type DType } from '../tensors/dtype.js';
import { elementCount, formatShape, type Shape, sameShape } from '../tensors/shape.js';
import { castTensor, type Tensor, tensor } from '../tensors/tensor.js';
import { dequantize, scaleName } from './quantization.js';

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

/** Brings what of the weights is still on a server. */
export async function fetchWeights({ tensors }: Weights): Promise<void> {
  const sources = new Set(Array.from(tensors.values(), ({ source }) => source));
  for (const source of sources) await source.fetchAll?.();
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

/** Where the scales [out] of a weight stored as int8 are; undefined when it is stored otherwise. */
export function storedScale(
  { name, quantizable }: Parameter,
  weights: ReadonlyMap<string, StoredTensor>,
): StoredTensor | undefined {
  return quantizable && weights.get(name)?.dtype === 'int8' ? weights.get(scaleName(name)) : undefined;
}

/**
 * Reads one of a model's weights out of what `modelTensors` returned. What is stored as int8 with scales comes as the float32
 * that it stands for.
 */
export async function readParameter(
  parameter: Parameter,
  { tensors }: Pick<Weights, 'tensors'>,
): Promise<Tensor> {
  const read = await readTensor(tensors.get(parameter.name)!);
  const scale = storedScale(parameter, tensors);
  if (!scale) return read;
  return dequantize({
    integers: read as Tensor<'int8'>,
    scale: castTensor(await readTensor(scale), 'float32'),
  });
}

/**
 * Tensors under the names of a model's parameters, where a file holds them under aliases. What is no parameter's keeps
 * its name, and so does a second tensor for one parameter.
 */
export function resolveAliases<T>(
  tree: ParameterTree,
  tensors: ReadonlyMap<string, T>,
): ReadonlyMap<string, T> {
  const names = new Map<string, string>(); // in the file → of the parameter
  for (const { name, aliases = [], quantizable } of storedParameters(tree)) {
    const alias = tensors.has(name) ? undefined : aliases.find((each) => tensors.has(each));
    if (alias === undefined) continue;
    names.set(alias, name);
    if (quantizable) names.set(scaleName(alias), scaleName(name));
  }
  if (names.size === 0) return tensors;
  return new Map([...tensors].map(([name, tensor]) => [names.get(name) ?? name, tensor]));
}

/**
 * Checks weights against what a model reads, strictly: throws one `weights` error that lists every
 * missing, unexpected and misshapen tensor, those aside whose names are `ignored`. A quantizable weight that is int8
 * needs its scales beside it. Returns the weights under their parameters' names.
 */
export function checkWeights<T extends { readonly shape: Shape; readonly dtype?: DType }>(
  tree: ParameterTree,
  stored: ReadonlyMap<string, T>,
  ignored?: (name: string) => boolean,
): ReadonlyMap<string, T> {
  const weights = resolveAliases(tree, stored);
  const expected = storedParameters(tree).flatMap((each) => {
    const { name, shape, quantizable } = each;
    const isQuantized = quantizable && weights.get(name)?.dtype === 'int8';
    return isQuantized ? [each, { name: scaleName(name), shape: shape.slice(0, 1) }] : [each];
  });
  const differences = compareWeights(expected, weights, ignored);
  if (differences === undefined) return weights;
  throw new AudiozooError({
    code: 'weights',
    what: `the weights do not fit the model; ${differences}`,
    hint: 'Check that the config (layers, width, labels, input size) describes this checkpoint.',
  });
}

/** What is missing, unexpected and misshapen, in words; undefined when nothing is. */
export function compareWeights(
  expected: Iterable<Pick<Parameter, 'name' | 'shape'>>,
  weights: ReadonlyMap<string, { readonly shape: Shape }>,
  ignored: (name: string) => boolean = () => false,
): string | undefined {
  const parameters = [...expected];
  const known = new Set(parameters.map(({ name }) => name));
  const missing = parameters.filter(({ name }) => !weights.has(name));
  const unexpected = [...weights.keys()].filter((name) => !known.has(name) && !ignored(name));
  const misshapen = parameters.flatMap(({ name, shape }) => {
    const found = weights.get(name);
    return found && !sameShape(found.shape, shape)
      ? [`${quoteName(name)} (expected ${formatShape(shape)}, got ${formatShape(found.shape)})`]
      : [];
  });
  const differences = [
    list(
      'missing',
      missing.map(({ name, shape }) => `${quoteName(name)} ${formatShape(shape)}`),
    ),
    list('unexpected', unexpected),
    list('misshapen', misshapen),
  ].filter(Boolean);
  return differences.length > 0 ? differences.join('; ') : undefined;
}

function list(title: string, names: readonly string[]): string {
  return names.length ? `${names.length} ${title}: ${listNames(names)}` : '';
}
