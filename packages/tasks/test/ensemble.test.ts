import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { convertCheckpoint, directorySink } from '@audiozoo/converters';
import { type AnyModel, AudiozooError } from '@audiozoo/core';
import { openFile } from '@audiozoo/core/files';
import { readAudio } from '@audiozoo/features/audio';
import {
  type AudioClassifier,
  type Ensemble,
  ensemble,
  type LocalClassifier,
  listen,
  loadClassifier,
  scoresOf,
} from '@audiozoo/tasks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const shipped = join(import.meta.dirname, '../../../models/spoken-digits');
const trained = join(import.meta.dirname, 'fixtures/spoken-digits');
const clip = join(trained, 'clips/03_three.wav');
/** What the logits' float32 takes from the mean of the scores. */
const scoreTolerance = 1e-6;

let featureRuns = 0;
/** AST, its batches of features counted. */
const counted: AnyModel = {
  ...ast,
  frontEnd(config) {
    const frontEnd = ast.frontEnd(config);
    return {
      ...frontEnd,
      inputs(clips) {
        featureRuns++;
        return frontEnd.inputs(clips);
      },
    };
  },
};

const backend = onnxruntimeNode({ device: 'cpu' });
let folder: string;
let float16: LocalClassifier;
let float32: LocalClassifier;
let short: LocalClassifier;
let other: LocalClassifier;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audiozoo-ensemble-'));
  const reference = JSON.parse(await readFile(join(trained, 'spoken-digits.json'), 'utf8')) as {
    labels: string[];
    mean: number;
    std: number;
  };
  const convert = async (name: string, labels: readonly string[]) => {
    const source = await openFile(join(trained, 'spoken-digits.pth'));
    await convertCheckpoint(source, {
      models: [ast],
      output: directorySink(join(folder, name)),
      labels: labels.map((label) => ({ name: label })),
      problemType: 'multi_label_classification',
      settings: { fstride: 16, tstride: 16, frames: 128, mean: reference.mean, std: reference.std },
    });
    await source.close();
    return loadClassifier(join(folder, name), { models: [counted], backend });
  };
  float32 = await convert('float32', reference.labels);
  other = await convert('other', reference.labels.with(4, 'vier'));
  float16 = await loadClassifier(shipped, { models: [counted], backend });
  short = await loadClassifier(shipped, { models: [counted], backend, size: { frames: 96 } });
});
afterAll(async () => {
  for (const classifier of [float16, float32, short, other]) await classifier.dispose();
  await rm(folder, { recursive: true });
});

const scoresIn = async (classifier: Ensemble, audio = clip) => {
  const { data } = await classifier.logits([audio]);
  return scoresOf(data, classifier.problemType);
};

function expectMean(
  scores: ArrayLike<number>,
  members: readonly ArrayLike<number>[],
  weights: readonly number[],
) {
  const sum = weights.reduce((a, b) => a + b);
  for (const [label, score] of Array.from(scores).entries()) {
    const shares = members.map((member, index) => (weights[index]! / sum) * member[label]!);
    const mean = shares.reduce((a, b) => a + b);
    expect(Math.abs(score - mean), `label ${label}`).toBeLessThan(scoreTolerance);
  }
  expect(scores.length).toBe(members[0]!.length);
}

describe('an ensemble', () => {
  test('has the mean of the scores of its models, of any length', async () => {
    const members = [float16, float32, short];
    const together = ensemble(members);
    const alone = await Promise.all(members.map((member) => scoresIn(member)));
    expectMean(await scoresIn(together), alone, [1, 1, 1]);
    const ranked = await together.classify(clip, { topK: 12 });
    expectMean(
      ranked.sort((a, b) => a.index - b.index).map(({ score }) => score),
      alone,
      [1, 1, 1],
    );
    expect(together.labels).toBe(float16.labels);
  });

  test('weighs its models, and does not run those that count nothing', async () => {
    const members = [float16, short, float32];
    const alone = await Promise.all(members.map((member) => scoresIn(member)));
    expectMean(await scoresIn(ensemble(members, { weights: [2, 1, 5] })), alone, [2, 1, 5]);
    const broken = {
      ...short,
      stages: undefined,
      logits: () => Promise.reject(new Error('it was run')),
    };
    const without = ensemble([float16, broken, float32], { weights: [1, 0, 1] });
    expectMean(await scoresIn(without), alone, [1, 0, 1]);
  });

  test('takes batches', async () => {
    const clips = [clip, join(trained, 'clips/04_four.wav')];
    const together = ensemble([float16, short]);
    const { data, shape } = await together.logits(clips);
    expect(shape).toEqual([2, 12]);
    const four = await Promise.all([float16, short].map((member) => scoresIn(member, clips[1])));
    expectMean(scoresOf(data.subarray(12), together.problemType), four, [1, 1]);
  });

  test('makes the features once for models that agree on them, and once for each that does not', async () => {
    const together = ensemble([float16, float32, short, float16]);
    featureRuns = 0;
    await together.logits([clip]);
    expect(featureRuns).toBe(2);
  });

  test('hears what all of its models can hear', async () => {
    const together = ensemble([float16, short]);
    expect(together.frontEnd).toEqual({
      sampleRate: 16000,
      minSamples: short.frontEnd.minSamples,
      maxSamples: short.frontEnd.maxSamples,
    });
    const { samples, sampleRate } = await readAudio(clip);
    const long = new Float32Array(short.frontEnd.maxSamples + 1);
    long.set(samples.subarray(0, long.length));
    const error = await together.logits([{ samples: long, sampleRate }]).catch((thrown: unknown) => thrown);
    expect(AudiozooError.isInstance(error, 'audio-too-long')).toBe(true);

    const slow: Ensemble = { ...float16, frontEnd: { sampleRate: 8000, minSamples: 201, maxSamples: 8000 } };
    expect(ensemble([float16, slow]).frontEnd).toEqual({
      sampleRate: 16000,
      minSamples: 402,
      maxSamples: 15998,
    });
  });

  test('listens, with the mean of what its models hear', async () => {
    const { samples, sampleRate } = await readAudio(clip);
    const source = () => ({
      sampleRate,
      async *[Symbol.asyncIterator]() {
        for (let start = 0; start < samples.length; start += 777) yield samples.subarray(start, start + 777);
      },
    });
    const members: AudioClassifier[] = [float16, short, float32];
    const hear = async (classifier: Ensemble) => {
      const heard: number[][] = [];
      for await (const { labels } of listen(classifier, source(), { hop: 0.2, topK: 12 })) {
        heard.push([...labels].sort((a, b) => a.index - b.index).map(({ score }) => score));
      }
      return heard;
    };
    const together = await hear(ensemble(members, { weights: [1, 2, 3] }));
    const alone = await Promise.all(members.map(hear));
    expect(together.length).toBeGreaterThan(2);
    for (const [hop, scores] of together.entries()) {
      const members = alone.map((heard) => heard[hop]!);
      expectMean(scores, members, [1, 2, 3]);
    }
  });

  test('has finite logits where all are certain', async () => {
    const certain: Ensemble = {
      ...float16,
      logits: async () => ({ dtype: 'float32', shape: [1, 12], data: new Float32Array(12).fill(800) }),
    };
    const single: Ensemble = { ...certain, problemType: 'single_label_classification' };
    for (const member of [certain, single]) {
      const plain = { ...member, stages: undefined };
      const { data } = await ensemble([plain, plain]).logits([clip]);
      expect(data.every(Number.isFinite)).toBe(true);
    }
    const { data } = await ensemble([{ ...certain, stages: undefined } as Ensemble]).logits([clip]);
    expect(scoresOf(data, certain.problemType)[0]).toBeCloseTo(1, 12);
  });

  test('frees its models', async () => {
    const disposed: number[] = [];
    const members = [1, 2].map((number) => ({
      ...float16,
      dispose: async () => void disposed.push(number),
    }));
    await ensemble(members).dispose();
    expect(disposed).toEqual([1, 2]);
  });

  test.each([
    ['no models', () => ensemble([]), /needs models/],
    ['other labels', () => ensemble([float16, float32, other]), /model 3 .*"four".*"vier"/],
    [
      'fewer labels',
      () => ensemble([float16, { ...float16, labels: float16.labels.slice(1) }]),
      /12 labels.*11/,
    ],
    [
      'another problem type',
      () => ensemble([float16, { ...float16, problemType: 'single_label_classification' }]),
      /single_label/,
    ],
    ['weights that do not fit', () => ensemble([float16, short], { weights: [1] }), /weights/],
    ['no weight at all', () => ensemble([float16, short], { weights: [0, 0] }), /weights/],
  ])('is refused with %s', (_, make, message) => {
    let error: unknown;
    try {
      make();
    } catch (thrown) {
      error = thrown;
    }
    expect(AudiozooError.isInstance(error, 'argument')).toBe(true);
    expect(String(error)).toMatch(message);
  });
});
