// One batch whose clips are run in forms of their own: those of one form together.

import { type Tensor, tensor } from '@audiozoo/core';
import type { LoadedForm } from './classifier.js';

interface RunOptions {
  readonly outputs: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/** Outputs [clips, ...], in the order of the clips, whose sizes after the batch are the same in each form. */
export async function runInForms(
  clips: readonly Float32Array[],
  forms: readonly LoadedForm[],
  options: RunOptions,
): Promise<Record<string, Tensor<'float32'>>> {
  const run = ({ frontEnd, loaded }: LoadedForm, clips: readonly Float32Array[]) =>
    loaded.run(frontEnd.inputs(clips), options);
  const [first, ...others] = new Set(forms);
  if (first && others.length === 0) return run(first, clips);

  const merged: Record<string, Tensor<'float32'>> = {};
  for (const form of new Set(forms)) {
    const places = clips.flatMap((_, index) => (forms[index] === form ? [index] : []));
    const outputs = await run(
      form,
      places.map((index) => clips[index]!),
    );
    for (const [name, { shape, data }] of Object.entries(outputs)) {
      const size = data.length / places.length;
      merged[name] ??= tensor(
        'float32',
        [clips.length, ...shape.slice(1)],
        new Float32Array(clips.length * size),
      );
      places.forEach((place, row) => {
        merged[name]!.data.set(data.subarray(row * size, (row + 1) * size), place * size);
      });
    }
  }
  return merged;
}
