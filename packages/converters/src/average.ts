// The mean of several checkpoints of one model, weight by weight: the official code's weight averaging, by which
// AST's best single model came about. All are read together, a block at a time, and summed in float64.

import {
  AudiozooError,
  type ByteSource,
  castTensor,
  type DType,
  type FileStore,
  type Json,
  type JsonObject,
  tensor,
} from '@audiozoo/core';
import type { FileSink } from '@audiozoo/core/disk';
import {
  bytesPerElement,
  bytesToElements,
  compareWeights,
  describeValue,
  elementCount,
  type SafetensorsEntry,
  writeWeightsFile,
} from '@audiozoo/core/plugin';
import { checkCall, checkSource, verifyOptionKinds } from './check-call.js';
import type { Checkpoint, CheckpointTensor, VerifyOptions } from './checkpoint/checkpoint.js';
import { openCheckpoint } from './checkpoint/open-checkpoint.js';
import { openDirectory } from './checkpoint/open-directory.js';
import { floatingPoint } from './convert.js';
import { type ModelDirectorySink, writeConfigs } from './output/model-directory-sink.js';
import { whole } from './output/whole.js';
import { quote } from './refusal.js';

/** A file that appears whole at `commit`, or not at all. */
export interface FileOutput {
  create(): Promise<FileSink>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

export interface AverageReport {
  /** Tensors, and weights counted one by one. */
  readonly tensors: number;
  readonly parameters: number;
  /** Size of the safetensors file. */
  readonly bytes: number;
}

const averageOptionKinds = { ...verifyOptionKinds, output: 'any' } as const;

const sameModel = 'Average checkpoints of one model, saved in the same way.';

interface Named {
  readonly name: string;
  readonly checkpoint: Checkpoint;
}

/**
 * Averages checkpoints in one file each (.pth of torch.save, safetensors) into a safetensors file with the same
 * names, which `convertCheckpoint` reads. Stored as they are, as float32 where they differ.
 *
 * Throws a `weights` error that lists every difference in names and shapes, and on whole numbers that differ.
 */
export async function averageCheckpoints(
  sources: readonly ByteSource[],
  given: VerifyOptions & { readonly output: FileOutput },
): Promise<AverageReport> {
  requireSeveral(sources);
  checkCall('averageCheckpoints', given, averageOptionKinds);
  const { output, ...options } = given;
  const checkpoints: Named[] = [];
  for (const source of sources) {
    checkpoints.push({
      name: source.name,
      checkpoint: await openCheckpoint(source, { signal: options.signal }),
    });
  }
  return whole(output, () => writeAverage(checkpoints, () => output.create(), options));
}

/** Averages model directories into another one. They must agree in their configs too: labels, input, statistics. */
export async function averageModels(
  sources: readonly FileStore[],
  given: VerifyOptions & { readonly output: ModelDirectorySink },
): Promise<AverageReport> {
  requireSeveral(sources);
  checkCall('averageModels', given, averageOptionKinds);
  const { output, ...options } = given;
  const directories: (Awaited<ReturnType<typeof openDirectory>> & { readonly name: string })[] = [];
  return whole(output, async () => {
    for (const source of sources) {
      directories.push({ ...(await openDirectory(source, options.signal)), name: source.name });
    }
    const [first, ...others] = directories as [(typeof directories)[0], ...typeof directories];
    for (const other of others) {
      requireSame('config.json', first, first.config, other, other.config);
      const file = 'preprocessor_config.json';
      requireSame(file, first, first.preprocessorConfig ?? {}, other, other.preprocessorConfig ?? {});
    }
    await writeConfigs(output, first.config, first.preprocessorConfig);
    return writeAverage(directories, () => output.create('model.safetensors'), options);
  }).finally(() => Promise.all(directories.map(({ close }) => close())));
}

async function writeAverage(
  checkpoints: readonly Named[],
  create: () => Promise<FileSink>,
  { signal, onProgress }: VerifyOptions,
): Promise<AverageReport> {
  const [first, ...others] = checkpoints as [Named, ...Named[]];
  const names = [...first.checkpoint.tensors].map(([name, { shape }]) => ({ name, shape }));
  for (const { name, checkpoint } of others) {
    const differences = compareWeights(names, checkpoint.tensors);
    if (differences === undefined) continue;
    throw new AudiozooError({
      code: 'weights',
      what: `${name} cannot be averaged with ${first.name}; ${differences}`,
      hint: sameModel,
    });
  }

  const entries = [...first.checkpoint.tensors]
    .sort(([, a], [, b]) => a.position - b.position)
    .map(([name, { shape }]): SafetensorsEntry => {
      const tensors = checkpoints.map(({ checkpoint }) => checkpoint.tensors.get(name)!);
      const dtype = commonDType(name, tensors);
      const chunks = () =>
        floatingPoint.has(dtype) ? meanChunks(tensors, dtype, signal) : equalChunks(name, tensors, signal);
      return { name, dtype, shape, chunks };
    });

  const bytes = await writeWeightsFile(create, entries, { signal, onProgress });
  for (const { checkpoint } of checkpoints) {
    for (const tensor of checkpoint.tensors.values()) await tensor.verify({ signal });
  }
  return {
    tensors: entries.length,
    parameters: entries.reduce((sum, { shape }) => sum + elementCount(shape), 0),
    bytes,
  };
}

function commonDType(name: string, tensors: readonly CheckpointTensor[]): DType {
  const [first, ...others] = new Set(tensors.map(({ dtype }) => dtype));
  if (others.length === 0) return first!;
  if ([first!, ...others].every((dtype) => floatingPoint.has(dtype))) return 'float32';
  throw new AudiozooError({
    code: 'weights',
    what: `${quote(name)} cannot be averaged: it is stored as ${[first, ...others].join(' and ')}`,
    hint: sameModel,
  });
}

/** Elements that are summed at a time. */
const blockElements = 2 ** 18;

/** The mean of tensors, in blocks. Theirs end at other places, so each is read at its own pace. */
async function* meanChunks(
  tensors: readonly CheckpointTensor[],
  dtype: DType,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const readers = tensors.map((tensor) => numberReader(tensor, signal));
  const count = elementCount(tensors[0]!.shape);
  for (let start = 0; start < count; start += blockElements) {
    const sums = new Float64Array(Math.min(blockElements, count - start));
    for (const read of readers) {
      let at = 0;
      while (at < sums.length) {
        const numbers = await read(sums.length - at);
        for (let index = 0; index < numbers.length; index++) sums[at + index]! += numbers[index]!;
        at += numbers.length;
      }
    }
    const means = sums.map((sum) => sum / tensors.length);
    const { data } = castTensor(tensor('float64', [means.length], means), dtype);
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
}

/** Reads a tensor's next elements as float64: some, at most as many as asked for. */
function numberReader(
  source: CheckpointTensor,
  signal: AbortSignal | undefined,
): (most: number) => Promise<Float64Array> {
  const chunks = source.chunks({ signal })[Symbol.asyncIterator]();
  const width = bytesPerElement(source.dtype);
  let bytes = new Uint8Array(0);
  return async (most) => {
    while (bytes.length === 0) {
      const next = await chunks.next();
      if (next.done) throw new Error('a tensor ended before its shape did'); // chunks see to that themselves
      bytes = next.value as typeof bytes;
    }
    const some = bytesToElements(source.dtype, bytes.subarray(0, most * width));
    bytes = bytes.subarray(some.length * width);
    return castTensor(tensor(source.dtype, [some.length], some), 'float64').data;
  };
}

/** Whole numbers have no mean that fits them: they must be the same everywhere. */
async function* equalChunks(
  name: string,
  tensors: readonly CheckpointTensor[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const [first, ...others] = tensors as [CheckpointTensor, ...CheckpointTensor[]];
  const { data, dtype } = await first.read({ signal });
  for (const other of others) {
    const theirs = (await other.read({ signal })).data;
    if (data.every((value, index) => value === theirs[index])) continue;
    throw new AudiozooError({
      code: 'weights',
      what: `${quote(name)} cannot be averaged: it holds whole numbers that differ`,
      expected: `the same ${dtype} in all checkpoints`,
      hint: sameModel,
    });
  }
  yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function requireSeveral(sources: readonly unknown[]): void {
  if (Array.isArray(sources) && sources.length >= 2) {
    sources.forEach(checkSource);
    return;
  }
  throw new AudiozooError({
    code: 'argument',
    what: 'an average needs several checkpoints',
    expected: 'a list of two or more',
    got: describeValue(sources),
  });
}

/** Keys that say how a file was written, not what the model is. */
const bookkeeping = new Set(['transformers_version', '_name_or_path', 'dtype', 'torch_dtype']);

function requireSame(
  file: string,
  first: { readonly name: string },
  a: JsonObject,
  other: { readonly name: string },
  b: JsonObject,
): void {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  const differing = [...keys].filter(
    (key) => !bookkeeping.has(key) && canonical(a[key]) !== canonical(b[key]),
  );
  if (differing.length === 0) return;
  throw new AudiozooError({
    code: 'model',
    what: `${other.name} cannot be averaged with ${first.name}: ${file} differs in ${differing.map(quote).join(', ')}`,
    hint: 'Average checkpoints of one model, trained on the same labels and features.',
  });
}

/** JSON whose keys are in order, to compare by. */
function canonical(value: Json | undefined): string {
  return (
    JSON.stringify(value, (_, item: Json) =>
      typeof item === 'object' && item !== null && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
        : item,
    ) ?? ''
  );
}
