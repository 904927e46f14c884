// What the authors' code makes of sounds, in a folder of arrays and recordings, and how far from it a result is.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readNpy, type Tensor } from '@audiozoo/core';
import { loadAudio } from '@audiozoo/tasks';

/** A recording, or several end to end, cut. */
export type GoldenSound = string | { readonly join: readonly string[]; readonly samples?: number };

export interface GoldenFiles<Cases> {
  /** What is in its cases.json. */
  readonly listed: Cases;
  /** Path of a file in it. */
  path(name: string): string;
  golden(name: string): Promise<Tensor>;
  samplesOf(sound: GoldenSound, sampleRate: number): Promise<Float32Array>;
}

export async function goldenFiles<Cases>(folder: string): Promise<GoldenFiles<Cases>> {
  const path = (name: string) => join(folder, name);
  return {
    listed: JSON.parse(await readFile(path('cases.json'), 'utf8')) as Cases,
    path,
    golden: async (name) => readNpy(await readFile(path(name))),
    async samplesOf(sound, sampleRate) {
      const { join: names, samples: count } = typeof sound === 'string' ? { join: [sound] } : sound;
      const parts = await Promise.all(names.map((name) => loadAudio(path(name), sampleRate)));
      const samples = Float32Array.from(parts.flatMap((part) => [...part]));
      return samples.subarray(0, count ?? samples.length);
    },
  };
}

/** The largest absolute difference between a result and golden numbers, all of them or those of a row. */
export function difference(result: ArrayLike<number>, { data, shape }: Tensor, row?: number): number {
  const length = row === undefined ? data.length : data.length / shape[0]!;
  const first = (row ?? 0) * length;
  if (result.length !== length || first + length > data.length) {
    const expected = row === undefined ? 'all' : `row ${row}`;
    throw new Error(`${result.length} numbers are not ${expected} of [${shape.join(', ')}]`);
  }
  return Array.from(result).reduce(
    (most, value, index) => Math.max(most, Math.abs(value - Number(data[first + index]))),
    0,
  );
}
