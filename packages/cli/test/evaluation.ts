// What the tests of `audiozoo evaluate` share: clips of digits, data files of them, and models to judge.

import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy } from '@audiozoo/core';
import { expect } from 'vitest';
import { digits, fixture, temporaryFolder } from './audiozoo.js';

export const clipFolder = fixture('tasks/test/fixtures/digits');
export const labelFile = fixture('tasks/test/fixtures/spoken-digits/spoken-digits.labels.csv');
export const clipNames = readdirSync(clipFolder).sort(); // 0_zero_en-us-f2.wav, three voices a digit
export const wordOf = (name: string) => name.split('_')[1]!;
export const labelCount = 12;
export const here = ['--audio-folder', clipFolder];
export interface Report {
  readonly clips: number;
  readonly mAP: number | null;
  readonly mAUC: number | null;
  readonly dPrime: number | null;
  readonly accuracy?: number | null;
  readonly models: readonly { model: string; fold?: number; clips: number; mAP: number; accuracy: number }[];
  readonly perClass: readonly { label: string; positives: number; averagePrecision: number | null }[];
  readonly confusion?: readonly (readonly number[])[];
  readonly failed: readonly { file: string; error: string }[];
}
export const reportOf = (stdout: string) => JSON.parse(stdout) as Report;

/** A data file in a folder of its own. */
export function dataFile(entries: readonly { wav: string; labels: string }[]): string {
  const path = join(temporaryFolder(), 'eval.json');
  writeFileSync(path, JSON.stringify({ data: entries }));
  return path;
}

export const byName = (names: readonly string[]) => names.map((wav) => ({ wav, labels: wordOf(wav) }));
export const repeated = (times: number) => new Array<readonly string[]>(times).fill(clipNames).flat();

/** The bundled model with another idea of how loud sound is: it hears worse, and otherwise. */
export function deafModel(mean: number): string {
  const folder = join(temporaryFolder(), 'deaf');
  cpSync(digits, folder, { recursive: true });
  const path = join(folder, 'preprocessor_config.json');
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), mean }));
  return folder;
}

export function rowsOf(path: string): Float32Array[] {
  const { dtype, shape, data } = readNpy(readFileSync(path));
  expect([dtype, shape[1]]).toEqual(['float32', labelCount]);
  const all = data as Float32Array;
  return Array.from({ length: shape[0]! }, (_, row) =>
    all.subarray(row * labelCount, (row + 1) * labelCount),
  );
}

export function largestDifference(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  expect(a).toHaveLength(b.length);
  return Math.max(
    ...a.flatMap((row, place) => Array.from(row, (x, label) => Math.abs(x - b[place]![label]!))),
  );
}
