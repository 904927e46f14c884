// One small model to do things with, and what a page tells Node of it.

import { AudiozooError, type Backend, type LoadedModel } from '@audiozoo/core';
import { weightsInMemory } from '@audiozoo/core/plugin';
import { conformanceCases } from '@audiozoo/core/testing';

/** A transformer of one block: calls nearly every operation. */
export const transformer = conformanceCases.at(-1)!;
/** One operation, where it matters that a model runs, not which: a GPU in software compiles a transformer's shaders for seconds. */
export const linear = conformanceCases[0]!;

export function loadExample(backend: Backend, { model, weights } = transformer): Promise<LoadedModel> {
  return backend.load(model, weightsInMemory(weights), { config: undefined });
}

export async function runExample(loaded: LoadedModel): Promise<number[]> {
  return [...(await loaded.run(transformer.inputs(2))).logits!.data];
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
  const load = () => loadExample(backend, linear);
  const run = async (loaded: LoadedModel) => [...(await loaded.run(linear.inputs(2))).y!.data];
  const first = await load();
  const before = await run(first);
  await lose();
  const runError = await errorOf(() => run(first));
  const dispose = await errorOf(() => first.dispose());
  const again: { y?: number[] } = {};
  const loadError = await errorOf(async () => {
    const second = await load();
    again.y = await run(second);
    await second.dispose();
  });
  return { before, run: runError, dispose, load: loadError, again: again.y };
}
