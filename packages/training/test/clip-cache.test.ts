// Clips are decoded once: what is kept of them gives the same bits.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { trainingFolder } from '../src/files.js';
import {
  type FineTuneOptions,
  fineTune,
  memoryFolder,
  type Recipe,
  type TrainingClip,
  type TrainingFolder,
  type TrainingProgress,
  type TrainingSet,
} from '../src/index.js';
import { bytesOf, cpu, models, quick, type TinyName, tinyDirectory, tones } from './tones.js';

const short: Recipe = { ...quick, epochs: 2, batchSize: 12 };
const mixed: Recipe = { ...short, augmentation: { mixup: { rate: 0.5, concentration: 10 } } };
const masked: Recipe = {
  ...short,
  augmentation: { masks: { frequency: 8, time: 8 }, stretch: { least: 0.9, most: 1.1 } },
};

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});
async function onDisk(): Promise<{ path: string; folder: TrainingFolder }> {
  const path = await mkdtemp(join(tmpdir(), 'audiozoo-clips-'));
  folders.push(path);
  return { path, folder: trainingFolder(path) };
}

/** More than one file's. */
const train = tones(0, 7);
const validation = tones(100, 1);

/** Counts how often each clip is heard. */
function counted({ labels, clips }: TrainingSet) {
  const heard = new Map<string, number>();
  const counting = clips.map((clip): TrainingClip => {
    const sound: TrainingClip['sound'] = (...args) => {
      heard.set(clip.name, (heard.get(clip.name) ?? 0) + 1);
      return clip.sound(...args);
    };
    return { ...clip, sound };
  });
  return { heard, set: { labels, clips: counting } };
}

async function teach(name: TinyName, out: TrainingFolder, options: Partial<FineTuneOptions>) {
  const from = await tinyDirectory(name);
  const all = { from, models, backend: cpu(), out, train, validation, trainable: 'last:1' } as const;
  await fineTune({ ...all, ...options });
  return bytesOf(out, 'model.safetensors');
}

test.each([
  ['features', 'ast', short],
  ['features that are changed', 'mn', masked],
  ['sound, where silence behind it is heard', 'ced', short],
  ['sound that is mixed', 'ast', mixed],
] as const)('with the same bits as without: %s', async (_, name, recipe) => {
  const { path, folder } = await onDisk();
  const ofTrain = counted(train);
  const ofValidation = counted(validation);
  const sets = { train: ofTrain.set, validation: ofValidation.set };
  const names = new Set<string>();
  let counts: readonly number[] = [];
  const watched: TrainingFolder = {
    ...folder,
    async write(name, fill) {
      names.add(name);
      await folder.write(name, fill);
    },
  };
  /** Up to the last epoch: the report lets its reader hear some. */
  const onProgress = ({ phase }: TrainingProgress) => {
    if (phase === 'epoch') counts = [...ofTrain.heard.values(), ...ofValidation.heard.values()];
  };
  const kept = await teach(name, watched, { ...sets, recipe, onProgress });
  expect(names).toContain('clips-training-1.safetensors');
  expect(names).toContain('clips-validation-0.safetensors');
  expect(counts).toEqual(Array(24).fill(1));
  expect((await readdir(path)).filter((name) => name.startsWith('clips'))).toEqual([]);
  const plain = await teach(name, memoryFolder(), { ...sets, recipe, cache: false });
  expect(kept).toEqual(plain);
  expect(ofTrain.heard.get(train.clips[0]!.name)).toBeGreaterThan(2);
});

test('what is kept is not decoded again after an interruption', async () => {
  const { folder } = await onDisk();
  const stop = new AbortController();
  const onProgress = ({ phase }: TrainingProgress) => phase === 'training' && stop.abort();
  const first = counted(train).set;
  const stopped = teach('ast', folder, { recipe: short, train: first, onProgress, signal: stop.signal });
  await expect(stopped).rejects.toThrow();
  const same = counted(train);
  const kept = await teach('ast', folder, { recipe: short, train: same.set });
  expect(same.heard.size).toBe(0);
  expect(kept).toEqual(await teach('ast', memoryFolder(), { recipe: short, cache: false }));
});

test('clips that change, or that were bad, are heard anew', async () => {
  const { folder } = await onDisk();
  const stopAfterSurvey = async (set: TrainingSet) => {
    const stop = new AbortController();
    const onProgress = ({ phase }: TrainingProgress) => phase === 'training' && stop.abort();
    const options = { recipe: short, train: set, onProgress, signal: stop.signal, maxBad: 1 };
    await expect(teach('ast', folder, options)).rejects.toThrow();
    await folder.remove('training.safetensors');
  };
  const first = counted(train);
  const broken = { ...first.set.clips[0]!, sound: () => Promise.reject(new Error('broken')) };
  await stopAfterSurvey({ ...first.set, clips: first.set.clips.with(0, broken) });
  const second = counted(train);
  await stopAfterSurvey(second.set);
  expect([...second.heard.keys()]).toEqual([train.clips[0]!.name]);
  const third = counted(train);
  const changed = { ...third.set.clips[20]!, version: 'of today' };
  await stopAfterSurvey({ ...third.set, clips: third.set.clips.with(20, changed) });
  // Those beside it in one file.
  expect(third.heard.size).toBe(1 + 5);
});

test('sound that is not finite is a bad clip', async () => {
  const broken = { name: 'broken', labels: [0], sound: async () => new Float32Array(6000).fill(Number.NaN) };
  const set = { ...train, clips: [broken, ...train.clips] };
  for (const cache of [true, false]) {
    const options = { train: set, recipe: short, statistics: 'data', cache } as const;
    await expect(teach('ast', memoryFolder(), options)).rejects.toMatchObject({ option: 'maxBad' });
  }
});
