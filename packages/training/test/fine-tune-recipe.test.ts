// What a recipe says is done, and what cannot be done is told before anything is heard.

import { loadClassifier } from '@audiozoo/tasks';
import { expect, test } from 'vitest';
import {
  type FineTuneOptions,
  fineTune,
  memoryFolder,
  type Recipe,
  type TrainingClip,
  type TrainingProgress,
} from '../src/index.js';
import {
  bytesOf,
  cpu,
  headRecipe,
  jsonOf,
  models,
  quick,
  type TinyName,
  tinyDirectory,
  toneClip,
  tones,
  weightsOf,
} from './tones.js';

const train = tones(0, 2);
const validation = tones(100, 1);
/** Two steps an epoch. */
const short: Recipe = { ...quick, epochs: 3, batchSize: 3, schedule: { kind: 'constant' } };

async function teach(name: TinyName, options: Partial<FineTuneOptions> = {}) {
  const out = options.out ?? memoryFolder();
  const from = options.from ?? (await tinyDirectory(name));
  const defaults = { train, recipe: short, trainable: 'all' } as const;
  const result = await fineTune({ models, backend: cpu(), ...defaults, ...options, from, out });
  return { out, result, weights: await weightsOf(out) };
}

/** Lengths of what a training moved, the head's and the rest's. */
async function moved(options: Partial<FineTuneOptions> = {}) {
  const { weights } = await teach('ast', options);
  const { weights: begun } = await teach('ast', {
    ...options,
    recipe: { ...short, learningRate: 0, epochs: 1 },
  });
  const lengths = { head: 0, rest: 0 };
  for (const [name, data] of weights) {
    const part = name.startsWith('classifier') ? 'head' : 'rest';
    lengths[part] += Math.hypot(...data.map((value, index) => value - begun.get(name)![index]!));
  }
  return lengths;
}

test('the head has a rate of its own', async () => {
  const [usual, still, fast] = [
    await moved(),
    await moved({ recipe: { ...short, headFactor: 0 } }),
    await moved({ recipe: { ...short, headFactor: 30 } }),
  ];
  expect(still.head).toBe(0);
  expect(still.rest).toBeGreaterThan(0.5 * usual.rest);
  expect(fast.head).toBeGreaterThan(3 * usual.head);
});

test('rate and clipping are applied', async () => {
  const usual = await moved();
  const slow = await moved({ recipe: { ...short, learningRate: short.learningRate / 100 } });
  expect(slow.rest).toBeLessThan(usual.rest / 30);
  // Gradients so small are nothing beside Adam's epsilon.
  const clipped = await moved({ recipe: { ...short, clipNorm: 1e-12 } });
  expect(clipped.rest).toBeLessThan(usual.rest / 30);
});

test('weights that have not heard AudioSet have a rate of their own', async () => {
  const recipe = { ...short, learningRateWithoutAudioset: 0.5 };
  expect((await teach('ast', { recipe })).result.learningRate).toBe(0.5);
  const without = await teach('ast', { recipe: short });
  expect(without.result.learningRate).toBe(short.learningRate);
});

test('averaged epochs have the mean of their weights', async () => {
  const averaged = await teach('ast', { recipe: { ...short, averagedEpochs: [2, 3] } });
  expect(averaged.result.chosen).toEqual([2, 3]);
  const [second, third] = [
    await teach('ast', { recipe: { ...short, epochs: 2 } }),
    await teach('ast', { recipe: { ...short, epochs: 3 } }),
  ];
  for (const [name, data] of averaged.weights) {
    const [ofSecond, ofThird] = [second.weights.get(name)!, third.weights.get(name)!];
    expect(data, name).toEqual(data.map((_, index) => (ofSecond[index]! + ofThird[index]!) / 2));
  }
});

test('ends when so many epochs were no better, with the best', async () => {
  const recipe: Recipe = { ...short, learningRate: 0, epochs: 9, patience: 2 };
  const { result } = await teach('ast', { validation, recipe });
  expect(result.epochs).toHaveLength(3);
  expect(result.chosen).toBe(1);
});

test.each(['accuracy', 'mAP'] as const)('the first of the best epochs is chosen: %s', async (selection) => {
  const recipe: Recipe = { ...headRecipe, epochs: 12, selection };
  const { result } = await teach('ced', { validation: tones(100, 3), trainable: 'head', recipe });
  const figures = result.epochs.map(({ validation }) => validation![selection]!);
  expect(result.chosen).toBe(1 + figures.indexOf(Math.max(...figures)));
  // Judged again, by the weights that were chosen: not by the last.
  const ofChosen = result.epochs[Number(result.chosen) - 1]!.validation!;
  const { loss, accuracy, mAP } = result.judgement!;
  expect({ loss, accuracy, mAP }).toEqual(ofChosen);
});

test('where nothing can be told apart, the last epoch is the result', async () => {
  const ofOne = { ...validation, clips: validation.clips.slice(0, 1) };
  const recipe: Recipe = { ...short, selection: 'mAP' };
  const one = { labels: [{ name: 'tone' }], clips: ofOne.clips };
  const { result } = await teach('ast', { train: one, validation: one, recipe });
  expect(result.epochs[0]!.validation!.mAP).toBeUndefined();
  expect(result.chosen).toBe(3);
});

test('a head for the same classes goes on as it was', async () => {
  const first = await teach('ced', { train });
  const still = { ...short, learningRate: 0, epochs: 1 };
  const again = await teach('ced', { from: first.out, recipe: still });
  expect(again.weights).toEqual(first.weights);
  const renamed = { ...train, labels: [...train.labels].reverse() };
  const other = await teach('ced', { from: first.out, train: renamed, recipe: still });
  expect(other.weights.get('outputlayer.1.weight')).not.toEqual(first.weights.get('outputlayer.1.weight'));
});

test('another length and statistics of the data, together', async () => {
  const recipe = { ...short, frames: 24 };
  const { out, result } = await teach('ast', { recipe, statistics: 'data', validation });
  expect(await jsonOf(out, 'config.json')).toMatchObject({ max_length: 24 });
  const { mean, std } = result.statistics!;
  expect(await jsonOf(out, 'preprocessor_config.json')).toMatchObject({ mean, std, max_length: 24 });
  const still = await teach('ast', { from: out, recipe: { ...recipe, learningRate: 0 } });
  expect(await jsonOf(still.out, 'preprocessor_config.json')).toMatchObject({ mean, std });
  const classifier = await loadClassifier(out, { models, backend: cpu() });
  expect(classifier.frontEnd.maxSamples).toBeLessThan(25 * 160 + 400);
  await classifier.dispose();
});

test('as many classes as a known data set has change no statistics', async () => {
  const labels = Array.from({ length: 50 }, (_, index) => ({ name: `class ${index}` }));
  const { out } = await teach('ast', { train: { ...train, labels } });
  expect(await jsonOf(out, 'preprocessor_config.json')).toMatchObject({ mean: -4, std: 4 });
});

test('augmentations are for heads too', async () => {
  const recipe = { ...headRecipe, epochs: 2, augmentation: { masks: { frequency: 16, time: 16 } } };
  const masked = await teach('ast', { trainable: 'head', recipe });
  const plain = await teach('ast', { trainable: 'head', recipe: { ...recipe, augmentation: {} } });
  expect(masked.result.trainedCount).toBe(plain.result.trainedCount);
  expect(masked.weights).not.toEqual(plain.weights);
});

/** Counts how often a set's clips are heard. */
function counted({ labels, clips }: typeof train, version = 'first') {
  const heard = { count: 0 };
  const counting = clips.map((clip): TrainingClip => {
    const sound: TrainingClip['sound'] = (...args) => {
      heard.count++;
      return clip.sound(...args);
    };
    return { ...clip, version, sound };
  });
  return { heard, set: { labels, clips: counting } };
}

test('embeddings are worked out once, whatever the classes are, until clips, the model or its input change', async () => {
  const from = await tinyDirectory('ast');
  const out = memoryFolder();
  const heardWith = async (version: string, options: Partial<FineTuneOptions> = {}, set = train) => {
    const { heard, set: counting } = counted(set, version);
    // As a training that was interrupted leaves it, and as if this were another's.
    for (const name of ['training.json', 'training.safetensors']) await out.remove(name);
    const asked = {
      from,
      models,
      backend: cpu(),
      train: counting,
      recipe: headRecipe,
      choose: 'later',
    } as const;
    await fineTune({ ...asked, out, ...options });
    return heard.count / set.clips.length;
  };
  expect(await heardWith('first')).toBe(2); // looked at, and embedded
  expect(await heardWith('first')).toBe(1);
  expect(await heardWith('first', { seed: 3 })).toBe(1);
  expect(await heardWith('first', {}, { ...train, labels: [...train.labels, { name: 'more' }] })).toBe(1);
  expect(await heardWith('second')).toBe(2);
  expect(await heardWith('second', { statistics: 'data' })).toBe(2);
  expect(await heardWith('second', { recipe: { ...headRecipe, frames: 24 } })).toBe(2);
  expect(await heardWith('second', { from: (await teach('ast')).out })).toBe(2);
});

const bad: TrainingClip = {
  ...{ name: 'broken.wav', labels: [0] },
  async sound() {
    throw new Error('no sound in it');
  },
};
const tooShort: TrainingClip = { name: 'short.wav', labels: [1], sound: async () => new Float32Array(10) };

test('clips that cannot be heard are skipped, as many as may be, and listed', async () => {
  const some = { ...train, clips: [bad, ...train.clips, tooShort] };
  const judged = { ...validation, clips: [...validation.clips, bad] };
  const { result, weights } = await teach('ast', { train: some, validation: judged, maxBad: 3 });
  expect(result.bad.map(({ name }) => name)).toEqual(['broken.wav', 'short.wav', 'broken.wav']);
  expect(result.clips.training).toEqual(train.clips);
  expect(weights).toEqual((await teach('ast', { validation })).weights);
  const tooMany = teach('ast', { train: some, validation: judged, maxBad: 2 });
  await expect(tooMany).rejects.toMatchObject({ code: 'audio', option: 'maxBad' });
  await expect(teach('ast', { train: some })).rejects.toThrow('broken.wav cannot be trained on');
  const none = teach('ast', { train: { ...train, clips: [bad] }, maxBad: 1 });
  await expect(none).rejects.toThrow('no clips to train on');
  const unjudged = teach('ast', { validation: { ...validation, clips: [bad] }, maxBad: 1 });
  await expect(unjudged).rejects.toThrow('no validation clips');
});

test.each<[string, TinyName, Partial<FineTuneOptions>]>([
  ['another length', 'ast', { recipe: { ...short, frames: 3 } }],
  ['statistics', 'mn', { statistics: 'data' }],
  ['last:3', 'ast', { trainable: 'last:3' }],
  ['adapters', 'mn', { trainable: 'lora:2' }],
  ['a label', 'ast', { train: { ...train, clips: [{ ...toneClip(0, 0), labels: [3] }] } }],
  ['no label', 'ast', { train: { ...train, clips: [{ ...toneClip(0, 0), labels: [] }] } }],
  ['a name', 'ast', { train: { ...train, labels: [{ name: 'a' }, { name: 'b' }, { name: 'a' }] } }],
  ['weights', 'ast', { recipe: { ...short, loss: { kind: 'ce', classWeights: [1] } } }],
  ['a seed', 'ast', { seed: -1 }],
  ['bad clips', 'ast', { maxBad: -1 }],
])('refuses before a clip is heard: %s', async (_, name, options) => {
  const phases: TrainingProgress['phase'][] = [];
  const onProgress = ({ phase }: TrainingProgress) => phases.push(phase);
  await expect(teach(name, { ...options, onProgress })).rejects.toMatchObject({ code: 'argument' });
  expect(phases).toEqual([]);
});

test('refuses weights of integers before a clip is heard; with the head alone they stay', async () => {
  const from = await tinyDirectory('ced', { int8: 'encoder.blocks.1.mlp.fc1.weight' });
  const phases: TrainingProgress['phase'][] = [];
  const onProgress = ({ phase }: TrainingProgress) => phases.push(phase);
  const refused = teach('ced', { from, onProgress });
  await expect(refused).rejects.toThrow('fc1.weight is stored as int8');
  expect(phases).toEqual([]);
  const { out } = await teach('ced', { from, trainable: 'head', recipe: headRecipe });
  const header = new TextDecoder().decode((await bytesOf(out, 'model.safetensors')).slice(0, 10_000));
  expect(header).toContain('"dtype":"I8"');
});

test('batch norms train where the recipe says so, with what they heard, and stay as they are where it does not', async () => {
  const changed = async (recipe: Recipe) => {
    const [{ weights, result }, { weights: begun }] = [
      await teach('mn', { recipe }),
      await teach('mn', { recipe: { ...short, epochs: 1, learningRate: 0 } }),
    ];
    const names = [...weights.keys()].filter(
      (name) => !weights.get(name)!.every((value, i) => value === begun.get(name)![i]),
    );
    return { recipe: result.recipe, of: (part: RegExp) => names.filter((name) => part.test(name)).length };
  };
  const frozen = await changed(short);
  expect(frozen.of(/\.[01]\.weight$/)).toBeGreaterThan(40);
  expect(frozen.of(/running_(mean|var)$|\.1\.bias$/)).toBe(0);
  const trained = await changed({ ...short, batchNorms: 'trained' });
  expect(trained.recipe.batchNorms).toBe('trained');
  expect(trained.of(/running_mean$/)).toBeGreaterThan(40);
  expect(trained.of(/running_var$/)).toBe(trained.of(/running_mean$/));
  expect(trained.of(/\.1\.bias$/)).toBeGreaterThan(40);
});
