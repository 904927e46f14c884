// A model in other sizes than its files say: one that is asked for, or for each clip the shortest that holds it.

import {
  type AnyModel,
  AudiozooError,
  type Backend,
  checkOutputs,
  type InputSize,
  type ModelForm,
  type OutputSpecification,
  type ProblemType,
  type Resizing,
  type Weights,
} from '@audiozoo/core';
import { audioClassifier, type LoadedForm, type LocalClassifier } from './audio-classifier.js';

/** A model with the config and weights that its files hold. */
export interface StoredModel {
  readonly model: AnyModel;
  readonly config: unknown;
  readonly weights: Weights;
}

export interface LengthsOptions {
  /** What the model is given: its features, or sound. */
  readonly form: ModelForm;
  readonly backend: Backend;
  readonly problemType: ProblemType | undefined;
  readonly melBins: number | undefined;
  readonly outputs: readonly string[] | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The model in another size; the same when no other is asked for. */
export async function resized(stored: StoredModel, size: InputSize): Promise<StoredModel> {
  if (size.frames === undefined && size.melBins === undefined) return stored;
  const { model, config, weights } = stored;
  const resizing = resizingOf(model);
  const newConfig = resizing.config(config, size);
  return { model, config: newConfig, weights: await resizing.weights(weights, config, newConfig) };
}

/**
 * A classifier that runs each clip in the shortest form that holds it. The longest is loaded at once, the others
 * when a clip asks for them; all are kept until `dispose`, and so are the weights open.
 */
export async function classifierOfLengths(
  stored: StoredModel,
  { form, backend, problemType, melBins, outputs, signal }: LengthsOptions,
): Promise<LocalClassifier> {
  const { model } = form;
  const resizing = resizingOf(stored.model);
  const { config: ownConfig, weights: ownWeights } = await resized(stored, { melBins });
  const forms = resizing.lengths(ownConfig).map((frames) => {
    const config = resizing.config(ownConfig, { frames });
    return { config, frontEnd: model.frontEnd(config) };
  });
  const longest = forms.at(-1)!;
  const load = async ({ config, frontEnd }: typeof longest, signal?: AbortSignal): Promise<LoadedForm> => {
    const resizedWeights = await resizing.weights(ownWeights, ownConfig, config);
    const weights = form.weights(resizedWeights, config);
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
    ...audioClassifier(model, ownConfig, own.loaded, { problemType, formFor }),
    async dispose() {
      if (disposed) return;
      disposed = true;
      const settled = await Promise.allSettled(loads.values());
      for (const result of settled) if (result.status === 'fulfilled') await result.value.loaded.dispose();
      await ownWeights.close();
    },
  };
}

/** The usual outputs of a model and those asked for besides; undefined, for the usual ones, when none are. */
export function withUsual(
  specifications: Readonly<Record<string, OutputSpecification>>,
  outputs: readonly string[] | undefined,
): readonly string[] | undefined {
  return outputs && [...checkOutputs(specifications, undefined), ...outputs];
}

function resizingOf(model: AnyModel): Resizing<unknown> {
  if (model.resizing) return model.resizing as Resizing<unknown>;
  throw new AudiozooError({
    code: 'argument',
    what: `${model.type} takes one size of input`,
    expected: 'no `frames` and no `melBins`',
    mend: 'Leave them out.',
  });
}
