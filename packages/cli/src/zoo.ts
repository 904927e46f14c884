// The published checkpoints that the models list.

import { type AnyModel, AudiozooError, type ZooEntry } from '@audiozoo/core';

export interface ZooItem extends ZooEntry {
  /** The model's `model_type`. */
  readonly model: string;
}

/** Every model's published checkpoints. Throws an `argument` error when two have one name. */
export function listZoo(models: readonly AnyModel[]): readonly ZooItem[] {
  const items = models.flatMap(({ type, zoo = [] }) => zoo.map((entry) => ({ ...entry, model: type })));
  const names = items.map(({ name }) => name);
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice === undefined) return items;
  throw new AudiozooError({
    code: 'argument',
    what: `two published checkpoints have the name ${JSON.stringify(twice)}`,
    expected: 'one of each',
    hint: 'Leave one --plugin out.',
  });
}
