// Reverse mode. A model's `build` is run over operations that compute, and remember how to go back; the way back is
// written in the same vocabulary, so that a training step is a program like any other.

import type { TrainingOps } from '@audiozoo/core';

/** What a model is built of while gradients are to be had. */
export interface Value<T> {
  readonly tensor: T;
  /** Whether it hangs on something that trains. Of all else no gradient is worked out. */
  readonly traced: boolean;
}

/** From the gradient of what an operation made to those of its inputs; in the place of those not `wanted`, anything. */
export type WayBack<T> = (dy: T, wanted: readonly boolean[]) => readonly (T | undefined)[];

export interface Tape<T> {
  /** An input that trains. */
  trained(tensor: T): Value<T>;
  /** What an operation made of `inputs`, and how to go back from there. */
  record(tensor: T, inputs: readonly Value<T>[], back: WayBack<T>): Value<T>;
  /** Gradients of the values in `of`, given that of `output`; undefined where output does not hang on one. */
  gradients(output: Value<T>, dy: T, of: readonly Value<T>[]): readonly (T | undefined)[];
}

/** What does not train. */
export function constant<T>(tensor: T): Value<T> {
  return { tensor, traced: false };
}

interface Step<T> {
  readonly output: Value<T>;
  readonly inputs: readonly Value<T>[];
  readonly back: WayBack<T>;
}

export function createTape<T>(ops: Pick<TrainingOps<T>, 'add'>): Tape<T> {
  const steps: Step<T>[] = [];
  return {
    trained: (tensor) => ({ tensor, traced: true }),
    record(tensor, inputs, back) {
      const output = { tensor, traced: inputs.some(({ traced }) => traced) };
      if (output.traced) steps.push({ output, inputs, back });
      return output;
    },
    gradients(output, dy, of) {
      const known = new Map<Value<T>, T>([[output, dy]]);
      for (const step of steps.toReversed()) {
        const ofOutput = known.get(step.output);
        if (ofOutput === undefined) continue;
        const gradients = step.back(
          ofOutput,
          step.inputs.map(({ traced }) => traced),
        );
        step.inputs.forEach((input, index) => {
          const gradient = gradients[index];
          if (!input.traced || gradient === undefined) return;
          const before = known.get(input);
          known.set(input, before === undefined ? gradient : ops.add(before, gradient));
        });
      }
      return of.map((value) => known.get(value));
    },
  };
}
