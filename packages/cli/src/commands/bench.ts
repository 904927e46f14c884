// How fast a model runs here. Sound is noise from a fixed seed, so that runs compare; nothing in the work
// depends on what is heard.

import { AudiozooError, type FrontEnd, openModelDirectory } from '@audiozoo/core';
import { chooseModel } from '@audiozoo/tasks';
import { Command } from '@commander-js/extra-typings';
import { addFlags, commonFlags, type FlagsOf } from '../flags/common.js';
import { chooseBackend, deviceFlags } from '../flags/device.js';
import { decimal, wholeNumber } from '../flags/flag-value.js';
import { oneModel, openModel } from '../flags/model.js';
import { loadPlugins } from '../flags/plugin.js';
import { createSession, type Session } from '../session/session.js';

const declared = addFlags(
  new Command('bench')
    .description('Measure a model here: load, features, model, clips per second, real-time factor, memory.')
    .requiredOption('--model <dir>', oneModel)
    .option(
      '--seconds <s>',
      "length of the clips (default: the model's window, at most 10)",
      decimal({ above: 0 }),
    )
    .option('--batch <n>', 'clips per run', wholeNumber(1, 4096), 1)
    .option('--json', 'the figures as JSON on stdout')
    .addHelpText(
      'after',
      `
Examples:
  $ audiozoo bench --model ast-audioset
  $ audiozoo bench --model ast-audioset --batch 4 --threads 2 --json`,
    ),
  deviceFlags,
  commonFlags,
);

type Flags = FlagsOf<typeof declared>;

/** The command; the signal stops what it does. */
export const command = (signal: AbortSignal) =>
  declared.action((flags, called) => bench(flags, createSession(called, signal)));

const usualSeconds = 10;
const fewestRuns = 3;
const mostRuns = 500;
/** After this many milliseconds there are runs enough. */
const enough = 5000;

async function bench(flags: Flags, session: Session): Promise<void> {
  const { signal } = session;
  const { batch } = flags;
  const { models, ...plugins } = await loadPlugins(flags.plugin);
  const backend = await chooseBackend(flags, { models, ...plugins });

  const files = await openModel(flags.model, models, session);
  // Load: from the folder to a model that is ready.
  const beforeLoad = performance.now();
  const directory = await openModelDirectory(files, { signal: session.signal });
  const model = chooseModel(models, directory.config.model_type);
  const config = model.readConfig(directory.config, directory.preprocessorConfig);
  const loaded = await backend
    .load(model, directory.weights, { config, signal })
    .finally(() => directory.weights.close());
  const loadMs = performance.now() - beforeLoad;

  const features: number[] = [];
  const runs: number[] = [];
  const frontEnd = model.frontEnd(config);
  // Labels, where it gives some; else all that comes by itself.
  const asked = Object.hasOwn(model.outputs(config), 'logits') ? { outputs: ['logits'] } : {};
  let seconds: number;
  try {
    const clip = noise(clipLength(frontEnd, flags.seconds));
    seconds = clip.length / frontEnd.sampleRate;
    const clips = new Array<Float32Array>(batch).fill(clip);
    const run = async () => {
      const start = performance.now();
      const inputs = frontEnd.inputs(clips);
      const middle = performance.now();
      await loaded.run(inputs, { ...asked, signal });
      return { features: middle - start, model: performance.now() - middle };
    };

    await run(); // warm-up
    const start = performance.now();
    while (runs.length < fewestRuns || (performance.now() - start < enough && runs.length < mostRuns)) {
      await session.letOthersRun();
      const times = await run();
      features.push(times.features);
      runs.push(times.model);
    }
  } finally {
    await loaded.dispose();
  }

  const featuresMs = summary(features);
  const modelMs = summary(runs);
  const workSeconds = (featuresMs.median + modelMs.median) / 1000;
  const result = {
    model: flags.model,
    device: loaded.device,
    seconds,
    batch,
    runs: runs.length,
    loadMs,
    featuresMs,
    modelMs,
    clipsPerSecond: batch / workSeconds,
    /** Seconds of work for a second of sound. */
    realTimeFactor: workSeconds / (batch * seconds),
    peakRssMiB: process.resourceUsage().maxRSS / 1024,
  };
  if (flags.json) session.printJson(result);
  else session.print(table(result));
}

/** Samples in a clip. Throws an `argument` error when the model's window does not hold them. */
function clipLength({ sampleRate, minSamples, maxSamples }: FrontEnd, seconds: number | undefined): number {
  if (seconds === undefined) return Math.min(maxSamples, usualSeconds * sampleRate);
  const samples = Math.round(seconds * sampleRate);
  if (samples >= minSamples && samples <= maxSamples) return samples;
  throw new AudiozooError({
    code: 'argument',
    what: "--seconds does not fit the model's window",
    expected: `${minSamples / sampleRate} to ${maxSamples / sampleRate} seconds`,
    got: `${seconds}`,
  });
}

/** White noise at −20 dB, always the same: a linear congruential generator (Numerical Recipes). */
function noise(length: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 0.1 * (state / 2 ** 31 - 1);
  });
}

interface Summary {
  readonly median: number;
  readonly p90: number;
}

function summary(times: readonly number[]): Summary {
  const sorted = times.toSorted((a, b) => a - b);
  const quantile = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]!; // nearest rank
  return { median: quantile(0.5), p90: quantile(0.9) };
}

interface Result {
  readonly model: string;
  readonly device: string;
  readonly seconds: number;
  readonly batch: number;
  readonly runs: number;
  readonly loadMs: number;
  readonly featuresMs: Summary;
  readonly modelMs: Summary;
  readonly clipsPerSecond: number;
  readonly realTimeFactor: number;
  readonly peakRssMiB: number;
}

function table(result: Result): string {
  const { featuresMs, modelMs } = result;
  const times = ({ median, p90 }: Summary) => `${digits(median)} ms median, ${digits(p90)} ms p90`;
  const clips = result.batch === 1 ? 'one clip' : `batches of ${result.batch} clips`;
  return [
    `${result.model} on ${result.device}, ${clips} of ${digits(result.seconds)} s, ${result.runs} runs`,
    `  load              ${digits(result.loadMs)} ms`,
    `  features          ${times(featuresMs)}`,
    `  model             ${times(modelMs)}`,
    `  clips per second  ${digits(result.clipsPerSecond)}`,
    `  real-time factor  ${digits(result.realTimeFactor)} (${digits(1 / result.realTimeFactor)} times as fast as the sound)`,
    `  peak RSS          ${digits(result.peakRssMiB)} MiB`,
  ].join('\n');
}

/** Three digits that count. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : `${Number(value.toPrecision(3))}`;
}
