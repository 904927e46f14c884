// What transformers writes, in pieces and in all its names: state dicts alone, directories of version 5, shards of
// PyTorch's own format. All are the tiny AST of packages/ast/test/fixtures.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import {
  type ConvertOptions,
  convertCheckpoint,
  initializeModel,
  inspectCheckpoint,
  memoryDirectory,
  quantizeModel,
} from '@audiozoo/converters';
import {
  type ByteSource,
  bytesSource,
  type FileStore,
  type JsonObject,
  openModelDirectory,
  readNpy,
  readTensor,
  type Tensor,
  tensor,
  toFloat32,
} from '@audiozoo/core';
import { openFile, openFiles } from '@audiozoo/core/files';
import { readJson, readPreprocessorConfig } from '@audiozoo/core/plugin';
import { logitTolerance, referenceBackend } from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';
import { safetensorsSource } from '../../ast/test/tiny-checkpoint.js';
import { stateDictArchive } from './torch-archive.js';

const fixtures = join(import.meta.dirname, '../../ast/test/fixtures');
const models = [ast];
const folder = (name: string) => openFiles(join(fixtures, name));
const golden = async (name: string) =>
  readNpy(await readFile(join(fixtures, 'hugging-face', `${name}.npy`))) as Tensor<'float32'>;

async function run(files: FileStore): Promise<Record<string, Tensor<'float32'>>> {
  const directory = await openModelDirectory(files);
  const config = ast.readConfig(directory.config, directory.preprocessorConfig);
  const loaded = await referenceBackend().load(ast, directory.weights, { config });
  await directory.weights.close();
  return loaded.run({ input_values: await golden('input') });
}

function difference(a: Tensor<'float32'>, b: Tensor<'float32'>): number {
  expect(a.shape).toEqual(b.shape);
  return Math.max(...Array.from(a.data, (value, index) => Math.abs(value - b.data[index]!)));
}

/** All tensors of a fixture's directory, in memory. */
async function tensorsOf(name: string): Promise<Record<string, Tensor>> {
  const { weights } = await openModelDirectory(await folder(name));
  const tensors: Record<string, Tensor> = {};
  for (const [each, stored] of weights.tensors) tensors[each] = await readTensor(stored);
  await weights.close();
  return tensors;
}

async function configs(name = 'hugging-face/whole') {
  const files = await folder(name);
  const config = (await readJson(files, 'config.json'))!;
  return { config, preprocessorConfig: (await readPreprocessorConfig(files))! };
}

async function convert(source: ByteSource | FileStore, options: Partial<ConvertOptions> = {}) {
  const output = memoryDirectory();
  const report = await convertCheckpoint(source, { models, output, ...options });
  return { output, report };
}

/** A folder of these files. */
function store(files: Readonly<Record<string, Uint8Array | JsonObject>>): FileStore {
  return {
    name: 'a folder',
    async open(name) {
      const content = files[name];
      if (content === undefined) return undefined;
      const bytes =
        content instanceof Uint8Array ? content : new TextEncoder().encode(JSON.stringify(content));
      return bytesSource(bytes, name);
    },
  };
}

const archive = (tensors: Readonly<Record<string, Tensor>>) =>
  stateDictArchive(
    Object.fromEntries(
      Object.entries(tensors).map(([name, each]) => [
        name,
        { shape: [...each.shape], data: toFloat32(each) },
      ]),
    ),
  );

describe("a Hugging Face AST's state dict", () => {
  test.each([
    ['in the names of transformers 5, as torch.save wrote it', 'transformers-5/state_dict.pth'],
    ['in the names of transformers 4, in safetensors', 'hugging-face/whole/model.safetensors'],
  ])('%s, becomes its model with its config', async (_title, path) => {
    const source = await openFile(join(fixtures, path));
    const { output, report } = await convert(source, await configs());
    await source.close();
    expect(difference((await run(output)).logits!, await golden('logits'))).toBeLessThan(
      logitTolerance.float32,
    );
    expect(report.recognized).toMatchObject({ naming: 'Hugging Face', depth: 2, classes: 5 });
    expect(report.unused).toEqual([]);
    expect((await readJson(output, 'config.json'))!.id2label).toMatchObject({ 4: 'sound 4' });
    expect(await readPreprocessorConfig(output)).toMatchObject({ mean: -5.5, std: 3.25 });
  });

  test.each([
    ['model.', false],
    ['state_dict.net.', false],
    ['module._orig_mod.', true],
  ])('is found below %s', async (prefix, isWrapper) => {
    const tensors = Object.entries(await tensorsOf('transformers-5/whole'));
    const renamed = Object.fromEntries(tensors.map(([name, each]) => [prefix + name, each]));
    const { output, report } = await convert(await safetensorsSource(renamed), await configs());
    expect(difference((await run(output)).logits!, await golden('logits'))).toBeLessThan(
      logitTolerance.float32,
    );
    expect('key' in report.recognized).toBe(!isWrapper);
  });

  test('of an ASTModel inside a larger module embeds', async () => {
    const tensors = Object.entries(await tensorsOf('transformers-5/base'));
    const head = { 'head.weight': tensor('float32', [2, 32], new Float32Array(64)) };
    const renamed = Object.fromEntries(tensors.map(([name, each]) => [`ast.${name}`, each]));
    const { output, report } = await convert(
      await safetensorsSource({ ...renamed, ...head }),
      await configs(),
    );
    const { embedding, logits } = await run(output);
    expect(logits).toBeUndefined();
    expect(difference(embedding!, await golden('embedding'))).toBeLessThan(logitTolerance.float32);
    expect(report.assumptions).toContain('It has no head: the model embeds, and gives no labels.');
    expect(report.unused).toEqual(['head.weight']);
    expect((await readJson(output, 'config.json'))!.architectures).toEqual(['ASTModel']);
  });

  test('without its config says that it is needed', async () => {
    const source = await safetensorsSource(await tensorsOf('hugging-face/whole'));
    await expect(convert(source)).rejects.toMatchObject({
      code: 'argument',
      message: expect.stringMatching(/`config`/),
    });
    expect((await inspectCheckpoint(source, { models })).recognized).toMatchObject({
      naming: 'Hugging Face',
    });
  });

  test('without a preprocessor takes mean and std as told, else assumes them', async () => {
    const source = await safetensorsSource(await tensorsOf('hugging-face/whole'));
    const { config } = await configs();
    const told = await convert(source, { config, settings: { mean: -5.5, std: 3.25 } });
    expect(await readPreprocessorConfig(told.output)).toMatchObject({
      mean: -5.5,
      std: 3.25,
      max_length: 100,
    });
    const assumed = await convert(source, { config });
    expect(assumed.report.assumptions.join()).toMatch(/mean -4\.26.* std 4\.56/);
    await expect(convert(source, { ...(await configs()), settings: { mean: 1 } })).rejects.toThrow(
      /^mean cannot be given/,
    );
  });

  test('takes labels as told, else of its config, which must be as many', async () => {
    const source = await safetensorsSource(await tensorsOf('hugging-face/whole'));
    const { config, preprocessorConfig } = await configs();
    const labels = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name }));
    const told = await convert(source, { config, preprocessorConfig, labels });
    expect((await readJson(told.output, 'config.json'))!.id2label).toMatchObject({ 4: 'e' });
    const { id2label: _, label2id: __, ...unnamed } = config;
    const untold = await convert(source, { config: unnamed, preprocessorConfig });
    expect((await readJson(untold.output, 'config.json'))!.id2label).toMatchObject({ 4: 'LABEL_4' });
    const wrong = { ...config, id2label: { 0: 'a' } };
    await expect(convert(source, { config: wrong, preprocessorConfig })).rejects.toThrow(
      /labels in config\.json.*expected 5 labels.*got 1.*`labels`/,
    );
  });

  test.each<[string, JsonObject, string, RegExp]>([
    ['of fewer layers', { num_hidden_layers: 1 }, 'weights', /expected num_hidden_layers 2, got 1/],
    ['of another width', { hidden_size: 64 }, 'weights', /misshapen/],
    ['of another model', { model_type: 'vit' }, 'argument', /got "vit"/],
    ['with another activation', { hidden_act: 'relu' }, 'model', /hidden_act.*"relu"/],
  ])('with a config %s is refused', async (_title, changes, code, message) => {
    const source = await safetensorsSource(await tensorsOf('transformers-5/whole'));
    const { config, preprocessorConfig } = await configs();
    const converting = convert(source, { config: { ...config, ...changes }, preprocessorConfig });
    await expect(converting).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test("of a vision transformer, which has an AST's names, is none", async () => {
    const tensors = await tensorsOf('hugging-face/whole');
    const name = 'audio_spectrogram_transformer.embeddings.patch_embeddings.projection.weight';
    const pictures = {
      ...tensors,
      [name]: tensor('float32', [32, 3, 16, 16], new Float32Array(32 * 3 * 256)),
    };
    await expect(convert(await safetensorsSource(pictures), await configs())).rejects.toThrow(
      /no checkpoint of a known model/,
    );
  });
});

describe('a directory of transformers 5', () => {
  test.each<[NonNullable<ConvertOptions['dtype']>, number]>([
    ['float32', logitTolerance.float32],
    ['float16', logitTolerance.float16],
    ['bfloat16', 0.05], // 8 bits of mantissa
  ])('is written as %s in the names that all versions read', async (dtype, tolerance) => {
    const { output, report } = await convert(await folder('transformers-5/whole'), { dtype });
    expect(report).toMatchObject({ dtype, unused: [] });
    expect(difference((await run(output)).logits!, await golden('logits'))).toBeLessThan(tolerance);
    const { weights } = await openModelDirectory(output);
    const older = Object.keys(await tensorsOf('hugging-face/whole')).sort();
    expect([...weights.tensors.keys()].sort()).toEqual(older);
    expect(await readPreprocessorConfig(output)).toMatchObject({ mean: -5.5, std: 3.25 });
  });

  test.each(['transformers-5/whole', 'transformers-5/base'])('is quantized to int8: %s', async (name) => {
    const output = memoryDirectory();
    await quantizeModel(await folder(name), { models, output, dtype: 'int8' });
    const { embedding } = await run(output);
    expect(difference(embedding!, await golden('embedding'))).toBeLessThan(0.1);
  });

  test('begins a model for new labels, with or without a head of its own', async () => {
    const labels = ['a', 'b', 'c'].map((name) => ({ name }));
    for (const name of ['transformers-5/whole', 'transformers-5/base']) {
      const output = memoryDirectory();
      await initializeModel(await folder(name), { models, output, labels });
      const { embedding, logits } = await run(output);
      expect(logits!.shape).toEqual([1, 3]);
      expect(difference(embedding!, await golden('embedding'))).toBeLessThan(logitTolerance.float32);
    }
  });

  test('is inspected', async () => {
    const inspection = await inspectCheckpoint(await folder('transformers-5/whole'), { models });
    expect(inspection).toMatchObject({ format: 'model-directory', recognized: { model: ast.type } });
  });
});

describe('a directory', () => {
  test('with pytorch_model.bin in shards is read shard after shard', async () => {
    const tensors = Object.entries(await tensorsOf('hugging-face/whole'));
    const shard = (place: number) => `pytorch_model-0000${place + 1}-of-00003.bin`;
    const parts = [0, 1, 2].map((place) => tensors.filter((_, index) => index % 3 === place));
    const weight_map = Object.fromEntries(
      parts.flatMap((part, place) => part.map(([name]) => [name, shard(place)] as const)),
    );
    const { config, preprocessorConfig } = await configs();
    const files: Record<string, Uint8Array | JsonObject> = {
      'config.json': config,
      'preprocessor_config.json': preprocessorConfig,
      'pytorch_model.bin.index.json': { weight_map },
      ...Object.fromEntries(parts.map((part, place) => [shard(place), archive(Object.fromEntries(part))])),
    };
    const { output } = await convert(store(files));
    expect(difference((await run(output)).logits!, await golden('logits'))).toBeLessThan(
      logitTolerance.float32,
    );

    const { [shard(1)]: _, ...without } = files;
    await expect(convert(store(without))).rejects.toThrow(/pytorch_model-00002-of-00003\.bin is not there/);
    const lost = {
      ...files,
      'pytorch_model.bin.index.json': { weight_map: { ...weight_map, more: shard(0) } },
    };
    await expect(convert(store(lost))).rejects.toThrow(/"more" stands in the index but in no file/);
    const away = { ...files, 'pytorch_model.bin.index.json': { weight_map: { a: '../x.bin' } } };
    await expect(convert(store(away))).rejects.toThrow(/outside its folder/);
    const seen: number[] = [];
    await inspectCheckpoint(store(files), {
      models,
      onProgress: ({ done, total }) => seen.push(done / total!),
    });
    expect(seen.every((share, place) => share >= (seen[place - 1] ?? 0) && share <= 1)).toBe(true);
  });

  test('with further tensors passes over them, unless it is to be strict', async () => {
    const tensors = await tensorsOf('hugging-face/whole');
    const further = { 'loss.weight': tensor('float32', [2], new Float32Array(2)) };
    const files = store({
      'config.json': (await configs()).config,
      'preprocessor_config.json': (await configs()).preprocessorConfig,
      'pytorch_model.bin': archive({ ...tensors, ...further }),
    });
    expect((await convert(files)).report.unused).toEqual(['loss.weight']);
    await expect(convert(files, { strict: true })).rejects.toMatchObject({
      code: 'weights',
      message: expect.stringContaining('1 unexpected: "loss.weight"'),
    });
    const ignoring = { ...ast, ignored: (name: string) => name === 'loss.weight' };
    expect((await convert(files, { strict: true, models: [ignoring] })).report.unused).toEqual([]);
  });

  test('with more layers than its config knows is refused', async () => {
    const { config, preprocessorConfig } = await configs();
    const files = store({
      'config.json': { ...config, num_hidden_layers: 1 },
      'preprocessor_config.json': preprocessorConfig,
      'pytorch_model.bin': archive(await tensorsOf('transformers-5/whole')),
    });
    await expect(convert(files)).rejects.toMatchObject({
      code: 'weights',
      message: expect.stringContaining('layers.1.'),
    });
  });

  test('whose config holds NaN where nobody looks loses only that', async () => {
    const { config, preprocessorConfig } = await configs();
    const text = JSON.stringify({ ...config, note: 'NaN' }).replace(
      '{',
      '{"strange": NaN, "list": [-Infinity],',
    );
    const files = store({
      'config.json': new TextEncoder().encode(text),
      'preprocessor_config.json': preprocessorConfig,
      'pytorch_model.bin': archive(await tensorsOf('hugging-face/whole')),
    });
    const { output } = await convert(files);
    const written = (await readJson(output, 'config.json'))!;
    expect(written).toMatchObject({ note: 'NaN', hidden_size: 32 });
    expect(written).not.toHaveProperty('strange');
  });
});
