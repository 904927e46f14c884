// All that a run of one batch of one length needs to know: its program, and where everything lies.

import type { Inputs, Shape } from '@audiozoo/core';
import { elementCount } from '@audiozoo/core/plugin';
import type { PlacedConstants } from './constants.js';
import type { Task } from './kernel-threads.js';
import { planActivations } from './plan.js';
import { encodeProgram } from './program.js';
import type { Recording } from './recording.js';
import { alignment, keyOf, roundUp, type Storage } from './storage.js';

export interface PreparedRun {
  /** The first thread's task for these inputs. Outputs come back in the order of their names. */
  task(inputs: Inputs, outputs: readonly string[]): Task;
  /** Of an output. */
  shapeOf(name: string): Shape;
}

/** Gives everything of a recording its address, above the constants. */
export function prepareRun(
  { steps, inputs, outputs }: Recording,
  { places, end }: PlacedConstants,
  threads: number,
): PreparedRun {
  const plan = planActivations(steps, {
    inputs: inputs.values(),
    outputs: [...outputs.values()].map(({ storage }) => storage),
  });
  const addressOf = (storage: Storage) =>
    storage.kind === 'constant' ? places.get(keyOf(storage))!.address : end + plan.addresses.get(storage)!;
  const program = encodeProgram(steps, addressOf);
  const scratchSize = roundUp(Math.max(0, ...steps.map(({ scratch }) => scratch)), alignment);
  const scratch = end + plan.bytes;
  const programAddress = scratch + threads * scratchSize;

  return {
    shapeOf: (name) => outputs.get(name)!.shape,
    task: (values, names) => ({
      bytes: programAddress + program.byteLength,
      writes: [
        ...[...inputs].map(([name, storage]) => [addressOf(storage), inWords(values[name]!)] as const),
        [programAddress, program],
      ],
      // Nothing to do for outputs that are inputs or weights.
      call: steps.length > 0 ? ['start', programAddress, scratch, scratchSize, threads] : undefined,
      reads: names.map((name) => {
        const { storage, shape, offset } = outputs.get(name)!;
        return [addressOf(storage) + 4 * offset, elementCount(shape)];
      }),
    }),
  };
}

/** As the kernels read it: integers take as much room as floats. */
function inWords({ dtype, data }: Inputs[string]): Float32Array | Int32Array {
  return dtype === 'int64' ? Int32Array.from(data, Number) : data;
}
