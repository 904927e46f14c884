import {
  type AnyModel,
  type AttentionMaps,
  AudiozooError,
  type FileStore,
  type Tensor,
} from '@audiozoo/core';
import { oneLine, readJson, readPreprocessorConfig } from '@audiozoo/core/plugin';
import { type AttentionMap, columnsHeard, drawAttention } from '@audiozoo/pictures';
import { chooseModel, loadAudio, loadClassifier, rankLabels, scoresOf } from '@audiozoo/tasks';
import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { chooseBackend, deviceFlags } from '../flags/device.js';
import { wholeNumber } from '../flags/flag-value.js';
import { oneModel, openModel } from '../flags/model.js';
import { loadPlugins } from '../flags/plugin.js';
import { audioOptions, hearingFlags, partFlags, soundFile } from '../flags/sound.js';
import { openAudio } from '../input/standard-input.js';
import { checkOutput, writePicture } from '../output/output-file.js';
import { createSession, type Session, UsageError } from '../session/session.js';

const declared = addFlags(
  new Command('attention')
    .description('Draw what a model attends to: a spectrogram and the attention over it, as PNG or SVG.')
    .argument('<audio>', soundFile)
    .requiredOption('--model <dir>', oneModel)
    .requiredOption('--out <file.png|file.svg>', 'the picture to write')
    .option('--layer <n>', 'one layer, from 0 (default: all of them together)', wholeNumber(0))
    .option('--head <n>', 'one head of that layer, from 0 (default: the mean of all)', wholeNumber(0))
    .option('--json', 'the map as JSON on stdout, lowest frequencies first')
    .addHelpText(
      'after',
      `
Examples:
  $ audiozoo attention dog.wav --model ast-audioset --out dog.png
  $ audiozoo attention dog.wav --model ast-audioset --out dog-11-3.png --layer 11 --head 3
  $ audiozoo attention concert.flac --model ast-audioset --start 60 --duration 10 --out minute.png`,
    ),
  partFlags,
  hearingFlags,
  deviceFlags,
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((file, flags, called) => attention(file, flags, createSession(called, signal)));

/** Labels in the picture's header. */
const shownLabels = 4;

async function attention(file: string, flags: Flags, session: Session): Promise<void> {
  const { signal } = session;
  const plugins = await loadPlugins(flags.plugin);
  const backend = await chooseBackend(flags, plugins, { workers: 0 }); // one run, as `classify` has it
  await checkOutput(flags.out);
  const files = await openModel(flags.model, plugins.models, session);
  const maps = await openMaps(files, plugins.models);
  const { output, description } = chooseMap(maps, flags);

  const options = audioOptions(flags, session);
  const classifier = await loadClassifier(files, {
    models: plugins.models,
    backend,
    outputs: [output],
    signal,
  });
  try {
    session.note(`${flags.model} on ${classifier.device}`);
    const { frontEnd, labels, problemType } = classifier;
    const { sampleRate, maxSamples, secondsPerFrame, frequencies } = frontEnd;
    const samples = await loadAudio(await openAudio(file, signal), sampleRate, options, maxSamples);
    const names = labels.length > 0 ? ['logits', output] : [output];
    const { logits, [output]: found } = await classifier.outputs({ samples, sampleRate }, names, { signal });
    const features = frontEnd.features(samples);
    const [frames, columns] = features.shape as [number, number];
    const map = { ...meanOfHeads(found!, flags.head), windowFrames: maps.frames };
    const onSound = shareOnSound(map, frames);

    const best = logits ? rankLabels(scoresOf(logits.data, problemType), labels, shownLabels) : [];
    const caption = `Attention, ${description}${onSound < 1 ? `: ${percent(onSound)} on the sound, the rest on the padding` : ''}`;
    const spectrogram = { frames: Math.min(frames, maps.frames), columns, data: features.data };
    const picture = drawAttention({
      spectrogram: { ...spectrogram, secondsPerFrame, frequencies },
      map,
      start: flags.start ?? 0,
      title: file,
      labels: best.map(({ label, score }) => `${oneLine(label)} ${percent(score)}`).join(', '),
      caption,
    });
    await writePicture(flags.out, picture, signal);

    if (flags.json) {
      const { rows, columns: times, data } = map;
      const grid = Array.from({ length: rows }, (_, row) => [
        ...data.subarray(row * times, (row + 1) * times),
      ]);
      session.printJson({ file, out: flags.out, map: description, onSound, labels: best, grid });
    } else {
      session.note(`${flags.out}: ${caption.toLowerCase()}`);
    }
  } finally {
    await classifier.dispose();
  }
}

/** What the model of a directory shows. Throws a `model` error when that is nothing. */
async function openMaps(files: FileStore, models: readonly AnyModel[]): Promise<AttentionMaps> {
  const json = await readJson(files, 'config.json');
  const model = chooseModel(models, json?.model_type);
  const config: unknown = model.readConfig(json!, await readPreprocessorConfig(files));
  if (model.attention) return model.attention(config);
  throw new AudiozooError({
    code: 'model',
    what: `${model.type} shows no attention`,
    expected: 'a model whose plug-in has `attention`',
  });
}

/** The output that the flags mean. Throws a UsageError for layers and heads that the model lacks. */
function chooseMap({ whole, layers, heads }: AttentionMaps, { layer, head }: Flags): AttentionMaps['whole'] {
  if (layer === undefined) {
    if (head === undefined) return whole;
    throw new UsageError('--head needs --layer: heads are those of one layer.');
  }
  const output = layers[layer];
  if (output === undefined) {
    throw new UsageError(`--layer ${layer}: the model has layers 0 to ${layers.length - 1}.`);
  }
  if (head !== undefined && head >= heads) {
    throw new UsageError(`--head ${head}: the model has heads 0 to ${heads - 1}.`);
  }
  const description = `layer ${layer}, ${head === undefined ? 'mean of its heads' : `head ${head}`}`;
  return { output, description };
}

/** A map [1, rows, columns] as it is; [1, heads, rows, columns] of one head, or the mean of all. */
function meanOfHeads({ shape, data }: Tensor<'float32'>, head: number | undefined) {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const size = rows * columns;
  const heads = head === undefined ? Array.from({ length: data.length / size }, (_, index) => index) : [head];
  const mean = Float32Array.from(
    { length: size },
    (_, index) => heads.reduce((sum, each) => sum + data[each * size + index]!, 0) / heads.length,
  );
  return { rows, columns, data: mean };
}

/** How much of the attention goes to cells that hold sound. */
function shareOnSound(map: AttentionMap, frames: number): number {
  const { columns, data } = map;
  const heard = columnsHeard(map, frames);
  const sums = data.reduce(
    (sum, value, index) => ({
      all: sum.all + value,
      heard: sum.heard + (index % columns < heard ? value : 0),
    }),
    { all: 0, heard: 0 },
  );
  return sums.heard / sums.all;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
}
