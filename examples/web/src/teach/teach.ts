// From recordings to a model that tells them apart. Where there are enough, some are held back at first, to see how well others will
// be told; the model that people get has learned from all of them.

import type { Tensor } from '@audiozoo/core';
import { resample } from '@audiozoo/features';
import {
  type FineTuned,
  fineTune,
  type Judgement,
  memoryFolder,
  type Recipe,
  recipes,
  stratifiedSplit,
  type TrainingClip,
  type TrainingFolder,
  type TrainingSet,
} from '@audiozoo/training';
import { models } from '../models.js';
import { cutClips } from './cut-clips.js';
import type { Lesson, Recording } from './lesson.js';
import type { OpenedModel } from './opened-model.js';
import type { Mistake, Taught, TeachingProgress } from './teacher-messages.js';

const epochs = 100;
/** A few dozen clips are few steps an epoch: larger ones than the recipe's. The last epoch is the result, whatever the held-back say. */
const recipe: Recipe = {
  ...recipes.head,
  ...{ epochs, learningRate: 5e-3, sampling: 'balanced', averagedEpochs: [epochs, epochs] },
};

/** Of each sound there are so many recordings, or none is held back. */
const enoughRecordings = 3;
const heldBackShare = 1 / 3;
/** Files of a model directory, of those that training writes. */
const modelFiles = ['config.json', 'preprocessor_config.json', 'model.safetensors'];

export interface TeachOptions {
  readonly onProgress: (progress: TeachingProgress) => void;
  readonly signal: AbortSignal;
}

interface RecordedClip extends TrainingClip {
  readonly recording: number;
}

/** Throws what `fineTune` throws. */
export async function teach(lesson: Lesson, opened: OpenedModel, options: TeachOptions): Promise<Taught> {
  const { files, sampleRate, clipSamples: length, frames } = opened;
  const clips = lesson.flatMap(({ recordings }, label) =>
    recordings.flatMap((recording) => clipsOf(recording, label, { sampleRate, length })),
  );
  const labels = lesson.map(({ name }) => ({ name }));
  const train = async (
    run: TeachingProgress['run'],
    sets: { train: TrainingSet; validation?: TrainingSet },
  ) => {
    const out = memoryFolder();
    const fineTuned = await fineTune({
      ...{ from: files, models, backend: opened.backend, out, signal: options.signal, ...sets },
      recipe: frames === undefined ? recipe : { ...recipe, frames },
      onProgress(progress) {
        if (progress.phase === 'embedding') {
          options.onProgress({ run, heard: { done: progress.done, total: progress.total } });
        } else if (progress.phase === 'epoch') {
          const { epoch, loss, validation } = progress.record;
          options.onProgress({ run, epoch: { epoch, epochs, loss, accuracy: validation?.accuracy } });
        }
      },
    });
    return { fineTuned, out };
  };

  const heldBack = chooseHeldBack(lesson);
  const part = (isHeldBack: boolean): TrainingSet => ({
    labels,
    clips: clips.filter(({ recording }) => heldBack.has(recording) === isHeldBack),
  });
  const check =
    heldBack.size > 0 ? await train('check', { train: part(false), validation: part(true) }) : undefined;
  const { out } = await train('all', { train: { labels, clips } });
  return {
    files: await filesIn(out),
    clips: clips.length,
    clipSeconds: length / sampleRate,
    check: check && {
      recordings: heldBack.size,
      mistakes: mistakesIn(check.fineTuned),
    },
  };
}

function clipsOf(
  recording: Recording,
  label: number,
  { sampleRate, length }: { readonly sampleRate: number; readonly length: number },
): RecordedClip[] {
  const samples = resample(recording.samples, recording.sampleRate, sampleRate);
  return cutClips(samples, { length, hop: Math.ceil(length / 2) }).map((clip, place) => ({
    name: `recording ${recording.id}, clip ${place + 1}`,
    labels: [label],
    recording: recording.id,
    sound: async () => clip,
  }));
}

/** Recordings of each sound alike; none where one sound has few. */
function chooseHeldBack(lesson: Lesson): ReadonlySet<number> {
  if (lesson.some(({ recordings }) => recordings.length < enoughRecordings)) return new Set();
  const all = lesson.flatMap(({ recordings }, label) =>
    recordings.map(({ id }) => ({ id, file: `${id}`, labels: [label] })),
  );
  const { validation } = stratifiedSplit(all, heldBackShare, 0);
  return new Set(validation.map((place) => all[place]!.id));
}

/** Held-back recordings that all their clips together take for another sound. */
function mistakesIn({ labels, clips: { validation }, judgement }: FineTuned): Mistake[] {
  const { scores } = judgement as Judgement;
  const sums = new Map<number, { readonly label: number; readonly scores: Float64Array }>();
  validation.forEach((clip, row) => {
    const { recording } = clip as RecordedClip;
    const sum = sums.get(recording) ?? { label: clip.labels[0]!, scores: new Float64Array(labels.length) };
    sums.set(recording, sum);
    rowOf(scores, row).forEach((score, label) => {
      sum.scores[label]! += score;
    });
  });
  return [...sums].flatMap(([recording, { label, scores: sum }]) => {
    const best = sum.indexOf(Math.max(...sum));
    return best === label ? [] : [{ recording, heardAs: labels[best]!.name }];
  });
}

function rowOf({ data, shape }: Tensor<'float32'>, row: number): Float32Array {
  const columns = shape[1]!;
  return data.subarray(row * columns, (row + 1) * columns);
}

async function filesIn(folder: TrainingFolder): Promise<File[]> {
  const files: File[] = [];
  for (const name of modelFiles) {
    const source = await folder.open(name);
    if (!source) continue;
    files.push(new File([(await source.read(0, source.size)) as Uint8Array<ArrayBuffer>], name));
    await source.close();
  }
  return files;
}
