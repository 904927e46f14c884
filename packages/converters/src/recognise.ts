// Which model a checkpoint is of. Training checkpoints hold the weights under a key, so the usual keys are
// tried after the whole.

import type { AnyModel, ForeignCheckpoint, JsonObject } from '@audiozoo/core';
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

export interface Recognised {
  readonly model: AnyModel;
  readonly foreign: ForeignCheckpoint;
  /** What the model says about it. */
  readonly description: JsonObject;
  /** The key that the weights lie under; undefined when they are the whole. */
  readonly key: string | undefined;
  /** The weights, by their names without that key. */
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  /** More keys whose tensors are of this model: other copies of the weights. */
  readonly otherKeys: readonly string[];
}

/** The first model that knows these tensors as its own, or undefined. */
export function recognise(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  models: readonly AnyModel[],
): Recognised | undefined {
  const found = [undefined, ...usualKeys].flatMap((key) => {
    const part = key === undefined ? tensors : tensorsUnder(tensors, key);
    for (const model of part.size > 0 ? models : []) {
      const foreign = model.foreignCheckpoint;
      const description = foreign?.recognise(part);
      if (foreign && description) return { model, foreign, description, key, tensors: part };
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
