// Trains models/ten-sounds from nothing, on recordings of ESC-10, which are not here: npm run train:ten-sounds -- FOLDER
// (or in AUDIOZOO_ESC10), with clips.csv, `file,fold,label`, in the folder. Interrupted, the same command goes on.
//
//   --fold N          leaves fold N out, and judges by it
//   --out DIR         where the model goes; of all folds and epochs, models/ten-sounds when absent; else nowhere
//   --under-way DIR   where the training keeps how far it is; below .cache when absent
//   --epochs N        fewer, to try it

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { codecs } from '@audiozoo/codecs';
import { beginModel, convertCheckpoint, memoryDirectory } from '@audiozoo/converters';
import { openFiles } from '@audiozoo/core/files';
import { efficientat } from '@audiozoo/efficientat';
import {
  fineTune,
  type Recipe,
  type TrainingClip,
  type TrainingProgress,
  type TrainingSet,
} from '@audiozoo/training';
import { clipsOnDisk, readDataSet, trainingFolder } from '@audiozoo/training/files';
import { root } from './setup.mjs';

/** mn04, a frame each 20 ms. Some recordings are a few samples longer than five seconds. */
const sizes = { width: 0.4, frames: 256, hopLength: 640 };

const epochs = 80;

const recipe: Recipe = {
  learningRate: 2e-3,
  schedule: { kind: 'one-cycle', rising: 0.1 },
  epochs,
  batchSize: 8,
  loss: { kind: 'ce', labelSmoothing: 0.1 },
  optimizer: { kind: 'adamw', betas: [0.9, 0.98], weightDecay: 0.05 },
  batchNorms: 'trained',
  clipNorm: 1,
  sampling: 'shuffled',
  frames: 250,
  augmentation: {
    mixup: { rate: 0.6, concentration: 1 },
    gain: { decibels: 4 },
    shift: { seconds: 2.5 },
    masks: { frequency: 12, time: 31 },
  },
  selection: 'accuracy',
  averagedEpochs: [epochs - 9, epochs],
};

const seed = 1;

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    fold: { type: 'string' },
    out: { type: 'string' },
    epochs: { type: 'string' },
    'under-way': { type: 'string' },
  },
});
const folder = positionals[0] ?? process.env.AUDIOZOO_ESC10;
if (!folder) {
  console.error('Say where the recordings are: npm run train:ten-sounds -- FOLDER');
  process.exit(2);
}

const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());
const began = performance.now();

const { labels, clips: onDisk } = await clipsOnDisk(await readDataSet(join(folder, 'clips.csv')), {
  decoders: codecs,
});
const clips = onDisk.map(remembered);
const isLeftOut = ({ fold }: TrainingClip) => flags.fold !== undefined && fold === Number(flags.fold);
const train: TrainingSet = { labels, clips: clips.filter((clip) => !isLeftOut(clip)) };
const validation: TrainingSet = { labels, clips: clips.filter(isLeftOut) };
if (flags.fold !== undefined && validation.clips.length === 0) {
  console.error(`There are no clips of fold ${flags.fold}.`);
  process.exit(2);
}

const fresh = memoryDirectory();
console.log(`${train.clips.length} clips to train on, ${validation.clips.length} to judge by`);
await beginModel({ model: efficientat, labels, settings: sizes, output: fresh, seed });
const name = flags.fold === undefined ? 'all' : `fold-${flags.fold}`;
const underWay = flags['under-way'] ?? join(root, '.cache/ten-sounds', name);
const { judgement, epochs: records } = await fineTune({
  ...{ from: fresh, models: [efficientat], backend: onnxruntimeNode({ device: 'cpu', threads: 1 }) },
  ...{ train, ...(validation.clips.length > 0 && { validation }) },
  ...{ recipe: recipeOf(flags.epochs), trainable: 'all', seed, microBatch: 8 },
  ...{ out: trainingFolder(underWay), signal: stopping.signal, onProgress: say },
}).catch((error: unknown) => {
  if (!stopping.signal.aborted) throw error;
  console.error('Stopped: the same command goes on.');
  process.exit(130);
});
const cpuSeconds = (({ user, system }) => (user + system) / 1e6)(process.cpuUsage());
console.log(
  `${((performance.now() - began) / 1000).toFixed()} s, ${cpuSeconds.toFixed()} s of processors, ${records.length} epochs`,
);
if (judgement) {
  const { accuracy, confusion } = judgement;
  console.log(
    `${(100 * accuracy).toFixed(1)} % of the ${validation.clips.length} clips of fold ${flags.fold}`,
  );
  const rows = labels.map((_, row) => confusion.data.slice(row * labels.length, (row + 1) * labels.length));
  for (const [row, counts] of rows.entries())
    console.log([...counts].join(' ').padEnd(22), labels[row]!.name);
}
const to = flags.out ?? (judgement || flags.epochs ? undefined : join(root, 'models/ten-sounds'));
if (to !== undefined) await bundle(underWay, to);

/** Decoded once: a clip is heard in every epoch, and in others that are mixed with it. */
function remembered(clip: TrainingClip): TrainingClip {
  let sound: Promise<Float32Array> | undefined;
  return { ...clip, sound: (sampleRate) => (sound ??= clip.sound(sampleRate, {})) };
}

function recipeOf(tried: string | undefined): Recipe {
  return tried === undefined ? recipe : { ...recipe, epochs: Number(tried), averagedEpochs: undefined };
}

function say(progress: TrainingProgress): void {
  const seconds = ((performance.now() - began) / 1000).toFixed();
  if (progress.phase === 'resumed') console.log(`${seconds} s: goes on in epoch ${progress.epoch + 1}`);
  if (progress.phase !== 'epoch') return;
  const { epoch, loss, validation } = progress.record;
  const judged = validation
    ? `, accuracy ${(100 * validation.accuracy).toFixed(1)} %, loss ${validation.loss.toFixed(3)}`
    : '';
  console.log(`${seconds} s: epoch ${epoch}, loss ${loss.toFixed(3)}${judged}`);
}

/** The trained model in float16, beside what is written by hand there. */
async function bundle(from: string, to: string): Promise<void> {
  const half = memoryDirectory();
  await convertCheckpoint(await openFiles(from), { models: [efficientat], output: half, dtype: 'float16' });
  await mkdir(to, { recursive: true });
  for (const file of ['config.json', 'preprocessor_config.json', 'model.safetensors']) {
    const source = (await half.open(file))!;
    await writeFile(join(to, file), await source.read(0, source.size));
  }
}
