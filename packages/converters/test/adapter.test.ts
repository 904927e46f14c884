// LoRA adapters as PEFT saves them (fixtures/adapters/make.py), merged into the model that they were trained on: the
// logits are those of PEFT's own adapted model.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { convertCheckpoint, inspectCheckpoint, memoryDirectory, quantizeModel } from '@audiozoo/converters';
import {
  bytesSource,
  type FileStore,
  type JsonObject,
  openModelDirectory,
  readNpy,
  type Tensor,
} from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { readJson } from '@audiozoo/core/plugin';
import { logitTolerance, referenceBackend } from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';

const fixtures = join(import.meta.dirname, 'fixtures/adapters');
const trained = join(import.meta.dirname, '../../ast/test/fixtures/hugging-face');
const models = [ast];
const adapter = (name: string) => openFiles(join(fixtures, name));
const base = () => openFiles(join(trained, 'whole'));
const numbers = async (path: string) => readNpy(await readFile(path)) as Tensor<'float32'>;

async function merged(name: string, options: Partial<Parameters<typeof convertCheckpoint>[1]> = {}) {
  const output = memoryDirectory();
  const report = await convertCheckpoint(await adapter(name), {
    models,
    output,
    base: await base(),
    ...options,
  });
  return { output, report };
}

async function run(files: FileStore): Promise<Record<string, Tensor<'float32'>>> {
  const directory = await openModelDirectory(files);
  const config = ast.readConfig(directory.config, directory.preprocessorConfig);
  const loaded = await referenceBackend().load(ast, directory.weights, { config });
  await directory.weights.close();
  return loaded.run({ input_values: await numbers(join(trained, 'input.npy')) });
}

function difference(a: Tensor<'float32'>, b: Tensor<'float32'>): number {
  expect(a.shape).toEqual(b.shape);
  return Math.max(...Array.from(a.data, (value, index) => Math.abs(value - b.data[index]!)));
}

/** A folder with some of its files replaced. */
function patched(files: FileStore, texts: Readonly<Record<string, JsonObject>>): FileStore {
  return {
    name: files.name,
    open: async (name) =>
      texts[name]
        ? bytesSource(new TextEncoder().encode(JSON.stringify(texts[name])), name)
        : files.open(name),
  };
}

describe('merging an adapter', () => {
  test.each([
    ['patterns', 'of ranks and alphas, biases, a convolution and a head trained whole'],
    ['rank-stabilized', 'with alpha over the square root of the rank, and all biases'],
    ['new-head', 'in adapter_model.bin, with a head for other classes'],
    ['names-of-4', 'under the names of transformers 4'],
  ])('%s: %s', async (name) => {
    const { output, report } = await merged(name);
    const { logits } = await run(output);
    const theirs = await numbers(join(fixtures, name, 'logits.npy'));
    expect(difference(logits!, theirs)).toBeLessThan(logitTolerance.float32);
    expect(report.recognized).toMatchObject({ adapter: 'LORA', base: 'MIT/ast-tiny' });
    expect(report.assumptions[0]).toContain('the adapter was trained on "MIT/ast-tiny"');

    // The adapter is no matter of rounding: without it, the logits are others.
    const without = await run(await base());
    if (name !== 'new-head') expect(difference(without.logits!, theirs)).toBeGreaterThan(0.01);
  });

  test('into a model without a head keeps it so', async () => {
    const headless = await openFiles(join(trained, '../transformers-5/base'));
    const { output } = await merged('no-head', { base: headless });
    const { embedding, logits } = await run(output);
    const theirs = await numbers(join(fixtures, 'no-head/embedding.npy'));
    expect(logits).toBeUndefined();
    expect(difference(embedding!, theirs)).toBeLessThan(logitTolerance.float32);
    const withHead = await merged('no-head');
    expect(difference((await run(withHead.output)).embedding!, theirs)).toBeLessThan(logitTolerance.float32);
  });

  test('a head for other classes takes the labels that are told, else numbers', async () => {
    const labels = ['dog', 'cat', 'rain'].map((name) => ({ name }));
    const told = await merged('new-head', { labels });
    expect((await readJson(told.output, 'config.json'))!.id2label).toEqual({ 0: 'dog', 1: 'cat', 2: 'rain' });
    const untold = await merged('new-head');
    expect((await readJson(untold.output, 'config.json'))!.id2label).toMatchObject({ 2: 'LABEL_2' });
    expect(untold.report.assumptions.join()).toContain("the adapter's head has 3 classes");
    await expect(merged('new-head', { labels: labels.slice(1) })).rejects.toThrow(
      /expected 3 labels.* got 2/,
    );
  });

  test.each([
    ['float16', logitTolerance.float16],
    ['bfloat16', 0.05], // 8 bits of mantissa
  ] as const)('is stored as %s when asked', async (dtype, tolerance) => {
    const { output, report } = await merged('patterns', { dtype });
    expect(report.dtype).toBe(dtype);
    const theirs = await numbers(join(fixtures, 'patterns/logits.npy'));
    expect(difference((await run(output)).logits!, theirs)).toBeLessThan(tolerance);
  });

  test('and then quantizing it keeps what it says', async () => {
    const { output } = await merged('patterns');
    const quantized = memoryDirectory();
    await quantizeModel(output, { models, output: quantized, dtype: 'int8' });
    const theirs = await numbers(join(fixtures, 'patterns/logits.npy'));
    expect(difference((await run(quantized)).logits!, theirs)).toBeLessThan(0.05);
  });
});

describe('an adapter that cannot be merged', () => {
  test('without its base says which', async () => {
    await expect(merged('patterns', { base: undefined })).rejects.toMatchObject({
      code: 'argument',
      message: expect.stringMatching(/"MIT\/ast-tiny".*`base`/),
    });
  });

  test.each<[string, JsonObject, RegExp]>([
    ['DoRA', { use_dora: true }, /sets "use_dora", which is not merged/],
    ['another kind', { peft_type: 'IA3' }, /expected peft_type "LORA", got "IA3"/],
    ['PiSSA', { init_lora_weights: 'pissa_niter_4' }, /changing the base's weights.*"pissa_niter_4"/],
    ['replicated layers', { layer_replication: [[0, 2]] }, /"layer_replication"/],
    ['what nobody knows yet', { use_tomorrow: 1 }, /"use_tomorrow"/],
    ['an alpha that is no number', { lora_alpha: 'much' }, /lora_alpha.*got "much"/],
    ['an expression that could take for ever', { alpha_pattern: { '(a+)+b': 1 } }, /alpha_pattern/],
    ['one that takes longer the longer a name is', { alpha_pattern: { '.*.*.*.*!': 1 } }, /too much work/],
    ['an expression that is none', { alpha_pattern: { '(': 1 } }, /alpha_pattern/],
  ])('%s is refused by name', async (_title, changes, message) => {
    const files = await adapter('patterns');
    const config = (await readJson(files, 'adapter_config.json'))!;
    const changed = patched(files, { 'adapter_config.json': { ...config, ...changes } });
    const converting = convertCheckpoint(changed, { models, output: memoryDirectory(), base: await base() });
    await expect(converting).rejects.toMatchObject({
      code: 'model',
      message: expect.stringMatching(message),
    });
  });

  test('into another model than it was trained on is refused, naming what does not fit', async () => {
    const files = await base();
    const config = (await readJson(files, 'config.json'))!;
    const other = patched(files, { 'config.json': { ...config, num_hidden_layers: 1 } });
    await expect(merged('patterns', { base: other })).rejects.toMatchObject({ code: 'weights' });
  });

  test('a base for what is no adapter is refused', async () => {
    const output = memoryDirectory();
    const converting = convertCheckpoint(await base(), { models, output, base: await base() });
    await expect(converting).rejects.toMatchObject({
      code: 'argument',
      message: expect.stringContaining('`base`'),
    });
  });

  test('its file alone says what to convert instead', async () => {
    const file = (await (await adapter('patterns')).open('adapter_model.safetensors'))!;
    const converting = convertCheckpoint(file, { models, output: memoryDirectory() });
    await expect(converting).rejects.toThrow(/This is an adapter: convert its folder/);
    await file.close();
  });
});

test('an adapter is inspected', async () => {
  expect(await inspectCheckpoint(await adapter('patterns'), { models })).toMatchObject({
    format: 'safetensors',
    recognized: { adapter: 'LORA', rank: 4, base: 'MIT/ast-tiny' },
  });
});
