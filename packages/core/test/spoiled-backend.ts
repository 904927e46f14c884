import type { Backend, LoadedModel, Ops, Tensor } from '@audiozoo/core';
import { referenceBackend } from '@audiozoo/core/testing';

/** The reference backend with something about its loaded models replaced. */
export function withLoaded(replace: (loaded: LoadedModel) => LoadedModel): Backend {
  const { name, load } = referenceBackend();
  return { name, load: async (...call) => replace(await load(...call)) };
}

/** The reference backend with one operation replaced. */
export function withOperation(replace: <T>(ops: Ops<T>) => Partial<Ops<T>>): Backend {
  const { name, load } = referenceBackend();
  return {
    name,
    load: (model, weights, options) =>
      load(
        {
          ...model,
          build: (ops, ...rest) => model.build({ ...ops, ...replace(ops) }, ...rest),
        },
        weights,
        options,
      ),
  };
}

type Outputs = Record<string, Tensor<'float32'>>;

export function mapData(outputs: Outputs, change: (value: number, index: number) => number): Outputs {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { dtype, shape, data }]) => [
      name,
      { dtype, shape, data: data.map(change) },
    ]),
  );
}
