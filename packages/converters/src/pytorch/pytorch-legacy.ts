// What torch.save wrote before PyTorch 1.6: five pickles (a magic number, a protocol number, facts about
// the machine, the object, the storages' keys), then for each key the number of elements and the elements.

import type { ByteSource } from '@audiozoo/core';
import { type Budget, sourceBlocks } from '@audiozoo/core/plugin';
import type { Checkpoint } from '../checkpoint/checkpoint.js';
import { checkpointBudget, maxPickleBytes } from '../checkpoint/checkpoint-budget.js';
import { downloadAgain, quote, refusal } from '../refusal.js';
import { type ByteRange, CheckedRange, manyRanges, readingAhead, verifyAll } from './byte-range.js';
import { PickleCutShort, unpickle } from './pickle.js';
import { isKind, type PickleStorage, type PickleValue } from './pickle-value.js';
import { flattenTensors } from './state-dict.js';
import { viewTensors } from './strided-tensor.js';
import { torchMeaning } from './torch-pickle.js';

const magic = 0x1950a86a20f9469cfc6cn;
const magicWindowBytes = 64;
const protocolVersion = 1001;
/** What a storage costs, in a budget's steps and bytes. */
const storageSteps = 20;
const storageBytes = 300;

/** The pickles' length is not written anywhere: as much is read as turns out to be needed, within bounds. */
const firstWindowBytes = 1_000_000;

export async function openLegacyCheckpoint(source: ByteSource, signal?: AbortSignal): Promise<Checkpoint> {
  const { budget, root, storages, keys, end } = await readPickles(source, signal);
  const ranges = await locateStorages(
    keys.length > manyRanges ? readingAhead(source) : source,
    storages,
    keys,
    end,
    budget,
  );
  const views = await flattenTensors(source.name, root, budget);
  const tensors = await viewTensors(views, ranges, budget);
  return {
    format: 'pytorch-legacy',
    tensors,
    verify: (options) => verifyAll([...ranges.values()], options),
  };
}

interface Pickles {
  readonly budget: Budget;
  readonly root: PickleValue;
  readonly storages: ReadonlyMap<string, PickleStorage>;
  readonly keys: readonly PickleValue[];
  readonly end: number;
}

async function readPickles(source: ByteSource, signal: AbortSignal | undefined): Promise<Pickles> {
  for (let size = firstWindowBytes; ; size *= 4) {
    const windowBytes = Math.min(size, source.size, maxPickleBytes);
    const bytes = await source.read(0, windowBytes);
    try {
      return await parsePickles(source, bytes, checkpointBudget(source.name, signal));
    } catch (cause) {
      if (!(cause instanceof PickleCutShort)) throw cause;
      if (windowBytes === source.size) throw refusal(source.name, 'was cut short', { hint: downloadAgain });
      if (windowBytes === maxPickleBytes) {
        throw refusal(source.name, `begins with more than ${maxPickleBytes} bytes of pickles`);
      }
    }
  }
}

async function parsePickles(source: ByteSource, bytes: Uint8Array, budget: Budget): Promise<Pickles> {
  const meaning = torchMeaning(source.name);
  let at = 0;
  const next = async (persistent = meaning.persistent): Promise<PickleValue> => {
    const { value, end } = await unpickle(bytes, at, { ...meaning, persistent }, budget);
    at = end;
    return value;
  };

  await refuseOtherPickles(source, bytes.subarray(0, magicWindowBytes), budget);
  await next();
  if ((await next()) !== protocolVersion) throw meaning.malformed('is of another version of the format');
  const machine = await next();
  if (!isKind(machine, 'dict') || machine.entries?.get('little_endian') !== true) {
    throw refusal(source.name, 'was saved on a big-endian machine', {
      hint: 'Save it again on a little-endian one.',
    });
  }

  const storages = new Map<string, PickleStorage>();
  const root = await next((id) => {
    const storage = meaning.persistent(id);
    const known = storages.get(storage.key);
    if (known && (known.byteLength !== storage.byteLength || known.dtype !== storage.dtype)) {
      throw meaning.malformed(`describes the storage ${quote(storage.key)} in two ways`);
    }
    storages.set(storage.key, storage);
    return storage;
  });
  const keys = await next();
  if (!isKind(keys, 'list')) throw meaning.malformed('does not list its storages');
  return { budget, root, storages, keys: keys.items, end: at };
}

/** Any pickle begins like these files. Whether this is one shows in the first few bytes. */
async function refuseOtherPickles(source: ByteSource, head: Uint8Array, budget: Budget): Promise<void> {
  try {
    const { value } = await unpickle(head, 0, torchMeaning(source.name), budget);
    if (value === magic) return;
  } catch (cause) {
    if (!(cause instanceof PickleCutShort)) throw cause;
    if (head.length === source.size) throw cause;
  }
  throw refusal(source.name, 'is a pickle, but not one that torch.save wrote', {
    hint: 'In Python, load it and save the weights with torch.save(state_dict, path).',
  });
}

async function locateStorages(
  source: ByteSource,
  storages: ReadonlyMap<string, PickleStorage>,
  keys: readonly PickleValue[],
  start: number,
  budget: Budget,
): Promise<ReadonlyMap<string, CheckedRange>> {
  const ranges = new Map<string, CheckedRange>();
  let at = start;
  for (const key of keys) {
    budget.spend(storageSteps);
    budget.take(storageBytes);
    await budget.rest();
    const storage = storages.get(key as string);
    if (!storage || ranges.has(storage.key)) {
      throw refusal(source.name, 'lists a storage that it does not describe once', { hint: downloadAgain });
    }
    const data = at + 8;
    const end = data + storage.byteLength;
    if (end > source.size) {
      throw refusal(source.name, `was cut short inside the storage ${quote(storage.key)}`, {
        expected: `at least ${end} bytes`,
        got: `${source.size}`,
        hint: downloadAgain,
      });
    }
    const count = await source.read(at, 8);
    const elements = new DataView(count.buffer, count.byteOffset, 8).getBigInt64(0, true);
    if (elements !== BigInt(storage.elements)) {
      throw refusal(source.name, `holds the storage ${quote(storage.key)} in the wrong size`, {
        expected: `${storage.elements} elements`,
        got: `${elements}`,
        hint: downloadAgain,
      });
    }
    ranges.set(storage.key, new CheckedRange(storageRange(source, storage, data)));
    at = end;
  }
  const absent = [...storages.keys()].find((key) => !ranges.has(key));
  if (absent !== undefined) {
    throw refusal(source.name, `lacks the storage ${quote(absent)} that its tensors refer to`, {
      hint: downloadAgain,
    });
  }
  return ranges;
}

function storageRange(source: ByteSource, storage: PickleStorage, data: number): ByteRange {
  return {
    name: `${source.name}: storage ${quote(storage.key)}`,
    size: storage.byteLength,
    position: data,
    checksum: undefined,
    blocks: (from, to, signal) => sourceBlocks(source, data + from, data + to, signal),
  };
}
