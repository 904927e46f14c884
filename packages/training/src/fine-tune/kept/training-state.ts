// How far a training is, as one file: safetensors, whose metadata say the rest. It is written beside and renamed, so that a process
// that is killed leaves the one before or the one after.

import {
  AudiozooError,
  type FileStore,
  type Json,
  readSafetensors,
  readTensor,
  type Tensor,
} from '@audiozoo/core';
import { isJsonObject, memoryEntry, type SafetensorsEntry, writeSafetensors } from '@audiozoo/core/plugin';
import type { OptimizerState } from '../../optimizer/optimizer.js';
import type { TrainerState } from '../../trainer/trainer.js';
import type { BestEpoch, Place } from '../epochs.js';
import type { TrainingFolder } from './training-folder.js';

/** Where a training that is under way keeps how far it is. */
export const stateFile = 'training.safetensors';
const format = 'audiozoo training 1';

/** What a training is of, part by part, so that an error can say which one changed. */
export type TrainingSubject = Readonly<Record<'model' | 'clips' | 'settings' | 'device', string>>;

export interface TrainingState {
  readonly trainer: TrainerState;
  readonly place: Place;
}

/** Groups of tensors in the file. */
const groups = ['weights', 'means', 'squares', 'best', 'sums'] as const;
type Group = (typeof groups)[number];

export async function writeState(
  folder: TrainingFolder,
  subject: TrainingSubject,
  { trainer, place }: TrainingState,
): Promise<void> {
  const { optimizer, weights } = trainer;
  const { best, sums, ...rest } = place;
  const entries = [
    ...entriesOf('weights', weights),
    ...entriesOf('means', optimizer.means),
    ...entriesOf('squares', optimizer.squares),
    ...entriesOf('best', best?.weights),
    ...entriesOf('sums', sums),
  ];
  const told = {
    ...{ format, subject, steps: optimizer.steps },
    ...rest,
    ...(best && { best: { epoch: best.epoch, figure: best.figure } }),
  };
  await folder.write(stateFile, async (file) => {
    await writeSafetensors(file, entries, { metadata: { audiozoo: JSON.stringify(told) } });
  });
}

function entriesOf(
  group: Group,
  values: ReadonlyMap<string, Float32Array | Float64Array> = new Map(),
): SafetensorsEntry[] {
  return Array.from(values, ([name, data]) => {
    const shape = [data.length];
    const values: Tensor =
      data instanceof Float64Array ? { dtype: 'float64', shape, data } : { dtype: 'float32', shape, data };
    return memoryEntry(`${group}/${name}`, values);
  });
}

/**
 * The state that a folder holds; undefined where there is none. Throws a `file` error when it is of another training, which stays as
 * it is, and `safetensors` errors on damaged files.
 */
export async function readState(
  folder: FileStore,
  subject: TrainingSubject,
): Promise<TrainingState | undefined> {
  const source = await folder.open(stateFile);
  if (!source) return undefined;
  try {
    const { tensors, metadata } = await readSafetensors(source);
    const told = toldIn(metadata);
    if (!isJsonObject(told) || told.format !== format) throw notAState(folder);
    refuseOthers(folder, told.subject, subject);
    const read: Record<Group, Map<string, Tensor>> = {
      ...{ weights: new Map(), means: new Map(), squares: new Map(), best: new Map(), sums: new Map() },
    };
    for (const [name, stored] of tensors) {
      const [group, ...parts] = name.split('/') as [Group, ...string[]];
      if (!groups.includes(group)) throw notAState(folder);
      read[group].set(parts.join('/'), await readTensor(stored));
    }
    const numbers = <Data>(group: Group) =>
      new Map(Array.from(read[group], ([name, { data }]) => [name, data as Data]));
    const { steps, best, ...rest } = told as unknown as { steps: number; best?: BestEpoch } & Place;
    const optimizer: OptimizerState = {
      ...{ steps, means: numbers<Float32Array>('means'), squares: numbers<Float32Array>('squares') },
    };
    const { epoch, step, lossSum, clipCount, records } = rest;
    return {
      trainer: { weights: numbers('weights'), optimizer },
      place: {
        ...{ epoch, step, lossSum, clipCount, records },
        best: best && { ...best, weights: numbers('best') },
        sums: read.sums.size > 0 ? numbers<Float64Array>('sums') : undefined,
      },
    };
  } finally {
    await source.close();
  }
}

function toldIn({ audiozoo = '' }: Readonly<Record<string, string>>): Json | undefined {
  try {
    return JSON.parse(audiozoo);
  } catch {
    return undefined;
  }
}

function refuseOthers(folder: FileStore, found: unknown, subject: TrainingSubject): void {
  const before = (found ?? {}) as Partial<TrainingSubject>;
  const changed = Object.entries(subject).filter(
    ([part, value]) => before[part as keyof TrainingSubject] !== value,
  );
  if (changed.length === 0) return;
  throw new AudiozooError({
    code: 'file',
    what: `${folder.name} holds another training, which cannot be continued so`,
    expected: 'the model, clips, settings and device that it was begun with',
    got: `other ${changed.map(([part]) => part).join(', ')}`,
    hint: 'Say the same as before, or train into another folder.',
    option: 'out',
  });
}

function notAState(folder: FileStore): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${stateFile} in ${folder.name} holds no training`,
    expected: JSON.stringify(format),
    hint: 'Train into another folder: this one stays as it is.',
    option: 'out',
  });
}
