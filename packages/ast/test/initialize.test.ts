// Beginning anew, against the official code: position embeddings for nine inputs each, the first 8 channels.

import { type AstConfig, ast } from '@audiozoo/ast';
import { convertCheckpoint, initializeModel, memoryDirectory } from '@audiozoo/converters';
import {
  type ByteSource,
  type FileStore,
  openModelDirectory,
  readTensor,
  type Tensor,
  tensor,
  toFloat32,
  type Weights,
} from '@audiozoo/core';
import { openFile } from '@audiozoo/core/files';
import { modelTensors } from '@audiozoo/core/plugin';
import { randomTensor, referenceBackend } from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';
import { largestDifference } from './largest-difference.js';
import { audioset, deit, golden, referencePath } from './official-cases.js';
import { safetensorsSource, tinyTransformer, tinyWidth } from './tiny-checkpoint.js';

const positionTolerance = 1e-5;
const patchTolerance = 1e-6;

const labels = [{ name: 'yes' }, { name: 'no' }, { name: 'silence' }];
const embeddings = 'audio_spectrogram_transformer.embeddings';
const patchProjection = `${embeddings}.patch_embeddings.projection`;

type Options = Partial<Parameters<typeof initializeModel>[1]>;

/** A model that begins from `source`, in memory, and what was said about it. */
async function initialize(source: ByteSource | FileStore, options: Options = {}) {
  const output = memoryDirectory();
  const report = await initializeModel(source, { models: [ast], output, labels, ...options });
  const { config, preprocessorConfig, weights } = await openModelDirectory(output);
  return { report, files: output, config: ast.readConfig(config, preprocessorConfig), weights };
}

const read = async (weights: Weights, name: string): Promise<Tensor<'float32'>> => {
  const stored = await readTensor(weights.tensors.get(name)!);
  return tensor('float32', stored.shape, toFloat32(stored));
};

/** The first 8 channels of position embeddings [1, tokens, D], as [tokens, 8]. */
async function firstChannels(weights: Weights): Promise<Tensor<'float32'>> {
  const { shape, data } = await read(weights, `${embeddings}.position_embeddings`);
  const [, tokens, width] = shape as [number, number, number];
  const first = Array.from({ length: tokens }, (_, token) => [
    ...data.subarray(token * width, token * width + 8),
  ]);
  return tensor('float32', [tokens, 8], Float32Array.from(first.flat()));
}

async function expectPositions(weights: Weights, file: string): Promise<void> {
  const expected = await golden(`ast/${file}`);
  const got = await firstChannels(weights);
  expect(largestDifference(got, { ...expected, shape: got.shape })).toBeLessThan(positionTolerance);
}

const settingsOf = (adaptation: (typeof deit.adaptations)[number]) => ({
  fstride: adaptation.fstride,
  tstride: adaptation.tstride,
  frames: adaptation.inputTdim,
  melBins: adaptation.inputFdim,
});
const titled = (adaptations: typeof deit.adaptations) =>
  adaptations.map(
    (its) => [`${its.inputFdim}×${its.inputTdim}, strides ${its.fstride} and ${its.tstride}`, its] as const,
  );

const deitPositions =
  deit.posEmbedFirst8Channels === undefined
    ? randomTensor([578, tinyWidth], 1)
    : await golden(`ast/${deit.posEmbedFirst8Channels}`);
const tinyDeit = () => safetensorsSource(tinyTransformer('', 3, deitPositions));

describe('from a distilled DeiT', () => {
  test.each(titled(deit.adaptations))('positions for %s are the official ones', async (_, adaptation) => {
    const source = await (deit.checkpoint ? openFile(referencePath(deit.checkpoint)) : tinyDeit());
    const heads = deit.checkpoint ? {} : { heads: 1 };
    const { config, weights } = await initialize(source, {
      settings: { ...settingsOf(adaptation), ...heads },
    });
    await expectPositions(weights, adaptation.posEmbedFirst8Channels);
    expect(config).toMatchObject({ frames: adaptation.inputTdim, frequencyStride: adaptation.fstride });
    if (deit.patchWeight) {
      const patches = await read(weights, `${patchProjection}.weight`);
      expect(largestDifference(patches, await golden(`ast/${deit.patchWeight}`))).toBeLessThan(
        patchTolerance,
      );
    }
    await source.close();
  });

  test('colors are summed in the patches’ weight', async () => {
    const given = tinyTransformer('', 3, deitPositions);
    const { weights } = await initialize(await safetensorsSource(given), { settings: { heads: 1 } });
    const { shape, data } = await read(weights, `${patchProjection}.weight`);
    expect(shape).toEqual([tinyWidth, 1, 16, 16]);
    const rgb = toFloat32(given['patch_embed.proj.weight']!);
    data.forEach((value, index) => {
      const start = Math.floor(index / 256) * 3 * 256 + (index % 256);
      const sum = rgb[start]! + rgb[start + 256]! + rgb[start + 512]!;
      expect(Math.abs(value - sum)).toBeLessThan(patchTolerance);
    });
  });

  test('the transformer is taken over, its own heads are not, and it runs', async () => {
    const given = tinyTransformer('', 3, deitPositions);
    const source = await safetensorsSource({
      ...given,
      'head.weight': randomTensor([10, tinyWidth], 1),
      'head_dist.weight': randomTensor([10, tinyWidth], 2),
    });
    const settings = { heads: 1, frames: 64, melBins: 32 };
    const { report, config, weights } = await initialize(source, { settings });
    expect(report.recognized).toMatchObject({ naming: 'distilled DeiT', picture: '384×384' });
    expect(report.unused).toEqual(['head.weight', 'head_dist.weight']);
    const key = await read(
      weights,
      'audio_spectrogram_transformer.encoder.layer.0.attention.attention.key.weight',
    );
    const stacked = toFloat32(given['blocks.0.attn.qkv.weight']!);
    expect(key.data).toEqual(stacked.slice(tinyWidth ** 2, 2 * tinyWidth ** 2));

    const loaded = await referenceBackend().load(ast, weights, { config });
    const { logits } = await loaded.run({ input_values: randomTensor([2, 64, 32], 3) });
    expect(logits!.shape).toEqual([2, labels.length]);
  });

  test('under a key, as DeiT is published', async () => {
    const given = Object.entries(tinyTransformer('', 3, deitPositions));
    const source = await safetensorsSource(
      Object.fromEntries(given.map(([name, its]) => [`model.${name}`, its])),
    );
    const { report } = await initialize(source, { settings: { heads: 1 } });
    expect(report.recognized.key).toBe('model');
    expect(report.assumptions).toContain(
      'fstride 10, tstride 10, frames 1024, melBins 128: as in the official recipe for AudioSet.',
    );
  });

  test('without its distillation token it is refused, with all that does not fit', async () => {
    const { dist_token: _, 'norm.bias': __, ...rest } = tinyTransformer('', 3, deitPositions);
    const source = await safetensorsSource({ ...rest, stranger: randomTensor([2], 1) });
    await expect(initialize(source, { settings: { heads: 1 } })).rejects.toThrow(
      /2 missing: dist_token.*norm.bias.*1 unexpected: stranger/,
    );
  });

  test('whose patches are no square is refused', async () => {
    const source = await safetensorsSource(tinyTransformer('', 3, randomTensor([9, tinyWidth], 1)));
    await expect(initialize(source, { settings: { heads: 1 } })).rejects.toThrow('a square of patches');
  });
});

describe('the head', () => {
  const head = async (weights: Weights) =>
    Promise.all(
      ['layernorm.weight', 'layernorm.bias', 'dense.weight', 'dense.bias'].map((name) =>
        read(weights, `classifier.${name}`),
      ),
    );
  const begin = async (seed?: number) => {
    const source = await tinyDeit();
    const { weights } = await initialize(source, {
      settings: { heads: 1 },
      ...(seed !== undefined && { seed }),
    });
    return head(weights);
  };

  test('begins as torch’s LayerNorm and Linear do', async () => {
    const [scale, shift, weight, bias] = await begin();
    expect([...scale!.data]).toEqual(Array(tinyWidth).fill(1));
    expect([...shift!.data]).toEqual(Array(tinyWidth).fill(0));
    expect(weight!.shape).toEqual([labels.length, tinyWidth]);
    const bound = 1 / Math.sqrt(tinyWidth);
    const values = [...weight!.data, ...bias!.data];
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
    expect(Math.max(...values)).toBeGreaterThan(bound / 2);
    expect(Math.min(...values)).toBeLessThan(-bound / 2);
  });

  test('is the same for the same seed, another for another', async () => {
    expect(await begin(7)).toEqual(await begin(7));
    const [, , weight] = await begin(7);
    const [, , other] = await begin(8);
    expect(weight!.data).not.toEqual(other!.data);
  });
});

/** An AST of AudioSet's input, 8 channels wide. */
async function tinyAst(): Promise<ByteSource> {
  const positions = await golden(`ast/${audioset.posEmbedFirst8Channels}`);
  return safetensorsSource({
    ...tinyTransformer('v.', 1, positions),
    'mlp_head.0.weight': randomTensor([tinyWidth], 31),
    'mlp_head.0.bias': randomTensor([tinyWidth], 32),
    'mlp_head.1.weight': randomTensor([5, tinyWidth], 33),
    'mlp_head.1.bias': randomTensor([5], 34),
  });
}

async function tinyDirectory(): Promise<FileStore> {
  const output = memoryDirectory();
  const options = { models: [ast], output, settings: { heads: 1, mean: -5, std: 3 } };
  await convertCheckpoint(await tinyAst(), options);
  return output;
}

describe('from an AST', () => {
  test.each(titled(audioset.adaptations))('positions for %s are the official ones', async (_, adaptation) => {
    const settings = { ...settingsOf(adaptation), heads: 1 };
    const fromFile = await initialize(await tinyAst(), { settings });
    await expectPositions(fromFile.weights, adaptation.posEmbedFirst8Channels);
    const fromFolder = await initialize(await tinyDirectory(), { settings });
    await expectPositions(fromFolder.weights, adaptation.posEmbedFirst8Channels);
  });

  test('a directory gives what the new model is not told', async () => {
    const { report, config } = await initialize(await tinyDirectory());
    expect(config).toMatchObject({ mean: -5, std: 3, frames: 1024, labels });
    expect(report.assumptions).toContain('mean -5 and std 3: as in the trained model.');
    expect(report.unused).toContain('classifier.dense.weight');
  });

  test('only the head is new when the input stays', async () => {
    const source = await tinyDirectory();
    const { weights } = await initialize(source);
    const before = (await openModelDirectory(source)).weights;
    for (const name of before.tensors.keys()) {
      if (name.startsWith('classifier.')) continue;
      expect(await read(weights, name), name).toEqual(await read(before, name));
    }
  });

  test.each<[string, Options, string]>([
    ['no labels', { labels: [] }, 'there are no labels'],
    ['another number of heads', { settings: { heads: 2 } }, 'the number of heads cannot be changed'],
    ['frames for no patch', { settings: { frames: 15 } }, 'frames does not fit'],
    ['more patches than can be', { settings: { frames: 1_000_000 } }, 'the input is too large'],
    [
      'an unknown setting',
      { settings: { depth: 3 } },
      'audio-spectrogram-transformer has no setting "depth"',
    ],
  ])('%s: refused', async (_, options, message) => {
    await expect(initialize(await tinyDirectory(), options)).rejects.toThrow(message);
  });
});

describe('a loaded AST for another input', () => {
  const resized = async (size: { frames?: number; melBins?: number }) => {
    const directory = await openModelDirectory(await tinyDirectory());
    const config = ast.readConfig(directory.config, directory.preprocessorConfig) as AstConfig;
    const resized = ast.resizing!.config(config, size) as AstConfig;
    const weights = {
      tensors: modelTensors(ast, resized, directory.weights),
      close: directory.weights.close,
    };
    return { directory, config: resized, weights };
  };

  test.each(titled(audioset.adaptations.filter(({ fstride, tstride }) => fstride === 10 && tstride === 10)))(
    'positions for %s are the official ones',
    async (_, { inputTdim: frames, inputFdim: melBins, posEmbedFirst8Channels }) => {
      const { config, weights } = await resized({ frames, melBins });
      expect(config).toMatchObject({ frames, melBins });
      await expectPositions(weights, posEmbedFirst8Channels);
    },
  );

  test('has all other weights where they were, so that backends map them from the file', async () => {
    const { directory, weights } = await resized({ frames: 512 });
    for (const [name, stored] of directory.weights.tensors) {
      if (!name.endsWith('position_embeddings')) expect(weights.tensors.get(name)).toBe(stored);
    }
  });

  test('runs', async () => {
    const { config, directory } = await resized({ frames: 48, melBins: 32 });
    const loaded = await referenceBackend().load(ast, directory.weights, { config });
    const { logits } = await loaded.run({ input_values: randomTensor([1, 48, 32], 1) });
    expect(logits!.shape).toEqual([1, 5]);
  });

  test('is itself when the size is its own', async () => {
    const { directory, weights } = await resized({ frames: 1024 });
    expect(weights.tensors).toBe(directory.weights.tensors);
  });

  test('offers a few lengths, its own last', async () => {
    const { config } = await resized({});
    expect(ast.resizing!.lengths(config as AstConfig)).toEqual(
      [128, 256, 512, 1024].map((frames) => ({ frames })),
    );
    expect(ast.resizing!.lengths({ ...(config as AstConfig), frames: 40 })).toEqual([
      { frames: 20 },
      { frames: 40 },
    ]);
  });

  test.each([
    [{ frames: 15 }, 'frames does not fit'],
    [{ frames: 100.5 }, 'frames does not fit'],
    [{ melBins: 8 }, 'melBins does not fit'],
    [{ frames: 1_000_000 }, 'the input is too large'],
  ])('refuses %j', async (size, message) => {
    await expect(resized(size)).rejects.toThrow(message);
  });
});
