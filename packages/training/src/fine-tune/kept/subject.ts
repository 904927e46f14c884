// What a training is of, in few characters: whoever goes on with it must say the same.

import type { JsonObject, StoredTensor } from '@audiozoo/core';
import { byteLength, createSha256 } from '@audiozoo/core/plugin';
import type { TrainingSet } from '../clips/training-clip.js';

/** Bytes at both ends of a tensor that are looked at. */
const looked = 1024;

/** Of a model: its files' JSON, and of each tensor what it is and how it begins and ends. */
export async function modelFingerprint(
  json: readonly (JsonObject | undefined)[],
  tensors: ReadonlyMap<string, StoredTensor>,
): Promise<string> {
  const hash = createSha256();
  hash.update(textBytes(JSON.stringify(json)));
  for (const name of [...tensors.keys()].sort()) {
    const stored = tensors.get(name)!;
    const length = byteLength(stored);
    hash.update(textBytes(JSON.stringify([name, stored.dtype, stored.shape])));
    const part = Math.min(looked, length);
    hash.update(await stored.source.read(stored.offset, part));
    hash.update(await stored.source.read(stored.offset + length - part, part));
  }
  return hash.digest();
}

/** Of sets of clips: classes, and each clip's name, labels and version, in their order. */
export function clipsFingerprint(...sets: readonly (TrainingSet | undefined)[]): string {
  const hash = createSha256();
  for (const set of sets) {
    hash.update(textBytes(`${JSON.stringify(set?.labels.map(({ name }) => name))}\n`));
    for (const { name, labels, version } of set?.clips ?? []) {
      hash.update(textBytes(`${JSON.stringify([name, labels, version])}\n`));
    }
  }
  return hash.digest();
}

export function settingsFingerprint(settings: unknown): string {
  const hash = createSha256();
  hash.update(textBytes(JSON.stringify(settings)));
  return hash.digest();
}

const textBytes = (text: string) => new TextEncoder().encode(text);
