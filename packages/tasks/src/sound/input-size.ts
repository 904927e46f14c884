// A model in another size than its files say.

import {
  type AnyModel,
  AudiozooError,
  type InputSize,
  type OutputSpecification,
  type Resizing,
} from '@audiozoo/core';
import { checkOutputs, checkSettings } from '@audiozoo/core/plugin';

/** The config of the model in another size; the same when no other is asked for. */
export function resizedConfig(model: AnyModel, config: unknown, size: InputSize): unknown {
  if (Object.values(size).every((value) => value === undefined)) return config;
  const { sizes, config: resize } = resizingOf(model);
  checkSettings(model.type, size, sizes, { noun: 'size', path: 'size' });
  return resize(config, size);
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
    option: ['size', 'autoLength'],
    expected: 'no `size` and no `autoLength`',
    hint: 'Leave them out.',
  });
}
