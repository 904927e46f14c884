// The weights of each epoch, kept until it is known which is wanted: a file for each.

import { AudiozooError, type FileStore, readSafetensors, readTensor, tensor } from '@audiozoo/core';
import { memoryEntry, writeSafetensors } from '@audiozoo/core/plugin';
import type { TrainingFolder } from './training-folder.js';

const fileOf = (epoch: number) => `epoch-${epoch}.safetensors`;

export async function keepEpoch(
  folder: TrainingFolder,
  epoch: number,
  weights: ReadonlyMap<string, Float32Array>,
): Promise<void> {
  const entries = Array.from(weights, ([name, data]) =>
    memoryEntry(name, tensor('float32', [data.length], data)),
  );
  await folder.write(fileOf(epoch), async (file) => {
    await writeSafetensors(file, entries);
  });
}

/** Throws a `file` error where that epoch is not kept. */
export async function readEpoch(
  folder: FileStore,
  epoch: number,
): Promise<ReadonlyMap<string, Float32Array>> {
  const source = await folder.open(fileOf(epoch));
  if (!source) {
    throw new AudiozooError({
      code: 'file',
      what: `the weights of epoch ${epoch} are not kept in ${folder.name}`,
      expected: fileOf(epoch),
      hint: 'Train into another folder, and choose later.',
      option: 'choose',
    });
  }
  try {
    const { tensors } = await readSafetensors(source);
    const weights = new Map<string, Float32Array>();
    for (const [name, stored] of tensors) {
      weights.set(name, (await readTensor(stored)).data as Float32Array);
    }
    return weights;
  } finally {
    await source.close();
  }
}

export async function removeEpochs(folder: TrainingFolder, count: number): Promise<void> {
  for (let epoch = 1; epoch <= count; epoch++) await folder.remove(fileOf(epoch));
}
