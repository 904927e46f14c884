// A model in several lengths: for each clip the shortest that holds it. Loaded by those who ask.

import type { AnyModel, Backend, ProblemType, Weights } from '@audiozoo/core';
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

export interface LengthsOptions {
  readonly backend: Backend;
  readonly problemType: ProblemType | undefined;
  readonly outputs: readonly string[] | undefined;
  readonly decoders: readonly SoundDecoder[] | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * A classifier that runs each clip in the shortest form that holds it. The longest is loaded at once, the others
 * when a clip asks for them; all are kept until `dispose`, and so are the weights open.
 */
export async function classifierOfLengths(
  { model, config: ownConfig, weights }: StoredModel,
  { backend, problemType, outputs, decoders, signal }: LengthsOptions,
): Promise<LocalClassifier> {
  const resizing = resizingOf(model);
  const forms = resizing.lengths(ownConfig).map((size) => {
    const config = resizing.config(ownConfig, size);
    return { config, frontEnd: model.frontEnd(config) };
  });
  const longest = forms.at(-1)!;
  const load = async ({ config, frontEnd }: typeof longest, signal?: AbortSignal): Promise<LoadedForm> => {
    const names = withUsual(model.outputs(config), outputs);
    return { frontEnd, loaded: await backend.load(model, weights, { config, outputs: names, signal }) };
  };

  const own = await load(longest, signal);
  const loads = new Map([[longest, Promise.resolve(own)]]);
  let disposed = false;
  const formFor = async (samples: number): Promise<LoadedForm> => {
    if (disposed) return own; // which refuses to run, as any model does
    const form = forms.find(({ frontEnd }) => samples <= frontEnd.maxSamples) ?? longest;
    const loading = loads.get(form) ?? load(form);
    loads.set(form, loading);
    loading.catch(() => loads.delete(form)); // the next clip may have more luck
    return loading;
  };
  return {
    ...audioClassifier(model, ownConfig, own.loaded, { problemType, formFor, decoders }),
    async dispose() {
      if (disposed) return;
      disposed = true;
      const settled = await Promise.allSettled(loads.values());
      for (const result of settled) if (result.status === 'fulfilled') await result.value.loaded.dispose();
      await weights.close();
    },
  };
}
