// A model over features, made outside in float64, and the same over sound itself: for tests of the packages that have both.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportOnnx } from '@audiozoo/converters';
import type { AnyModel, Backend, FrontEnd, InputSize, ModelDirectory } from '@audiozoo/core';
import { randomTensor } from '@audiozoo/core/testing';
import type { Audio } from '@audiozoo/features';
import { type LoadClassifierOptions, loadClassifier } from '@audiozoo/tasks';
import { InferenceSession, Tensor } from 'onnxruntime-node';

export interface FormOptions {
  readonly model: AnyModel;
  readonly directory: ModelDirectory;
  readonly output: string;
  readonly clips: readonly Float32Array[];
  /** Of the input; as the directory says when absent, and in the exported file. */
  readonly size?: InputSize;
}

function configOf({ model, directory, size }: Omit<FormOptions, 'output' | 'clips'>): unknown {
  const config: unknown = model.readConfig(directory.config, directory.preprocessorConfig);
  return size ? model.resizing!.config(config, size) : config;
}

export const frontEndOf = (options: Omit<FormOptions, 'output' | 'clips'>): FrontEnd =>
  options.model.frontEnd(configOf(options));

/** The output of each clip, one after another, of the model over features. */
export async function fromFeatures(options: FormOptions, backend: Backend): Promise<Float32Array[]> {
  const { model, directory, output, clips } = options;
  const config = configOf(options);
  const loaded = await backend.load(model, directory.weights, { config });
  try {
    const results: Float32Array[] = [];
    for (const clip of clips) {
      const outputs = await loaded.run(model.frontEnd(config).inputs([clip]), { outputs: [output] });
      results.push(outputs[output]!.data);
    }
    return results;
  } finally {
    await loaded.dispose();
  }
}

/** The same of the form over sound. */
export async function fromSound(options: FormOptions, backend: Backend): Promise<Float32Array[]> {
  return fromFeatures({ ...options, model: await options.model.waveform!(options.model) }, backend);
}

/**
 * The same of its .onnx file, by a runtime that is given samples and lengths: all clips as one batch, or `apart`, each as long
 * as it is where the file takes any length.
 */
export async function fromExportedSound(
  { model, directory, output, clips }: FormOptions,
  { apart = false } = {},
): Promise<Float32Array[]> {
  const folder = await mkdtemp(join(tmpdir(), 'audiozoo-waveform-'));
  try {
    const out = join(folder, 'model.onnx');
    await exportOnnx(model, directory, { out, weights: 'inline', input: 'waveform', outputs: [output] });
    const session = await InferenceSession.create(out, { intraOpNumThreads: 1 });
    const results: Float32Array[] = [];
    for (const batch of apart ? clips.map((clip) => [clip]) : [clips]) {
      const outputs = await session.run(batchOf(session, batch));
      const data = outputs[output]!.data as Float32Array;
      const each = data.length / batch.length;
      results.push(...batch.map((_, row) => data.slice(row * each, (row + 1) * each)));
    }
    await session.release();
    return results;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Rows as long as the file takes them, or as the longest clip. */
function batchOf({ inputMetadata }: InferenceSession, clips: readonly Float32Array[]) {
  const [, width] = inputMetadata
    .map((input) => (input.isTensor ? input.shape : []))
    .find((shape) => shape.length === 2) as [string, number | string];
  const size = typeof width === 'number' ? width : Math.max(...clips.map(({ length }) => length));
  const samples = new Float32Array(clips.length * size);
  for (const [row, clip] of clips.entries()) samples.set(clip, row * size);
  const lengths = clips.map(({ length }) => length);
  return {
    samples: new Tensor('float32', samples, [clips.length, size]),
    lengths: new Tensor('float32', lengths, [clips.length]),
  };
}

/** The logits of each sound as a classifier gives them of all together, over features or over sound. */
export async function classifierLogits(
  directory: string,
  sounds: readonly Audio[],
  options: LoadClassifierOptions,
): Promise<Float32Array[]> {
  const classifier = await loadClassifier(directory, options);
  const { data } = await classifier.logits(sounds).finally(() => classifier.dispose());
  const classes = data.length / sounds.length;
  return sounds.map((_, row) => data.slice(row * classes, (row + 1) * classes));
}

/** Sound of all sorts: as short and as long as a model takes it, silent, loud, all silence but for a click. */
export function clipsFor({
  minSamples,
  maxSamples,
}: {
  minSamples: number;
  maxSamples: number;
}): Float32Array[] {
  const noise = randomTensor([maxSamples], 1, 0.1).data;
  const middle = Math.floor((minSamples + maxSamples) / 2);
  return [
    ...[minSamples, minSamples + 1, middle, maxSamples - 1, maxSamples].map((length) =>
      noise.slice(0, length),
    ),
    new Float32Array(middle),
    noise.slice(0, middle).map((sample) => Math.sign(sample)),
    new Float32Array(middle).fill(1, middle - 200, middle - 199),
  ];
}

/** The largest difference between the numbers of all clips: of those above 1, as a share of their clip's largest. */
export function largestDifference(
  actual: readonly Float32Array[],
  expected: readonly Float32Array[],
): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} clips against ${expected.length}`);
  return actual.reduce((most, values, clip) => {
    const others = expected[clip]!;
    if (values.length !== others.length) throw new Error('The clips have other outputs.');
    const scale = others.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
    const difference = values.reduce(
      (largest, value, index) => Math.max(largest, Math.abs(value - others[index]!)),
      0,
    );
    return Math.max(most, difference / scale);
  }, 0);
}
