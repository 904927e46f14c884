// Weights in the memory of the kernels: each in the forms that the steps read, written once.

import { type ParameterTree, readTensor, toFloat32, type Weights } from '@audiozoo/core';
import { listParameters, readParameter, storedScale } from '@audiozoo/core/plugin';
import type { KernelThreads, Task } from './kernel-threads.js';
import { firstFreeAddress } from './layout.js';
import { storagesOf } from './program.js';
import type { Recording } from './recording.js';
import {
  alignment,
  bytesOf,
  type Constant,
  integerOffsets,
  keyOf,
  roundUp,
  type Storage,
} from './storage.js';

export interface PlacedConstants {
  /** What is read, with its address, by `keyOf`. */
  readonly places: ReadonlyMap<string, { readonly constant: Constant; readonly address: number }>;
  /** Where they end. */
  readonly end: number;
}

/** Gives an address to every constant that a recording reads. */
export function placeConstants({ steps, outputs }: Recording): PlacedConstants {
  const places = new Map<string, { constant: Constant; address: number }>();
  let end = firstFreeAddress;
  const read: readonly Storage[] = [
    ...steps.flatMap(storagesOf),
    ...[...outputs.values()].map(({ storage }) => storage),
  ];
  for (const storage of read) {
    if (storage.kind !== 'constant' || places.has(keyOf(storage))) continue;
    places.set(keyOf(storage), { constant: storage, address: end });
    end += roundUp(bytesOf(storage), alignment);
  }
  return { places, end };
}

/** Reads the weights one by one and has them written in their forms. */
export async function writeConstants(
  { places, end }: PlacedConstants,
  tree: ParameterTree,
  weights: Pick<Weights, 'tensors'>,
  threads: Pick<KernelThreads, 'perform'>,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const parameter of listParameters(tree)) {
    const forms = [...places.values()].filter(({ constant }) => constant.parameter === parameter.name);
    for (const { constant, address } of forms) {
      signal?.throwIfAborted();
      if (constant.form === 'integers') {
        const integers = await readTensor(weights.tensors.get(parameter.name)!);
        const scale = await readTensor(storedScale(parameter, weights.tensors)!);
        await threads.perform(
          packIntegers(constant, address, end, integers.data as Int8Array, toFloat32(scale)),
        );
      } else {
        const values = toFloat32(await readParameter(parameter, weights));
        await threads.perform(writeFloats(constant, address, end, values));
      }
    }
  }
  signal?.throwIfAborted();
}

/** What is packed lies above the constants meanwhile. */
function writeFloats(
  { form, rows, columns }: Constant,
  address: number,
  end: number,
  values: Float32Array,
): Task {
  const bytes = end + values.byteLength;
  if (form === 'plain') return { bytes, writes: [[address, values]] };
  return { bytes, writes: [[end, values]], call: ['packFloatWeight', end, rows, columns, address] };
}

function packIntegers(
  constant: Constant,
  address: number,
  end: number,
  integers: Int8Array,
  scale: Float32Array,
): Task {
  const { sums, scales } = integerOffsets(constant);
  const { rows, columns } = constant;
  return {
    bytes: end + integers.byteLength,
    writes: [
      [end, integers],
      [address + scales, scale],
    ],
    call: ['packIntegerWeight', end, rows, columns, address, address + sums],
  };
}
