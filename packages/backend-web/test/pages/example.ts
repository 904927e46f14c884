// One small model to do things with, and what a page tells Node of it.

import { AudiozooError, type Backend, type LoadedModel } from '@audiozoo/core';
import { weightsInMemory } from '@audiozoo/core/plugin';
import { conformanceCases } from '@audiozoo/core/testing';

/** A transformer of one block: calls nearly every operation. */
export const transformer = conformanceCases.at(-1)!;
const { model, weights, inputs } = transformer;

export function loadExample(backend: Backend): Promise<LoadedModel> {
  return backend.load(model, weightsInMemory(weights), { config: undefined });
}

export async function runExample(loaded: LoadedModel): Promise<number[]> {
  return [...(await loaded.run(inputs(2))).logits!.data];
}

/** The code and message of the error that an action throws; undefined when it throws none. */
export async function errorOf(
  action: () => Promise<unknown>,
): Promise<{ code: string; message: string } | undefined> {
  try {
    await action();
    return undefined;
  } catch (error) {
    return AudiozooError.isInstance(error)
      ? { code: error.code, message: error.message }
      : { code: 'none', message: String(error) };
  }
}

/** What happens to a model whose GPU device is lost, and to one loaded afterwards. */
export async function afterLoss(backend: Backend, lose: () => Promise<void>) {
  const first = await loadExample(backend);
  const before = await runExample(first);
  await lose();
  const run = await errorOf(() => runExample(first));
  const dispose = await errorOf(() => first.dispose());
  const again: { logits?: number[] } = {};
  const load = await errorOf(async () => {
    const second = await loadExample(backend);
    again.logits = await runExample(second);
    await second.dispose();
  });
  return { before, run, dispose, load, again: again.logits };
}
