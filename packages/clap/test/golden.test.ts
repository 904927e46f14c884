// From sound and words to the numbers of transformers.

import { readFile } from 'node:fs/promises';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { clap } from '@audiozoo/clap';
import { type AnyModel, type InputSize, openModelDirectory, type Tensor } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { zeroShotClassifier } from '@audiozoo/tasks';
import { describe, expect, test } from 'vitest';
import { difference } from '../../../testing/golden-files.js';
import { cases, type GoldenCase, golden, referencePath, soundOf, tokens } from './golden-cases.js';

const tower = await clap.textTower!();

async function withModel<T>(
  model: AnyModel,
  { directory }: GoldenCase,
  use: (
    run: (inputs: Record<string, Tensor>) => Promise<Record<string, Tensor<'float32'>>>,
    config: unknown,
  ) => Promise<T>,
  size: InputSize = {},
): Promise<T> {
  const files = await openModelDirectory(await openFiles(referencePath(directory)));
  const read = model.readConfig(files.config, files.preprocessorConfig);
  const config = model.resizing?.config(read, size) ?? read;
  const loaded = await onnxruntimeNode({ device: 'cpu' }).load(model, files.weights, { config });
  try {
    return await use((inputs) => loaded.run(inputs as never) as never, config);
  } finally {
    await loaded.dispose();
    await files.weights.close();
  }
}

/** Outputs of texts. */
async function read(example: GoldenCase, texts: readonly string[]) {
  const tokenize = await tower.tokenizer(await openFiles(referencePath(example.directory)));
  const { inputs, size } = tokenize(texts);
  return withModel(tower.model, example, (run) => run({ ...inputs }), size);
}

/** What the random generator of the reference said. */
function hearingOf(
  { cropOffsetSamples, cropOffsetFrames, isLonger }: GoldenCase['inputs'][number],
  fusion: boolean,
) {
  if (cropOffsetSamples !== undefined) return { cropOffset: cropOffsetSamples };
  if (!fusion) return {};
  const { front, middle, back } = cropOffsetFrames ?? {};
  return { cropOffsetFront: front, cropOffsetMiddle: middle, cropOffsetBack: back, isLonger };
}

describe.each(cases)('$name', (example) => {
  test('hears as transformers does', async () => {
    const [embeds, pooled] = [await golden(example.audioEmbeds), await golden(example.audioPooled)];
    await withModel(clap, example, async (run, config) => {
      for (const [row, input] of example.inputs.entries()) {
        const heard = clap.resizing!.config(config as never, hearingOf(input, example.name === 'fused'));
        const result = await run(clap.frontEnd(heard).inputs([await soundOf(input.audio)]));
        expect(difference(result.embedding!.data, embeds, row), input.name).toBeLessThan(5e-5);
        expect(difference(result.pooled!.data, pooled, row), input.name).toBeLessThan(2e-4);
      }
    });
  });

  test('reads as transformers does', async () => {
    const { embedding, pooled } = await read(example, example.texts);
    expect(difference(embedding!.data, await golden(example.textEmbeds))).toBeLessThan(5e-5);
    expect(difference(pooled!.data, await golden(example.textPooled))).toBeLessThan(2e-4);
  });

  test('tells sounds by words as transformers does', async () => {
    const { template, labels, logits } = example.zeroShot;
    expect(tower.template).toBe(template);
    const { scaled } = await read(
      example,
      labels.map((label) => template.replace('{}', label)),
    );
    const sounds = await golden(example.audioEmbeds);
    const dim = sounds.shape[1]!;
    const scores = Array.from({ length: sounds.shape[0]! * labels.length }, (_, index) => {
      const [row, label] = [Math.floor(index / labels.length), index % labels.length];
      let sum = 0;
      for (let at = 0; at < dim; at++)
        sum += Number(sounds.data[row * dim + at]) * scaled!.data[label * dim + at]!;
      return sum;
    });
    expect(difference(scores, await golden(logits))).toBeLessThan(1e-3);
  });
});

test('sets labels against others: each by how much nearer the sound is to it', async () => {
  const [example] = cases as readonly [GoldenCase];
  const { labels, logits } = example.zeroShot;
  const expected = Array.from((await golden(logits)).data.subarray(5, 10), Number); // speech as it is
  const classifier = await zeroShotClassifier(referencePath(example.directory), {
    models: [clap],
    backend: onnxruntimeNode({ device: 'cpu' }),
    labels: labels.slice(0, 2),
    against: labels.slice(2, 4),
  });
  const { data } = await classifier.logits([referencePath('speech_3s_48k.wav')]);
  const found = await classifier.classify(referencePath('speech_3s_48k.wav'));
  await classifier.dispose();
  const less = (expected[2]! + expected[3]!) / 2;
  expect(data[0]).toBeCloseTo(expected[0]! - less, 2);
  expect(data[1]).toBeCloseTo(expected[1]! - less, 2);
  const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));
  expect(found.map(({ label, score }) => [label, score])).toEqual([
    [labels[1], expect.closeTo(sigmoid(data[1]!), 5)],
    [labels[0], expect.closeTo(sigmoid(data[0]!), 5)],
  ]);
});

test.each(['unfused', 'fused'])('has the tokens of transformers: %s', async (directory) => {
  const tokenize = await tower.tokenizer(await openFiles(referencePath(directory)));
  for (const { text, repeated = 1, inputIds, truncatedTo512 } of tokens[directory]!) {
    const { inputs, cut } = tokenize([text.repeat(repeated)]);
    const expected = inputIds ?? truncatedTo512!;
    const mask = [...inputs.attention_mask!.data].map(Number);
    const ids = [...inputs.input_ids!.data].map(Number);
    expect(ids.slice(0, expected.length), text).toEqual(expected);
    expect(
      mask.map((each, place) => each === (place < expected.length ? 1 : 0)),
      text,
    ).not.toContain(false);
    expect(cut, text).toEqual(truncatedTo512 ? [0] : []);
  }
});

test('repeats short sound for a model that does not fuse', async () => {
  const read = async (name: string) => JSON.parse(await readFile(referencePath(`unfused/${name}`), 'utf8'));
  const config = clap.readConfig(await read('config.json'), await read('preprocessor_config.json'));
  const sound = await soundOf('speech_3s_48k.wav');
  const { input_features } = clap.frontEnd(config).inputs([sound]);
  const expected = await golden('speech_3s.repeatpad.slaney.npy');
  expect(difference(input_features!.data, expected)).toBeLessThan(3 * 0.014); // a float32 FFT is off by 0.014
});

test('refuses empty sound and crops past the end', async () => {
  const read = async (name: string) => JSON.parse(await readFile(referencePath(`unfused/${name}`), 'utf8'));
  const config = clap.readConfig(await read('config.json'), await read('preprocessor_config.json'));
  const empty = () => clap.frontEnd(config).inputs([new Float32Array(0)]);
  expect(empty).toThrow(expect.objectContaining({ code: 'audio-too-short' }));
  const past = clap.resizing!.config(config, { cropOffset: 10 });
  const shifted = () => clap.frontEnd(past).inputs([new Float32Array(480_005)]);
  expect(shifted).toThrow(expect.objectContaining({ code: 'argument' }));
});
