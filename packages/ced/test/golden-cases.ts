// What the authors' code (in float64) makes of checkpoints and sounds. Some cases are in the repository; a folder with more,
// laid out alike, can be named in AUDIOZOO_CED_REFERENCE.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ced } from '@audiozoo/ced';
import { convertCheckpoint, directorySink } from '@audiozoo/converters';
import { readNpy, type Tensor } from '@audiozoo/core';
import { openFile } from '@audiozoo/core/files';
import type { Audio } from '@audiozoo/features';
import { loadAudio } from '@audiozoo/tasks';

type Sound = string | { readonly join: readonly string[]; readonly samples?: number };

interface GoldenInput {
  readonly name: string;
  readonly audio: Sound;
  readonly tolerance: number;
}

interface GoldenCase {
  readonly name: string;
  /** The authors' file, a folder of transformers', or both. */
  readonly checkpoint?: string;
  readonly huggingFace?: string;
  readonly config: { readonly numHeads: number };
  readonly inputs: readonly GoldenInput[];
  readonly logits: string;
  readonly embedding: string;
  readonly batch?: { readonly audio: readonly string[]; readonly logits: string };
  readonly intermediates?: Readonly<Record<'patches' | 'block0' | 'blocks' | 'norm', string>>;
}

const reference = process.env.AUDIOZOO_CED_REFERENCE ?? join(import.meta.dirname, 'fixtures/ced');

export const { cases } = JSON.parse(await readFile(join(reference, 'cases.json'), 'utf8')) as {
  readonly cases: readonly GoldenCase[];
};

/** Path of a reference file. */
export const referencePath = (name: string) => join(reference, name);

export async function golden(name: string): Promise<Tensor> {
  return readNpy(await readFile(referencePath(name)));
}

/** The sound of a WAV, or of several end to end, cut. */
export async function soundOf(sound: Sound): Promise<Audio> {
  const { join: names, samples: count } = typeof sound === 'string' ? { join: [sound] } : sound;
  const parts = await Promise.all(names.map((name) => loadAudio(referencePath(name), 16_000)));
  const samples = Float32Array.from(parts.flatMap((part) => [...part]));
  return { samples: samples.subarray(0, count ?? samples.length), sampleRate: 16_000 };
}

/** A folder with the case's model, for as long as `use` takes. */
export async function withModel<T>(
  { checkpoint, huggingFace, config }: GoldenCase,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  if (checkpoint === undefined) return use(referencePath(huggingFace!));
  const folder = await mkdtemp(join(tmpdir(), 'audiozoo-ced-'));
  const source = await openFile(referencePath(checkpoint));
  try {
    const directory = join(folder, 'model');
    const output = directorySink(directory);
    await convertCheckpoint(source, { models: [ced], output, settings: { heads: config.numHeads } });
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
