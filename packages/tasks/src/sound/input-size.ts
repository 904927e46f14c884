// A model in another size than its files say.

import {
  type AnyModel,
  AudiozooError,
  type InputSize,
  type OutputSpecification,
  type Resizing,
  type Weights,
} from '@audiozoo/core';
import { checkOutputs } from '@audiozoo/core/plugin';

/** A model with the config and weights that its files hold. */
export interface StoredModel {
  readonly model: AnyModel;
  readonly config: unknown;
  readonly weights: Weights;
}

/** The model in another size; the same when no other is asked for. */
export async function resized(stored: StoredModel, size: InputSize): Promise<StoredModel> {
  if (size.frames === undefined && size.melBins === undefined) return stored;
  const { model, config, weights } = stored;
  const resizing = resizingOf(model);
  const newConfig = resizing.config(config, size);
  return { model, config: newConfig, weights: await resizing.weights(weights, config, newConfig) };
}

/** The usual outputs of a model and those asked for besides; undefined, for the usual ones, when none are. */
export function withUsual(
  specifications: Readonly<Record<string, OutputSpecification>>,
  outputs: readonly string[] | undefined,
): readonly string[] | undefined {
  return outputs && [...checkOutputs(specifications, undefined), ...outputs];
}

export function resizingOf(model: AnyModel): Resizing<unknown> {
  if (model.resizing) return model.resizing as Resizing<unknown>;
  throw new AudiozooError({
    code: 'argument',
    what: `${model.type} takes one size of input`,
    expected: 'no `frames` and no `melBins`',
    hint: 'Leave them out.',
  });
}
