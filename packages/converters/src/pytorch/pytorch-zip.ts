// What torch.save writes since PyTorch 1.6: a zip of `name/data.pkl` and one `name/data/KEY` per storage.

import type { ByteSource } from '@audiozoo/core';
import type { Budget } from '@audiozoo/core/plugin';
import type { Checkpoint } from '../checkpoint/checkpoint.js';
import { checkPickleSize, checkpointBudget } from '../checkpoint/checkpoint-budget.js';
import { downloadAgain, quote, refusal } from '../refusal.js';
import { type ByteRange, CheckedRange, verifyAll } from './byte-range.js';
import { PickleCutShort, type PickleMeaning, unpickle } from './pickle.js';
import type { PickleStorage, PickleValue } from './pickle-value.js';
import { flattenTensors } from './state-dict.js';
import { viewTensors } from './strided-tensor.js';
import { torchMeaning } from './torch-pickle.js';
import { readZip } from './zip.js';

export async function openZipCheckpoint(source: ByteSource, signal?: AbortSignal): Promise<Checkpoint> {
  const budget = checkpointBudget(source.name, signal);
  const entries = await readZip(source, budget);
  const checked = new Map<string, CheckedRange>();
  for (const [name, range] of entries) checked.set(name, new CheckedRange(range));
  const prefix = findPrefix(source, entries);
  await refuseOtherByteOrder(source, checked.get(`${prefix}byteorder`), signal);

  const pickle = checked.get(`${prefix}data.pkl`)!;
  checkPickleSize(pickle.range.name, pickle.range.size);
  const bytes = await pickle.read(0, pickle.range.size, signal);
  await pickle.verify(signal);

  const meaning = torchMeaning(source.name);
  const storages = new Map<string, CheckedRange>();
  const persistent = (id: PickleValue): PickleStorage => {
    const storage = meaning.persistent(id);
    const range = checked.get(`${prefix}data/${storage.key}`);
    if (!range) {
      throw refusal(source.name, `lacks the storage ${quote(storage.key)} that its tensors refer to`, {
        hint: downloadAgain,
      });
    }
    if (range.range.size !== storage.byteLength) {
      throw refusal(source.name, `holds the storage ${quote(storage.key)} in the wrong size`, {
        expected: `${storage.byteLength} bytes`,
        got: `${range.range.size}`,
        hint: downloadAgain,
      });
    }
    storages.set(storage.key, range);
    return storage;
  };

  const { value } = await unpickleWhole(source, bytes, { ...meaning, persistent }, budget);
  const views = await flattenTensors(source.name, value, budget);
  const tensors = await viewTensors(views, storages, budget);
  return {
    format: 'pytorch-zip',
    tensors,
    verify: (options) => verifyAll([...checked.values()], options),
  };
}

async function unpickleWhole(source: ByteSource, bytes: Uint8Array, meaning: PickleMeaning, budget: Budget) {
  try {
    return await unpickle(bytes, 0, meaning, budget);
  } catch (cause) {
    if (!(cause instanceof PickleCutShort)) throw cause;
    throw refusal(source.name, 'is not a valid checkpoint: its pickle ends early', { hint: downloadAgain });
  }
}

/** What stands before `data.pkl`: torch.save's file name, and any folder that a repacking put around it. */
function findPrefix(source: ByteSource, entries: ReadonlyMap<string, ByteRange>): string {
  const names = [...entries.keys()];
  const prefixes = names
    .filter((name) => name === 'data.pkl' || name.endsWith('/data.pkl'))
    .map((name) => name.slice(0, -'data.pkl'.length));
  const [prefix] = prefixes;
  if (prefix === undefined) {
    const inside = names.find((name) => /\.(pth?|bin|ckpt|safetensors)$/.test(name));
    throw refusal(source.name, 'is a zip archive, but not one that torch.save wrote', {
      expected: 'an entry data.pkl',
      got: names.slice(0, 5).map(quote).join(', ') || 'no entries',
      hint: inside ? `Unpack it and name ${quote(inside)}.` : 'Check that it is the checkpoint you meant.',
    });
  }
  if (prefixes.length > 1) {
    throw refusal(source.name, 'holds more than one checkpoint', {
      expected: 'one entry data.pkl',
      got: `${prefixes.length}`,
    });
  }
  if (entries.has(`${prefix}constants.pkl`) || names.some((name) => name.startsWith(`${prefix}code/`))) {
    throw refusal(source.name, 'is a TorchScript archive: it holds a program, not only weights', {
      expected: 'a state dict',
      hint: 'In Python: torch.save(torch.jit.load(path).state_dict(), "weights.pth").',
    });
  }
  return prefix;
}

async function refuseOtherByteOrder(
  source: ByteSource,
  record: CheckedRange | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!record) return; // older than PyTorch 2.1
  const order = new TextDecoder().decode(await record.read(0, Math.min(record.range.size, 16), signal));
  if (order === 'little') return;
  throw refusal(source.name, 'was saved in another byte order', {
    expected: '"little"',
    got: quote(order),
    hint: 'Save it again on a little-endian machine.',
  });
}
