// A model in several lengths: for each clip the shortest that holds it. One program is all of them where model and backend
// can, else each is one of its own. Loaded by those who ask.

import type { AnyModel, Backend, LoadedModel, ProblemType, Weights } from '@audiozoo/core';
import { takesAnyLength } from '@audiozoo/core/plugin';
import type { SoundDecoder } from '@audiozoo/features/audio';
import { audioClassifier } from '../classify/audio-classifier.js';
import type { LoadedForm, LocalClassifier } from '../classify/classifier.js';
import { resizingOf, withUsual } from './input-size.js';

/** A model with its config and the weights that its files hold. */
export interface StoredModel {
  readonly model: AnyModel;
  readonly config: unknown;
  readonly weights: Weights;
}

/** Forms that are kept loaded beside the longest, where each has a session and memory of its own. */
const mostForms = 16;

export interface LengthsOptions {
  readonly backend: Backend;
  readonly problemType: ProblemType | undefined;
  readonly outputs: readonly string[] | undefined;
  readonly decoders: readonly SoundDecoder[] | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * A classifier that runs each clip in the shortest form that holds it; clips of one batch in the form that the longest
 * needs, unless the model takes every length as it is. Where model and backend can, one program is loaded that runs all
 * forms. Else the longest is loaded at once, the others when a clip asks for them; those used last are kept until `dispose`,
 * and so are the weights open.
 */
export async function classifierOfLengths(
  { model, config: ownConfig, weights }: StoredModel,
  { backend, problemType, outputs, decoders, signal }: LengthsOptions,
): Promise<LocalClassifier> {
  const resizing = resizingOf(model);
  const anyLength = backend.anyLength === true && takesAnyLength(model.inputs(ownConfig));
  const load = (config: unknown, signal?: AbortSignal) => {
    const its = withUsual(model.outputs(config), outputs);
    return backend.load(model, weights, { config, outputs: its, anyLength, signal });
  };
  const sizes = resizing.lengths(ownConfig);
  const longest = resizing.config(ownConfig, sizes.at(-1)!);
  const own: LoadedForm = { frontEnd: model.frontEnd(longest), loaded: await load(longest, signal) };
  const loads = new Set<Load>(); // those used last come last
  let disposed = false;

  const newForm = (config: unknown): LoadedForm => {
    if (anyLength) return { frontEnd: model.frontEnd(config), loaded: own.loaded };
    let current: Load | undefined;
    const run: LoadedModel['run'] = async (inputs, options) => {
      // None may be loaded any more. The longest is disposed of, and says so.
      if (disposed) return own.loaded.run(inputs, options);
      const used = current && loads.has(current) ? current : { loading: load(config), users: 0 };
      current = used;
      loads.delete(used);
      loads.add(used);
      used.users++;
      try {
        const loaded = await used.loading.catch((error) => {
          loads.delete(used); // the next clip may have more luck
          throw error;
        });
        return await loaded.run(inputs, options);
      } finally {
        used.users--;
        await disposeOldest(loads);
      }
    };
    return { frontEnd: model.frontEnd(config), loaded: { ...own.loaded, run } };
  };

  const made: LoadedForm[] = []; // by their places: a model of every length has thousands, of which few are asked for
  const formAt = (place: number): LoadedForm => {
    if (place === sizes.length - 1) return own;
    made[place] ??= newForm(resizing.config(ownConfig, sizes[place]!));
    return made[place];
  };
  /** The shortest that holds so many samples, else the longest. */
  const formOf = (samples: number): LoadedForm => {
    let [from, to] = [0, sizes.length - 1];
    while (from < to) {
      const middle = Math.floor((from + to) / 2);
      if (samples <= formAt(middle).frontEnd.maxSamples) to = middle;
      else from = middle + 1;
    }
    return formAt(from);
  };
  const formsOf = (lengths: readonly number[]): readonly LoadedForm[] => {
    if (resizing.everyLength) return lengths.map(formOf);
    const form = formOf(Math.max(...lengths));
    return lengths.map(() => form);
  };
  const classifier = audioClassifier(model, ownConfig, own.loaded, { problemType, formsOf, decoders });
  if (anyLength) {
    await weights.close();
    return classifier;
  }
  return {
    ...classifier,
    async dispose() {
      if (disposed) return;
      disposed = true;
      await own.loaded.dispose();
      const settled = await Promise.allSettled([...loads].map(({ loading }) => loading));
      for (const result of settled) if (result.status === 'fulfilled') await result.value.dispose();
      await weights.close();
    },
  };
}

/** A form that is loaded, or about to be, and how many are running it. */
interface Load {
  readonly loading: Promise<LoadedModel>;
  users: number;
}

/** Frees what is too much, of that which nobody runs. */
async function disposeOldest(loads: Set<Load>): Promise<void> {
  const idle = [...loads].filter(({ users }) => users === 0);
  const freed = idle.slice(0, Math.max(0, loads.size - mostForms));
  for (const load of freed) loads.delete(load);
  for (const { loading } of freed) await (await loading).dispose();
}
