// What the authors' code (in float64) makes of checkpoints and sounds. Some cases are in the repository; a folder with more,
// laid out alike, can be named in AUDIOZOO_EFFICIENTAT_REFERENCE.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertCheckpoint, directorySink } from '@audiozoo/converters';
import { readNpy, type Tensor } from '@audiozoo/core';
import { openFile } from '@audiozoo/core/files';
import { efficientat } from '@audiozoo/efficientat';
import type { Audio } from '@audiozoo/features';
import { loadAudio } from '@audiozoo/tasks';

type Sound = string | { readonly join: readonly string[]; readonly samples?: number };

interface GoldenInput {
  readonly name: string;
  readonly audio: Sound;
  readonly tolerance: number;
  /** Silence behind it up to so many samples. */
  readonly paddedTo?: number;
  readonly frameLogits?: string;
  readonly weakLogits?: string;
  readonly embedding?: string;
}

export interface GoldenCase {
  readonly name: string;
  readonly checkpoint: string;
  readonly options?: {
    readonly hopLength?: number;
    readonly melBins?: number;
    readonly strides?: readonly number[];
  };
  readonly inputs: readonly GoldenInput[];
  readonly logits?: string;
  readonly embedding?: string;
  readonly intermediates?: Readonly<Record<string, string>>;
}

interface GoldenFeatures {
  readonly audio: string;
  readonly sampleRate: number;
  readonly hopLength?: number;
  readonly melBins?: number;
  readonly normalised: string;
}

const reference =
  process.env.AUDIOZOO_EFFICIENTAT_REFERENCE ?? join(import.meta.dirname, 'fixtures/efficientat');

export const { cases, variantFeatures, frameFeatures } = JSON.parse(
  await readFile(join(reference, 'cases.json'), 'utf8'),
) as {
  readonly cases: readonly GoldenCase[];
  readonly variantFeatures: readonly GoldenFeatures[];
  readonly frameFeatures: readonly GoldenFeatures[];
};

export async function golden(name: string): Promise<Tensor> {
  return readNpy(await readFile(join(reference, name)));
}

/** The sound of a WAV, or of several end to end, cut or padded. */
export async function soundOf(
  { audio, paddedTo }: Pick<GoldenInput, 'audio' | 'paddedTo'>,
  sampleRate: number,
): Promise<Audio> {
  const { join: names, samples: count } = typeof audio === 'string' ? { join: [audio] } : audio;
  const parts = await Promise.all(names.map((name) => loadAudio(join(reference, name), sampleRate)));
  const samples = Float32Array.from(parts.flatMap((part) => [...part]));
  const cut = samples.subarray(0, count ?? samples.length);
  const padded = new Float32Array(Math.max(cut.length, paddedTo ?? 0));
  padded.set(cut);
  return { samples: padded, sampleRate };
}

/** A folder with the case's model, for as long as `use` takes. */
export async function withModel<T>(
  { checkpoint, options = {} }: Pick<GoldenCase, 'checkpoint' | 'options'>,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'audiozoo-efficientat-'));
  const source = await openFile(join(reference, checkpoint));
  try {
    const directory = join(folder, 'model');
    const { strides, ...sizes } = options;
    const settings = { ...sizes, ...(strides && { strides: strides.join(',') }) };
    await convertCheckpoint(source, { models: [efficientat], output: directorySink(directory), settings });
    return await use(directory);
  } finally {
    await source.close();
    await rm(folder, { recursive: true });
  }
}

/** The largest absolute difference between a result and a row of golden numbers. */
export function difference(result: Float32Array, expected: Tensor, row = 0): number {
  const from = row * result.length;
  return result.reduce(
    (most, value, index) => Math.max(most, Math.abs(value - Number(expected.data[from + index]))),
    0,
  );
}
