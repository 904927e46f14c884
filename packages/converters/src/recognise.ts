// Which model a checkpoint is of. Training checkpoints hold the weights under a key, so the usual keys are
// tried after the whole.

import type { AnyModel, JsonObject, TensorInfos } from '@audiozoo/core';
import type { CheckpointTensor } from './checkpoint.js';

const usualKeys = [
  'model',
  'state_dict',
  'model_state_dict',
  'net',
  'network',
  'weights',
  'ema',
  'model_ema',
];

/** What tells tensors for its own: a model's `foreignCheckpoint`, or its `initialisation`. */
export interface Recogniser {
  recognise(tensors: TensorInfos): JsonObject | undefined;
}

export interface Recognised<As extends Recogniser = Recogniser> {
  readonly model: AnyModel;
  readonly as: As;
  /** What the model says about it. */
  readonly description: JsonObject;
  /** The key that the weights lie under; undefined when they are the whole. */
  readonly key: string | undefined;
  /** The weights, by their names without that key. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  /** More keys whose tensors are of this model: other copies of the weights. */
  readonly otherKeys: readonly string[];
}

/** The first model whose recogniser knows these tensors as its own, or undefined. */
export function recognise<As extends Recogniser>(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  models: readonly AnyModel[],
  recogniserOf: (model: AnyModel) => As | undefined,
): Recognised<As> | undefined {
  const found = [undefined, ...usualKeys].flatMap((key) => {
    const part = key === undefined ? tensors : tensorsUnder(tensors, key);
    for (const model of part.size > 0 ? models : []) {
      const as = recogniserOf(model);
      const description = as?.recognise(part);
      if (as && description) return { model, as, description, key, tensors: part };
    }
    return [];
  });
  const [first, ...others] = found;
  return first && { ...first, otherKeys: others.flatMap(({ key }) => key ?? []) };
}

/** The tensors whose names begin with `key.`, without it. */
function tensorsUnder(tensors: ReadonlyMap<string, CheckpointTensor>, key: string) {
  const prefix = `${key}.`;
  return new Map(
    [...tensors]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}
