import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import {
  convertCheckpoint,
  directorySink,
  exportOnnx,
  memoryDirectory,
  type QuantizedDType,
  quantizeModel,
} from '@audiozoo/converters';
import {
  AudiozooError,
  bytesSource,
  castTensor,
  type FileStore,
  openModelDirectory,
  readTensor,
  toFloat32,
} from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { readParameter } from '@audiozoo/core/plugin';
import { randomTensor } from '@audiozoo/core/testing';
import { InferenceSession, Tensor as RuntimeTensor } from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toy, toyCheckpoint } from './toy-model.js';

/** Half a step, and float32's rounding on top. */
const halfStep = 0.5 + 1e-4;
/** The stock graph rounds the same integers, but adds floats in another order. */
const exportTolerance = 1e-3;

const digits = await openFiles(join(import.meta.dirname, '../../../models/spoken-digits'));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audiozoo-quantize-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function quantized(dtype: QuantizedDType, source: FileStore = digits): Promise<FileStore> {
  const output = memoryDirectory();
  await quantizeModel(source, { models: [ast], output, dtype });
  return output;
}

async function open(files: FileStore) {
  const directory = await openModelDirectory(files);
  const config = ast.readConfig(directory.config, directory.preprocessorConfig);
  return { directory, config, tensors: directory.weights.tensors, tree: ast.parameters(config) };
}

describe('a model quantized to int8', () => {
  test('keeps linear weights within half a step of each output channel, the rest as it was', async () => {
    const [before, after] = [await open(digits), await open(await quantized('int8'))];
    const { weight } = before.tree.blocks[0]!.mlp1;
    const [original, read, scale] = [
      toFloat32(await readTensor(before.tensors.get(weight.name)!)),
      toFloat32(await readParameter(weight, after.directory.weights)),
      toFloat32(await readTensor(after.tensors.get(`${weight.name}_scale`)!)),
    ];
    const columns = weight.shape[1]!;
    const steps = original.map((value, index) =>
      Math.abs((read[index]! - value) / scale[Math.floor(index / columns)]!),
    );
    expect(Math.max(...steps)).toBeLessThanOrEqual(halfStep);
    expect(Math.max(...steps)).toBeGreaterThan(0.4); // it was rounded

    for (const [name, stored] of before.tensors) {
      const its = after.tensors.get(name)!;
      if (its.dtype === 'int8') continue;
      expect(await readTensor(its)).toEqual(castTensor(await readTensor(stored), 'float32'));
    }
  });

  test('stores the weights of the blocks so, and not the embedding, the norms and the head', async () => {
    const { tensors, tree, directory } = await open(await quantized('int8'));
    const isInt8 = ({ name }: { readonly name: string }) => tensors.get(name)!.dtype === 'int8';
    for (const { query, key, value, projection, mlp1, mlp2, norm1 } of tree.blocks) {
      for (const { weight } of [query, key, value, projection, mlp1, mlp2]) expect(isInt8(weight)).toBe(true);
      expect(isInt8(norm1.scale)).toBe(false);
    }
    for (const kept of [tree.patchProjection.weight, tree.positions, tree.head!.linear.weight]) {
      expect(isInt8(kept)).toBe(false);
    }
    expect(directory.config).toMatchObject({
      torch_dtype: 'float32',
      quantization_config: { quant_method: 'audiozoo', dtype: 'int8' },
    });
  });

  test('exports to ONNX of the standard, which gives the logits of the backend', async () => {
    const { directory, config } = await open(await quantized('int8'));
    const input = randomTensor([2, 128, 128], 5);
    const loaded = await onnxruntimeNode({ device: 'cpu', threads: 1 }).load(ast, directory.weights, {
      config,
    });
    const { logits: expected } = await loaded.run({ input_values: input }, { outputs: ['logits'] });
    await loaded.dispose();

    const out = join(folder, 'digits.onnx');
    await exportOnnx(ast, directory, { out, weights: 'inline', outputs: ['logits'] });
    // Standard integer products overflow in onnxruntime on CPUs without VNNI, unless it is told to be careful.
    const session = await InferenceSession.create(out, {
      intraOpNumThreads: 1,
      extra: { session: { x64quantprecision: '1' } },
    });
    const { logits } = await session.run({
      input_values: new RuntimeTensor('float32', input.data, [2, 128, 128]),
    });
    await session.release();
    const differences = expected!.data.map((value, index) => Math.abs(value - Number(logits!.data[index])));
    expect(Math.max(...differences)).toBeLessThan(exportTolerance);
  });

  test('is no source for another conversion', async () => {
    const source = await quantized('int8');
    const attempts = [
      () => quantized('int8', source),
      () => quantized('float16', source),
      () => convertCheckpoint(source, { models: [ast], output: memoryDirectory() }),
    ];
    for (const attempt of attempts) {
      const error = await attempt().catch((error) => error);
      expect(AudiozooError.isInstance(error, 'argument')).toBe(true);
      expect(error.message).toMatch(/holds weights that are quantized to int8.*floating-point weights/);
    }
  });
});

test('float16 stores every weight in two bytes', async () => {
  const { tensors } = await open(await quantized('float16'));
  expect(new Set(Array.from(tensors.values(), ({ dtype }) => dtype))).toEqual(new Set(['float16']));
});

test('a model that declares no quantizable weights is refused', async () => {
  const source = memoryDirectory();
  await convertCheckpoint(bytesSource(toyCheckpoint(), 'toy.pth'), { models: [toy], output: source });
  const attempt = quantizeModel(source, { models: [toy], output: memoryDirectory(), dtype: 'int8' });
  await expect(attempt).rejects.toThrow(/toy has no weights that may be stored as int8/);
});

test('an abort leaves nothing behind', async () => {
  const abort = new AbortController();
  const attempt = quantizeModel(digits, {
    models: [ast],
    output: directorySink(join(folder, 'out')),
    dtype: 'int8',
    signal: abort.signal,
    onProgress: () => abort.abort(new Error('enough')),
  });
  await expect(attempt).rejects.toThrow('enough');
  expect(await readdir(folder)).toEqual([]);
});
