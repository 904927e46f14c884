// What transformers (in float64) makes of two small CLAPs with random weights. The fused one and its sounds are in the
// repository; a folder with more, laid out alike, can be named in AUDIOZOO_CLAP_REFERENCE.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readNpy, type Tensor } from '@audiozoo/core';
import { loadAudio } from '@audiozoo/tasks';

type Sound = string | { readonly join: readonly string[]; readonly samples?: number };

export interface GoldenCase {
  readonly name: string;
  readonly directory: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly audio: Sound;
    readonly isLonger?: boolean;
    readonly cropOffsetSamples?: number;
    readonly cropOffsetFrames?: { readonly front: number; readonly middle: number; readonly back: number };
  }[];
  readonly texts: readonly string[];
  readonly audioEmbeds: string;
  readonly audioPooled: string;
  readonly textEmbeds: string;
  readonly textPooled: string;
  readonly zeroShot: {
    readonly template: string;
    readonly labels: readonly string[];
    readonly logits: string;
    readonly probabilities: string;
  };
}

interface GoldenTokens {
  readonly text: string;
  readonly repeated?: number;
  readonly inputIds?: readonly number[];
  readonly truncatedTo512?: readonly number[];
}

const reference = process.env.AUDIOZOO_CLAP_REFERENCE ?? join(import.meta.dirname, 'fixtures/clap');

export const { cases, tokens } = JSON.parse(await readFile(join(reference, 'cases.json'), 'utf8')) as {
  readonly cases: readonly GoldenCase[];
  readonly tokens: Readonly<Record<string, readonly GoldenTokens[]>>;
};

/** Path of a reference file. */
export const referencePath = (name: string) => join(reference, name);

export async function golden(name: string): Promise<Tensor> {
  return readNpy(await readFile(referencePath(name)));
}

/** The sound of a WAV, or of several end to end, cut. */
export async function soundOf(sound: Sound): Promise<Float32Array> {
  const { join: names, samples: count } = typeof sound === 'string' ? { join: [sound] } : sound;
  const parts = await Promise.all(names.map((name) => loadAudio(referencePath(name), 48_000)));
  const samples = Float32Array.from(parts.flatMap((part) => [...part]));
  return samples.subarray(0, count ?? samples.length);
}

/** The largest absolute difference between a result and a row of golden numbers. */
export function difference(result: ArrayLike<number>, expected: Tensor, row = 0): number {
  const from = row * result.length;
  return Array.from(result).reduce(
    (most, value, index) => Math.max(most, Math.abs(value - Number(expected.data[from + index]))),
    0,
  );
}
