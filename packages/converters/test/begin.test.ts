// Models from nothing: their sizes, the numbers that they begin with, and that they run.

import { join } from 'node:path';
import { type AstConfig, ast } from '@audiozoo/ast';
import { type CedConfig, ced } from '@audiozoo/ced';
import { type BeginOptions, beginModel, convertCheckpoint, memoryDirectory } from '@audiozoo/converters';
import { type AnyModel, openModelDirectory, readTensor, toFloat32 } from '@audiozoo/core';
import { openFile } from '@audiozoo/core/files';
import { randomTensor, referenceBackend } from '@audiozoo/core/testing';
import { type EfficientatConfig, efficientat } from '@audiozoo/efficientat';
import { describe, expect, test } from 'vitest';
import { toy } from './toy-model.js';

const labels = [{ name: 'yes' }, { name: 'no' }, { name: 'silence' }];
const small = { embedDim: 32, depth: 2, heads: 2, frames: 64, melBins: 32 };
const narrow = { width: 0.1, frames: 64, melBins: 32 };

async function begin<Model extends AnyModel>(model: Model, options: Partial<BeginOptions> = {}) {
  const output = memoryDirectory();
  const settings = model === efficientat ? narrow : small;
  const report = await beginModel({ model, output, labels, settings, ...options });
  const { config, preprocessorConfig, weights } = await openModelDirectory(output);
  const values = new Map<string, Float32Array>();
  for (const [name, stored] of weights.tensors) values.set(name, toFloat32(await readTensor(stored)));
  return { report, values, weights, config: model.readConfig(config, preprocessorConfig) as unknown };
}

/** Six standard errors, for the seeds here. */
function expectNormal(values: Float32Array, deviation: number): void {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  expect(Math.abs(mean)).toBeLessThan((6 * deviation) / Math.sqrt(values.length));
  expect(Math.abs(Math.sqrt(square) / deviation - 1)).toBeLessThan(6 / Math.sqrt(2 * values.length));
  const largest = values.reduce((most, value) => Math.max(most, value));
  expect(largest).toBeGreaterThan(Math.sqrt(3) * deviation); // where uniform numbers end
}

function expectUniform(values: Float32Array, bound: number): void {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(largest).toBeLessThanOrEqual(Math.fround(bound));
  expect(largest).toBeGreaterThan(0.8 * bound);
}

const all = (values: Float32Array | undefined, value: number) =>
  expect([...values!]).toEqual(Array(values!.length).fill(value));

describe('an AST from nothing', () => {
  test('has the sizes that were said, and says what it took for granted', async () => {
    const settings = { ...small, patchSize: 8, fstride: 8, tstride: 4, mlpDim: 48, mean: -5, std: 3 };
    const { config, report } = await begin(ast, { settings, problemType: 'multi_label_classification' });
    expect(config).toMatchObject({
      ...{ embedDim: 32, depth: 2, heads: 2, mlpDim: 48, patchSize: 8, frames: 64, melBins: 32 },
      ...{ frequencyStride: 8, timeStride: 4, mean: -5, std: 3, labels },
      problemType: 'multi_label_classification',
    });
    expect(report.assumptions).toEqual([]);
    expect(report.dtype).toBe('float32');

    const usual = await begin(ast, { settings: { embedDim: 64, depth: 1 } });
    expect(usual.report.assumptions).toContain(
      'patchSize 16, fstride 10, tstride 10, frames 1024, melBins 128: as in AST-base.',
    );
    expect(usual.config).toMatchObject({ heads: 1, mlpDim: 256 } satisfies Partial<AstConfig>);
  });

  test('begins as the official code does', async () => {
    const { values } = await begin(ast);
    const body = 'audio_spectrogram_transformer';
    const block = `${body}.encoder.layer.1`;
    expectNormal(values.get(`${block}.attention.attention.query.weight`)!, 0.02);
    expectNormal(values.get(`${block}.intermediate.dense.weight`)!, 0.02);
    expectNormal(values.get(`${body}.embeddings.position_embeddings`)!, 0.02);
    expectNormal(values.get(`${body}.embeddings.cls_token`)!, 0.02);
    all(values.get(`${block}.output.dense.bias`), 0);
    all(values.get(`${block}.layernorm_after.weight`), 1);
    all(values.get(`${block}.layernorm_after.bias`), 0);
    expectUniform(values.get(`${body}.embeddings.patch_embeddings.projection.weight`)!, 1 / 16);
    expectUniform(values.get('classifier.dense.weight')!, 1 / Math.sqrt(32));
  });

  test.each<[string, Partial<BeginOptions>, string]>([
    ['no labels', { labels: [] }, 'there are no labels'],
    ['heads that do not divide the width', { settings: { ...small, heads: 5 } }, 'width 32 does not split'],
    ['frames for no patch', { settings: { ...small, frames: 15 } }, 'frames does not fit'],
    ['an unknown setting', { settings: { widht: 3 } }, 'has no setting "widht"'],
    ['half a block', { settings: { depth: 0.5 } }, 'depth'],
    ['numbers without deviation', { settings: { ...small, deviation: 0 } }, 'deviation does not fit'],
  ])('%s: refused, and nothing is written', async (_, options, message) => {
    const output = memoryDirectory();
    const begun = beginModel({ model: ast, output, labels, settings: small, ...options });
    await expect(begun).rejects.toThrow(message);
    expect(await output.open('config.json')).toBeUndefined();
  });
});

describe('a CED from nothing', () => {
  test('has the sizes that were said, and bands that are normalized by mean and deviation', async () => {
    const { config, values, report } = await begin(ced, { settings: { ...small, mean: -30, std: 25 } });
    expect(config).toMatchObject({
      ...{ embedDim: 32, depth: 2, heads: 2, mlpDim: 128, frames: 64, melBins: 32, labels },
      problemType: 'single_label_classification',
    } satisfies Partial<CedConfig>);
    all(values.get('encoder.init_bn.running_mean'), -30);
    all(values.get('encoder.init_bn.running_var'), 625);
    all(values.get('encoder.init_bn.weight'), 1);
    all(values.get('encoder.init_bn.bias'), 0);
    expect(report.assumptions).toContain('patchSize 16, hopLength 160: as in ced-base.');
  });

  test("begins as the authors' code does", async () => {
    const { values } = await begin(ced);
    expectNormal(values.get('encoder.blocks.0.attn.qkv.weight')!, 0.02);
    expectNormal(values.get('encoder.time_pos_embed')!, 0.02);
    expectNormal(values.get('outputlayer.1.weight')!, 0.02);
    all(values.get('outputlayer.1.bias'), 0);
    all(values.get('encoder.blocks.1.norm2.weight'), 1);
    expectUniform(values.get('encoder.patch_embed.proj.weight')!, 1 / 16);
  });

  test.each<[string, Partial<BeginOptions>, string]>([
    ['no labels', { labels: [] }, 'there are no labels'],
    ['mel bins for no patch', { settings: { ...small, melBins: 8 } }, 'melBins does not fit'],
    ['sound without deviation', { settings: { ...small, std: 0 } }, 'std does not fit'],
    ['numbers without deviation', { settings: { ...small, deviation: 0 } }, 'deviation does not fit'],
  ])('%s: refused', async (_, options, message) => {
    await expect(begin(ced, options)).rejects.toThrow(message);
  });
});

describe('an EfficientAT from nothing', () => {
  test('has the sizes that were said, and says what it took for granted', async () => {
    const told = { ...narrow, hopLength: 160, windowLength: 400, fftLength: 512, sampleRate: 16_000 };
    const { config, report } = await begin(efficientat, {
      settings: { ...told, strides: '2, 2,1,1' },
      problemType: 'multi_label_classification',
    });
    expect(config).toMatchObject({
      ...{ ...told, variant: 'mn', head: 'mlp', strides: [2, 2, 1, 1], highFrequency: 7000, labels },
      problemType: 'multi_label_classification',
    } satisfies Partial<EfficientatConfig>);
    expect(report.assumptions).toEqual([]);

    const usual = await begin(efficientat, { settings: { width: 0.1, hopLength: 640 } });
    expect(usual.report.assumptions).toEqual([
      'melBins 128, windowLength 800, fftLength 1024, sampleRate 32000, strides 2,2,2,2: as in mn10.',
      'frames 1500: 30 seconds.',
      'single_label_classification: a clip is of one class.',
    ]);
    expect(usual.config).toMatchObject({
      ...{ frames: 1500, highFrequency: 15_000, problemType: 'single_label_classification' },
    } satisfies Partial<EfficientatConfig>);
  });

  test("has the tensors, the config and the front end of the authors' checkpoint of its sizes", async () => {
    const published = '../../efficientat/test/fixtures/efficientat/mn01_mels_64_s2221.pt';
    const source = await openFile(join(import.meta.dirname, published));
    const converted = memoryDirectory();
    await convertCheckpoint(source, { models: [efficientat], output: converted });
    await source.close();
    const theirs = await openModelDirectory(converted);
    const { labels, problemType } = efficientat.readConfig(theirs.config, theirs.preprocessorConfig);

    const output = memoryDirectory();
    const settings = { width: 0.1, melBins: 64, strides: '2,2,2,1' };
    await beginModel({ model: efficientat, output, labels, problemType, settings });
    const ours = await openModelDirectory(output);
    expect(ours.config).toEqual(theirs.config);
    expect(ours.preprocessorConfig).toEqual(theirs.preprocessorConfig);
    const shapes = ({ weights }: typeof ours) =>
      Object.fromEntries([...weights.tensors].map(([name, { shape }]) => [name, shape]));
    expect(shapes(ours)).toEqual(shapes(theirs));
  });

  test("begins as the authors' code does", async () => {
    const { values } = await begin(efficientat, { settings: { ...narrow, width: 1 } });
    const kernels = (name: string) => values.get(`features.${name}.weight`)!;
    expectNormal(kernels('0.0'), Math.sqrt(2 / (16 * 9)));
    expectNormal(kernels('4.block.0.0'), Math.sqrt(2 / 72)); // of one place
    expectNormal(kernels('4.block.1.0'), Math.sqrt(2 / (72 * 25))); // depthwise
    expectNormal(kernels('16.0'), Math.sqrt(2 / 960));
    for (const layer of ['features.4.block.2.conc_se_layers.0.fc1', 'classifier.2', 'classifier.5']) {
      expectNormal(values.get(`${layer}.weight`)!, 0.01);
      all(values.get(`${layer}.bias`), 0);
    }
    for (const norm of ['features.0.1', 'features.4.block.3.1', 'features.16.1']) {
      all(values.get(`${norm}.weight`), 1);
      all(values.get(`${norm}.bias`), 0);
      all(values.get(`${norm}.running_mean`), 0);
      all(values.get(`${norm}.running_var`), 1);
    }
  });

  test('hears its longest clip, be it as short as can be said', async () => {
    const { config } = await begin(efficientat, { settings: { ...narrow, frames: 1, hopLength: 514 } });
    const { maxSamples, inputs } = efficientat.frontEnd(config as EfficientatConfig);
    expect(inputs([new Float32Array(maxSamples)]).input_values!.shape).toEqual([1, 1, 32]);
  });

  test.each<[string, BeginOptions['settings'], string]>([
    ['no width', { width: 0 }, 'width does not fit'],
    ['more than any width', { width: 21 }, 'width does not fit'],
    ['three strides', { strides: '2,2,2' }, 'strides does not fit'],
    ['strides that are no numbers', { strides: 'wide' }, 'strides does not fit'],
    ['more mel bands than any front end', { melBins: 1025 }, 'melBins does not fit'],
    ['hops beyond any window', { hopLength: 65_537 }, 'hopLength does not fit'],
    ['a window beyond its transform', { windowLength: 1025 }, 'windowLength does not fit'],
    ['a transform beyond any', { fftLength: 65_537 }, 'fftLength does not fit'],
    ['a rate that leaves no band', { sampleRate: 2001 }, 'sampleRate does not fit'],
    ['frames for no transform', { frames: 1, hopLength: 513 }, 'frames does not fit'],
    ['more frames than any clip', { frames: 60_001 }, 'frames does not fit'],
  ])('%s: refused by its name', async (_, settings, message) => {
    const begun = begin(efficientat, { settings: { ...narrow, ...settings } });
    const [option] = Object.keys(settings!);
    await expect(begun).rejects.toThrow(message);
    await expect(begun).rejects.toMatchObject({ code: 'argument', option: `settings.${option}` });
  });

  test('no labels: refused', async () => {
    await expect(begin(efficientat, { labels: [] })).rejects.toThrow('there are no labels');
  });
});

describe.each<[string, AnyModel, string]>([
  ['AST', ast, 'classifier.layernorm.weight'],
  ['CED', ced, 'encoder.norm.weight'],
  ['EfficientAT', efficientat, 'features.0.1.weight'],
])('%s', (_, model, norm) => {
  test('runs', async () => {
    const { weights, config } = await begin(model);
    const loaded = await referenceBackend().load(model, weights, { config });
    const { logits } = await loaded.run({ input_values: randomTensor([2, 64, 32], 3, 10) });
    expect(logits!.shape).toEqual([2, labels.length]);
    expect([...logits!.data].every(Number.isFinite)).toBe(true);
  });

  test('is the same for the same seed, another for another', async () => {
    const first = await begin(model, { seed: 7 });
    expect((await begin(model, { seed: 7 })).values).toEqual(first.values);
    const other = (await begin(model, { seed: 8 })).values;
    all(other.get(norm), 1);
    const drawn = [...first.values].filter(([, data]) => new Set(data).size > 1);
    expect(drawn.length).toBeGreaterThan(10);
    for (const [name, data] of drawn) expect(other.get(name), name).not.toEqual(data);
  });

  test('is stored as asked', async () => {
    const { report } = await begin(model, { dtype: 'float16' });
    expect(report).toMatchObject({ dtype: 'float16', recognized: { model: model.type }, unused: [] });
  });
});

describe.each<[string, AnyModel]>([
  ['AST', ast],
  ['CED', ced],
])('%s, a transformer,', (_, model) => {
  test('has numbers of a weight that do not hang on how many blocks there are', async () => {
    const one = await begin(model, { settings: { ...small, depth: 1 } });
    const two = await begin(model);
    for (const [name, data] of one.values) expect(two.values.get(name), name).toEqual(data);
  });

  test('has random numbers of the deviation that was said', async () => {
    const { values } = await begin(model, { settings: { ...small, deviation: 0.1 } });
    const [positions] = [...values].find(([name]) => /time_pos_embed|position_embeddings/.test(name))!;
    const [hidden] = [...values].find(([name]) => /mlp\.fc1\.weight|intermediate\.dense\.weight/.test(name))!;
    expectNormal(values.get(positions)!, 0.1);
    expectNormal(values.get(hidden)!, 0.1);
  });
});

test('a model that cannot is refused by its name', async () => {
  await expect(begin(toy)).rejects.toThrow('toy does not begin from nothing');
});
