// Tiny models learn three tones, whatever of them trains, and what comes of it is a model like any other.

import { type LocalClassifier, loadClassifier } from '@audiozoo/tasks';
import { expect, test } from 'vitest';
import {
  type FineTuned,
  type FineTuneOptions,
  fineTune,
  memoryFolder,
  recipes,
  usualRecipe,
} from '../src/index.js';
import { cpu, headRecipe, models, quick, type TinyName, tinyDirectory, tones } from './tones.js';

/** Between scores as they were judged and as the written model gives them. */
const scoreTolerance = 1e-5;

async function teach(name: TinyName, options: Partial<FineTuneOptions> = {}) {
  const out = memoryFolder();
  const result = await fineTune({
    ...{ from: await tinyDirectory(name), models, backend: cpu(), out },
    ...{ train: tones(0, 8), validation: tones(100, 4), ...options },
  });
  return { out, result, classifier: await loadClassifier(out, { models, backend: cpu() }) };
}

async function expectJudgedScores(classifier: LocalClassifier, { judgement, labels }: FineTuned) {
  expect(classifier.labels.map(({ name }) => name)).toEqual(labels.map(({ name }) => name));
  expect(classifier.problemType).toBe('single_label_classification');
  const { clips } = tones(100, 4);
  for (const [row, clip] of clips.entries()) {
    const heard = { samples: await clip.sound(16000, {}), sampleRate: 16000 };
    for (const { label, score } of await classifier.classify(heard, { topK: 3 })) {
      const place = labels.findIndex(({ name }) => name === label);
      expect(Math.abs(score - judgement!.scores.data[row * 3 + place]!)).toBeLessThan(scoreTolerance);
    }
  }
  await classifier.dispose();
}

test.each([
  ['ast', 'head', headRecipe],
  ['ast', 'all', quick],
  ['ced', 'last:1', quick],
  ['ced', 'lora:2', { ...quick, learningRate: 0.02, headFactor: 1 }],
] as const)('%s learns three tones: %s', async (name, trainable, recipe) => {
  const { out, result, classifier } = await teach(name, { trainable, recipe });
  expect(result.judgement!.accuracy).toBeGreaterThan(0.8);
  expect(result.epochs.at(-1)!.loss).toBeLessThan(result.epochs[0]!.loss / 2);
  await expectJudgedScores(classifier, result);
  expect(await out.open('training.safetensors')).toBeUndefined();
});

/** Of weights at random, so many layers of convolutions keep little that a head could tell tones by. */
test.each([
  ['mn', 'all', { ...quick, epochs: 2 }],
  ['mn, fully convolutional', 'head', headRecipe],
  ['frame_mn', 'head', headRecipe],
  ['frame_mn', 'last:1', { ...quick, epochs: 2 }],
] as const)('%s learns something: %s', async (name, trainable, recipe) => {
  const { result, classifier } = await teach(name, { trainable, recipe });
  expect(result.epochs.at(-1)!.loss).toBeLessThan(0.97 * result.epochs[0]!.loss);
  await expectJudgedScores(classifier, result);
});

test('a new head along time is a copy of the one for clips, which trained', async () => {
  const { classifier, result } = await teach('frame_mn', { trainable: 'head', recipe: headRecipe });
  expect(result.trainedCount).toBe(3 * (96 + 1));
  const clip = { samples: await tones(100, 1).clips[0]!.sound(16000, {}), sampleRate: 16000 };
  const { data, shape } = await classifier.alongTime!.logits([clip]);
  const [, steps] = shape as [number, number];
  const logits = await classifier.logits([clip]);
  logits.data.forEach((logit, label) => {
    const mean = Array.from({ length: steps }, (_, step) => data[step * 3 + label]! / steps);
    expect(mean.reduce((sum, part) => sum + part)).toBeCloseTo(logit, 4);
  });
  await classifier.dispose();
});

test('of a class without clips nothing is learned, and the others are', async () => {
  const some = ({ labels, clips }: ReturnType<typeof tones>) => ({
    labels: [...labels, { name: 'never heard' }],
    clips: clips.filter(({ labels }) => labels[0] !== 1),
  });
  const { result, classifier } = await teach('ast', {
    ...{ train: some(tones(0, 8)), validation: some(tones(100, 4)), recipe: headRecipe },
  });
  expect(result.judgement!.accuracy).toBeGreaterThan(0.8);
  expect(classifier.labels).toHaveLength(4);
  await classifier.dispose();
});

test('clips of several labels are heard label by label', async () => {
  const both = ({ labels, clips }: ReturnType<typeof tones>) => ({
    labels,
    clips: clips.map((clip) => ({ ...clip, labels: clip.labels[0] === 0 ? [0, 1] : clip.labels })),
  });
  const sets = { train: both(tones(0, 8)), validation: both(tones(100, 4)) };
  const usual = usualRecipe('head', sets.train);
  expect(usual).toMatchObject({ loss: { kind: 'bce' }, selection: 'mAP' });
  const { result, classifier } = await teach('ast', { ...sets, recipe: { ...usual, learningRate: 0.02 } });
  expect(result.judgement!.mAP).toBeGreaterThan(0.8);
  expect(classifier.problemType).toBe('multi_label_classification');
  await classifier.dispose();
  const ofOne = teach('ast', { ...sets, recipe: recipes.head });
  await expect(ofOne).rejects.toThrow('takes each clip for one of the classes');
});
