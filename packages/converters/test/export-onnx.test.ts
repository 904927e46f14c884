import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { type ExportOnnxOptions, exportOnnx } from '@audiozoo/converters';
import {
  AudiozooError,
  castTensor,
  type DType,
  type ModelDirectory,
  type Progress,
  type Tensor,
} from '@audiozoo/core';
import { weightsInMemory } from '@audiozoo/core/plugin';
import { conformanceCases, referenceBackend } from '@audiozoo/core/testing';
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

/** Between the exported graph, of the standard's operators, and the one that the backend runs. */
const exportTolerance = 1e-5;

const { model, weights, inputs } = conformanceCases.find(({ name }) => name.startsWith('a transformer'))!;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audiozoo-export-'));
});
afterEach(() => rm(folder, { recursive: true }));

function directory(dtype: DType = 'float32'): ModelDirectory {
  const tensors = Object.entries(weights).map(([name, its]): [string, Tensor] => [
    name,
    castTensor(its, dtype),
  ]);
  return { config: {}, preprocessorConfig: undefined, weights: weightsInMemory(Object.fromEntries(tensors)) };
}

const exported = (options: Partial<ExportOnnxOptions> = {}, from = directory()) =>
  exportOnnx(model, from, { out: join(folder, 'tiny.onnx'), weights: 'inline', ...options });

/** Largest difference between the exported file's outputs and those of the backend, at a batch of 3. */
async function largestDifference(path: string, from: ModelDirectory): Promise<number> {
  const loaded = await onnxruntimeNode({ device: 'cpu', threads: 1 }).load(model, from.weights, {
    config: undefined,
  });
  const expected = await loaded.run(inputs(3));
  await loaded.dispose();

  const session = await InferenceSession.create(path, { intraOpNumThreads: 1 });
  const feeds = Object.entries(inputs(3)).map(([name, { data, shape }]): [string, RuntimeTensor] => [
    name,
    new RuntimeTensor('float32', data, shape),
  ]);
  const got = await session.run(Object.fromEntries(feeds));
  await session.release();
  expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort());
  const differences = Object.entries(expected).flatMap(([name, { data }]) =>
    Array.from(data, (value, index) => Math.abs(value - Number(got[name]!.data[index]))),
  );
  return Math.max(...differences);
}

describe.each(['inline', 'external'] as const)('an exported model with %s weights', (placement) => {
  test.each(['float32', 'float16', 'bfloat16', 'float64'] as const)(
    'of %s runs in onnxruntime as the backend runs it',
    async (dtype) => {
      const from = directory(dtype);
      await exported({ weights: placement }, from);
      expect(await largestDifference(join(folder, 'tiny.onnx'), from)).toBeLessThanOrEqual(exportTolerance);
    },
  );

  test('has operators of the standard only', async () => {
    await exported({ weights: placement });
    expect((await readFile(join(folder, 'tiny.onnx'))).includes('com.microsoft')).toBe(false);
  });

  test('says which files it wrote, and leaves no others', async () => {
    const files = await exported({ weights: placement });
    expect(files).toHaveLength(placement === 'external' ? 2 : 1);
    const sizes = await Promise.all(files.map(async ({ path }) => (await readFile(path)).length));
    expect(files.map(({ bytes }) => bytes)).toEqual(sizes);
    expect(files.map(({ path }) => path).sort()).toEqual(
      (await readdir(folder)).sort().map((name) => join(folder, name)),
    );
  });

  test('leaves what was there when it is aborted', async () => {
    await writeFile(join(folder, 'tiny.onnx'), 'older');
    const reason = new Error('changed my mind');
    const controller = new AbortController();
    const stopped = exported({
      weights: placement,
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(stopped).rejects.toBe(reason);
    expect(await readdir(folder)).toEqual(['tiny.onnx']);
    expect(await readFile(join(folder, 'tiny.onnx'), 'utf8')).toBe('older');
  });

  test('counts its bytes up to the total', async () => {
    const seen: Progress[] = [];
    const files = await exported({ weights: placement, onProgress: (progress) => seen.push(progress) });
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(seen.at(-1)).toEqual({ done: total, total, unit: 'bytes' });
  });
});

test('an export of some outputs holds what they need and no more', async () => {
  const [name] = Object.keys(model.outputs(undefined)) as [string];
  const [all, one] = [await exported(), await exported({ out: join(folder, 'one.onnx'), outputs: [name] })];
  const session = await InferenceSession.create(join(folder, 'one.onnx'));
  expect(session.outputNames).toEqual([name]);
  expect(one[0]!.bytes).toBeLessThan(all[0]!.bytes);
  await session.release();
});

test('weights in float16 stay float16 in the file', async () => {
  await exported({}, directory('float16'));
  const file = await readFile(join(folder, 'tiny.onnx'));
  for (const weight of Object.values(weights)) {
    const { buffer, byteOffset, byteLength } = castTensor(weight, 'float16').data;
    expect(file.includes(Buffer.from(buffer, byteOffset, byteLength))).toBe(true);
  }
});

describe('an export is refused', () => {
  const rejection = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );

  test('into a folder that is not there', async () => {
    const error = await rejection(exported({ out: join(folder, 'none', 'tiny.onnx') }));
    expect(AudiozooError.isInstance(error, 'file')).toBe(true);
  });

  test('over the weights that it reads', async () => {
    const path = join(folder, 'model.safetensors');
    await writeFile(path, 'weights');
    const from = directory();
    const tensors = Array.from(
      from.weights.tensors,
      ([name, stored]) => [name, { ...stored, source: { ...stored.source, path } }] as const,
    );
    const error = await rejection(
      exported({ out: path }, { ...from, weights: { ...from.weights, tensors: new Map(tensors) } }),
    );
    expect(AudiozooError.isInstance(error, 'argument')).toBe(true);
    expect(await readFile(path, 'utf8')).toBe('weights');
  });

  test('for sound itself, of a model that takes features only', async () => {
    const error = await rejection(exported({ input: 'waveform' }));
    expect(AudiozooError.isInstance(error, 'argument')).toBe(true);
    expect(await readdir(folder)).toEqual([]);
  });

  test('when the weights do not fit the model', async () => {
    const from = { ...directory(), weights: weightsInMemory({}) };
    expect(AudiozooError.isInstance(await rejection(exported({}, from)), 'weights')).toBe(true);
    expect(await readdir(folder)).toEqual([]);
  });
});

test('an exported model takes inputs of any length where the model does', async () => {
  const example = conformanceCases.find(({ name }) => name.startsWith('any length: patches overlapping'))!;
  const from = { config: {}, preprocessorConfig: undefined, weights: weightsInMemory(example.weights) };
  const out = join(folder, 'any.onnx');
  await exportOnnx(example.model, from, { out, weights: 'inline' });
  const session = await InferenceSession.create(out, { intraOpNumThreads: 1 });
  expect(session.inputMetadata).toMatchObject([{ name: 'x', shape: ['batch', 'frames', 6] }]);
  expect(session.outputMetadata).toMatchObject([
    { name: 'y', shape: ['batch', '5 * floor((frames - 3) / 2)', 4] },
  ]);
  const options = { config: undefined, anyLength: true };
  const oracle = await referenceBackend().load(example.model, from.weights, options);
  for (const length of example.lengths!) {
    const { x } = example.inputs(2, length);
    const { y } = await session.run({ x: new RuntimeTensor('float32', x!.data as Float32Array, x!.shape) });
    const expected = (await oracle.run({ x: x! })).y!;
    expect(y!.dims).toEqual(expected.shape);
    expected.data.forEach((value, index) => {
      expect(Math.abs(value - Number(y!.data[index]))).toBeLessThanOrEqual(exportTolerance);
    });
  }
  await session.release();
});
