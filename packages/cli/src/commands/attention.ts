import { type AnyModel, AudiozooError, type Tensor } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { oneLine, readJson } from '@audiozoo/core/plugin';
import { type AttentionMap, columnsHeard, drawAttention } from '@audiozoo/pictures';
import { chooseModel, loadAudio, loadClassifier, rankLabels, scoresOf } from '@audiozoo/tasks';
import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { chooseBackend, deviceFlags } from '../flags/device.js';
import { wholeNumber } from '../flags/flag-value.js';
import { loadPlugins } from '../flags/plugin.js';
import { audioOptions, hearingFlags, partFlags, soundFile } from '../flags/sound.js';
import { openAudio } from '../input/standard-input.js';
import { checkOutput, writePicture } from '../output/output-file.js';
import { createSession, type Session, UsageError } from '../session/session.js';

const declared = addFlags(
  new Command('attention')
    .description('Draw what a model attends to: a spectrogram and the attention over it, as PNG or SVG.')
    .argument('<audio>', soundFile)
    .requiredOption('--model <dir>', 'a model directory')
    .requiredOption('--out <file.png|file.svg>', 'the picture to write')
    .option('--layer <n>', 'one layer, from 0 (default: rolled out through all layers)', wholeNumber(0))
    .option('--head <n>', 'one head of that layer, from 0 (default: the mean of all)', wholeNumber(0))
    .option('--json', 'the map over the patches as JSON on stdout, lowest frequencies first')
    .addHelpText(
      'after',
      `
Attention is that of the two class tokens, averaged, as in the official notebook.

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
  const { output, windowFrames } = await chooseMap(flags, plugins.models);

  const options = audioOptions(flags, session);
  const classifier = await loadClassifier(flags.model, {
    models: plugins.models,
    backend,
    outputs: [output],
    signal,
  });
  try {
    session.note(`${flags.model} on ${classifier.device}`);
    const { frontEnd, labels, problemType } = classifier;
    const { sampleRate, maxSamples } = frontEnd;
    const samples = await loadAudio(await openAudio(file, signal), sampleRate, options, maxSamples);
    const clip = { samples, sampleRate: frontEnd.sampleRate };
    const { logits, [output]: found } = await classifier.outputs(clip, ['logits', output], { signal });
    const features = frontEnd.features(samples);
    const [frames, columns] = features.shape as [number, number];
    const map = { ...meanOfHeads(found!, flags.head), windowFrames };
    const onSound = shareOnSound(map, frames);

    const best = rankLabels(scoresOf(logits!.data, problemType), labels, shownLabels);
    const caption = `Attention, ${describeMap(flags)}${onSound < 1 ? `: ${percent(onSound)} on the sound, the rest on the padding` : ''}`;
    const picture = drawAttention({
      spectrogram: {
        frames: Math.min(frames, windowFrames),
        columns,
        data: features.data,
        secondsPerFrame: (frontEnd.maxSamples + 1 - frontEnd.minSamples) / windowFrames / frontEnd.sampleRate,
        frequencies: frontEnd.frequencies,
      },
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
      session.printJson({ file, out: flags.out, map: describeMap(flags), onSound, labels: best, grid });
    } else {
      session.note(`${flags.out}: ${caption.toLowerCase()}`);
    }
  } finally {
    await classifier.dispose();
  }
}

/** The model's output that the flags mean, and its window. Throws a UsageError for layers and heads that it lacks. */
async function chooseMap(
  { model: directory, layer, head }: Flags,
  models: readonly AnyModel[],
): Promise<{ readonly output: string; readonly windowFrames: number }> {
  if (head !== undefined && layer === undefined) {
    throw new UsageError('--head needs --layer: heads are those of one layer.');
  }
  const files = await openFiles(directory);
  const json = await readJson(files, 'config.json');
  const model = chooseModel(models, json?.model_type);
  const config: unknown = model.readConfig(json!, await readJson(files, 'preprocessor_config.json'));
  const maps = model.outputs(config).attentionMaps?.shape;
  if (!maps) {
    throw new AudiozooError({
      code: 'model',
      what: `${model.type} shows no attention`,
      expected: 'the outputs `rollout` and `attentionMaps`',
      got: Object.keys(model.outputs(config)).slice(0, 8).join(', '),
    });
  }
  const [layers, heads] = maps as [number, number];
  if (layer !== undefined && layer >= layers) {
    throw new UsageError(`--layer ${layer}: the model has layers 0 to ${layers - 1}.`);
  }
  if (head !== undefined && head >= heads) {
    throw new UsageError(`--head ${head}: the model has heads 0 to ${heads - 1}.`);
  }
  const [input] = Object.values(model.inputs(config));
  return {
    output: layer === undefined ? 'rollout' : `attentionMaps.${layer}`,
    windowFrames: input!.shape[0]!,
  };
}

/** `rollout` [1, rows, columns] as it is; maps [1, heads, rows, columns] of one head, or the mean of all. */
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

/** How much of the attention to patches goes to those that hold sound. */
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

function describeMap({ layer, head }: Flags): string {
  if (layer === undefined) return 'rolled out through all layers';
  return `layer ${layer}, ${head === undefined ? 'mean of its heads' : `head ${head}`}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
}
