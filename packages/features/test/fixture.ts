import { readFileSync } from 'node:fs';
import { readNpy, toFloat32 } from '@audiozoo/core';

export function fixturePath(name: string): string {
  return new URL(`fixtures/${name}`, import.meta.url).pathname;
}

export function readFixture(name: string): Buffer {
  return readFileSync(fixturePath(name));
}

export function readJsonFixture<T>(name: string): T {
  return JSON.parse(readFixture(name).toString());
}

/** A .npy file's values and shape. */
export function readArray(name: string): { data: Float32Array; shape: readonly number[] } {
  const array = readNpy(readFixture(name));
  return { data: toFloat32(array), shape: array.shape };
}

/** The samples of a 16-bit mono WAV with the plain header of 44 bytes that the fixtures have. */
export function readSamples(name: string): Float32Array {
  const bytes = new Uint8Array(readFixture(name)).subarray(44);
  return Float32Array.from(new Int16Array(bytes.slice().buffer), (value) => value / 32768);
}

export function differences(a: ArrayLike<number>, b: ArrayLike<number>): { largest: number; mean: number } {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  let largest = 0;
  let total = 0;
  for (let index = 0; index < a.length; index++) {
    const difference = Math.abs(a[index]! - b[index]!);
    largest = Math.max(largest, difference); // NaN stays, whatever follows it
    total += difference;
  }
  return { largest, mean: total / a.length };
}

export function joined(pieces: readonly Float32Array[]): Float32Array {
  return Float32Array.from(pieces.flatMap((piece) => [...piece]));
}
