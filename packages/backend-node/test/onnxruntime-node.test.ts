import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import {
  AudiozooError,
  type ByteSource,
  castTensor,
  type DType,
  type StoredTensor,
  type Tensor,
  type Weights,
} from '@audiozoo/core';
import { openFile } from '@audiozoo/core/files';
import { weightsInMemory } from '@audiozoo/core/plugin';
import {
  conformanceCases,
  operationTolerance,
  referenceBackend,
  runConformanceCase,
} from '@audiozoo/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { vulkanDriver } from '../../../testing/vulkan.js';

const example = conformanceCases.find(({ name }) => name.startsWith('a transformer'))!;
const cpu = onnxruntimeNode({ device: 'cpu', threads: 2 });
const config = undefined;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audiozoo wéights '));
});
afterAll(() => rm(folder, { recursive: true }));

/** Writes tensors one after another, the first at an odd byte, to files of at most `perFile` tensors. */
async function weightsInFiles(
  name: string,
  tensors: Readonly<Record<string, Tensor>>,
  perFile = Infinity,
): Promise<Weights> {
  const entries = Object.entries(tensors);
  const stored = new Map<string, StoredTensor>();
  const sources: ByteSource[] = [];
  while (entries.length > 0) {
    const path = join(folder, `${name}-${sources.length}.weights`);
    const places: [string, Tensor, number][] = [];
    let bytes = Buffer.of(0);
    for (const [name, tensor] of entries.splice(0, perFile)) {
      places.push([name, tensor, bytes.length]);
      const { buffer, byteOffset, byteLength } = tensor.data;
      bytes = Buffer.concat([bytes, new Uint8Array(buffer, byteOffset, byteLength)]);
    }
    await writeFile(path, bytes);
    const source = await openFile(path);
    sources.push(source);
    for (const [name, { dtype, shape }, offset] of places) stored.set(name, { dtype, shape, source, offset });
  }
  return {
    tensors: stored,
    close: async () => void (await Promise.all(sources.map((source) => source.close()))),
  };
}

const storedAs = (dtype: DType) =>
  Object.fromEntries(
    Object.entries(example.weights).map(([name, tensor]) => [name, castTensor(tensor, dtype)]),
  );

async function largestDifference(weights: Weights): Promise<number> {
  const outputs = await Promise.all(
    [cpu, referenceBackend()].map(async (backend) => {
      const loaded = await backend.load(example.model, weights, { config });
      const outputs = await loaded.run(example.inputs(2));
      await loaded.dispose();
      return Object.values(outputs).flatMap(({ data }) => [...data]);
    }),
  );
  return Math.max(...outputs[0]!.map((value, index) => Math.abs(value - outputs[1]![index]!)));
}

function rejection(action: Promise<unknown>): Promise<AudiozooError> {
  return action.then(
    () => expect.unreachable('nothing was thrown'),
    (error) => (AudiozooError.isInstance(error) ? error : expect.unreachable(`${error}`)),
  );
}

describe('weights in files', () => {
  test.each(['float32', 'float16', 'bfloat16', 'float64'] as const)(
    'stored as %s give the right numbers',
    async (dtype) => {
      const weights = await weightsInFiles(dtype, storedAs(dtype));
      expect(await largestDifference(weights)).toBeLessThan(operationTolerance.float32 * 10);
      await weights.close();
    },
  );

  test('may lie in several, as shards do', async () => {
    const weights = await weightsInFiles('shard', example.weights, 5);
    expect(new Set(Array.from(weights.tensors.values(), ({ source }) => source.path)).size).toBeGreaterThan(
      1,
    );
    expect(await largestDifference(weights)).toBeLessThan(operationTolerance.float32 * 10);
    await weights.close();
  });

  test.each([
    ['float32', 'float32'],
    ['float16', 'float32'],
    ['bfloat16', 'float32'],
    ['float32', 'float16'],
  ] as const)('of %s do not pass through JavaScript, computing in %s', async (dtype, precision) => {
    const weights = await weightsInFiles(`unread-${dtype}-${precision}`, storedAs(dtype));
    const unread = Array.from(weights.tensors, ([name, stored]): [string, StoredTensor] => [
      name,
      { ...stored, source: { ...stored.source, read: () => expect.unreachable('a weight was read') } },
    ]);
    const backend = onnxruntimeNode({ device: 'cpu', threads: 2, precision });
    const loaded = await backend.load(example.model, { ...weights, tensors: new Map(unread) }, { config });
    expect(Object.keys(await loaded.run(example.inputs(1)))).not.toHaveLength(0);
    await loaded.dispose();
    await weights.close();
  });

  test('are found through a symbolic link, as in Hugging Face’s cache', async () => {
    const weights = await weightsInFiles('linked', example.weights);
    const [{ source }] = [...weights.tensors.values()] as [StoredTensor];
    const link = join(folder, 'link.weights');
    await symlink(basename(source.path!), link);
    const linked = await openFile(link);
    const tensors = Array.from(weights.tensors, ([name, stored]): [string, StoredTensor] => [
      name,
      { ...stored, source: linked },
    ]);
    expect(await largestDifference({ ...weights, tensors: new Map(tensors) })).toBeLessThan(
      operationTolerance.float32 * 10,
    );
    await linked.close();
    await weights.close();
  });

  test('that were cut short after opening fail with a runtime error', async () => {
    const weights = await weightsInFiles('cut', example.weights);
    const [{ source }] = [...weights.tensors.values()] as [StoredTensor];
    await truncate(source.path!, 100);
    expect((await rejection(cpu.load(example.model, weights, { config }))).code).toBe('runtime');
    await weights.close();
  });
});

test('float16 computes within its tolerance', async () => {
  // What is left out has inputs of 1e-6, too small for float16 to tell apart.
  const cases = conformanceCases.filter(({ name }) => !name.includes('epsilon 1e-12'));
  const half = onnxruntimeNode({ device: 'cpu', workers: 0, threads: 2, precision: 'float16' });
  for (const each of cases) await runConformanceCase(half, each, { tolerance: operationTolerance.float16 });
  expect(cases.length).toBeGreaterThan(conformanceCases.length - 4);
});

test('asking for no outputs gives none', async () => {
  const loaded = await cpu.load(example.model, weightsInMemory(example.weights), { config });
  expect(await loaded.run(example.inputs(1), { outputs: [] })).toEqual({});
  await loaded.dispose();
});

describe('the device', () => {
  const device = async (options: Parameters<typeof onnxruntimeNode>[0]) => {
    const loaded = await onnxruntimeNode(options).load(example.model, weightsInMemory(example.weights), {
      config,
    });
    await loaded.dispose();
    return loaded.device;
  };

  test('is reported with the runtime and its threads', async () => {
    expect(await device({ device: 'cpu', threads: 1 })).toMatch(
      /^cpu \(onnxruntime \d+\.\d+\.\d+, 1 thread\)$/,
    );
    expect(await device({ device: 'cpu' })).toMatch(
      /^cpu \(onnxruntime \d+\.\d+\.\d+, one thread per core\)$/,
    );
  });

  test('chosen by auto is reported with the reason', async () => {
    expect(await device({})).toMatch(/^(cuda|cpu) \(onnxruntime .*; chosen by auto: .+\)$/);
  });

  test.skipIf(!vulkanDriver)('webgpu says how attention is computed (needs a Vulkan driver)', async () => {
    expect(await device({ device: 'webgpu' })).toMatch(
      /^webgpu \(.*, (fused attention|attention in steps)\)$/,
    );
  });

  test.skipIf(!vulkanDriver)(
    'webgpu without float16 says to do without (needs a Vulkan driver)',
    async () => {
      const half = device({ device: 'webgpu', precision: 'float16' });
      // A GPU with float16 computes in it.
      await expect(half.catch((error: Error) => error.message)).resolves.toMatch(
        /^webgpu \(|no float16 .*leave precision at float32/,
      );
    },
  );

  const runtime = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const binding = join(runtime, 'bin/napi-v6', process.platform, process.arch);
  const cudaIsInstalled = existsSync(join(binding, 'libonnxruntime_providers_cuda.so'));

  test.skipIf(process.platform !== 'linux' || cudaIsInstalled).each(['cuda', 'cuda:1'] as const)(
    '%s without its libraries names them, and where to get them (needs Linux without CUDA)',
    async (name) => {
      const error = await rejection(device({ device: name }));
      expect(error.code).toBe('device');
      expect(error.message).toContain('libonnxruntime_providers_cuda.so');
      expect(error.message).toContain('npm rebuild onnxruntime-node');
      expect(error.message).toContain(binding);
    },
  );
});

describe('options that make no sense are refused', () => {
  test.each([
    [{ threads: 0 }, 'threads'],
    [{ threads: 1.5 }, 'threads'],
    [{ threads: Number.NaN }, 'threads'],
    [{ threads: 1e9 }, 'threads'],
    [{ device: 'gpu' }, 'auto, cpu, cuda, webgpu'],
    [{ device: 'toString' }, 'auto, cpu, cuda, webgpu'],
    [{ device: 'cuda:one' }, 'cuda:NUMBER'],
    [{ device: 'cuda:-1' }, 'cuda:NUMBER'],
    [{ precision: 'int8' }, 'float32 or float16'],
  ])('%j', (options, words) => {
    let error: unknown;
    try {
      onnxruntimeNode(options as Parameters<typeof onnxruntimeNode>[0]);
    } catch (caught) {
      error = caught;
    }
    expect(AudiozooError.isInstance(error, 'argument')).toBe(true);
    expect(String(error)).toContain(words);
  });
});
