// Backends are tested through what every backend has, `load` and `run`: each operation is a tiny model
// that calls it, with seeded weights and inputs.

import type { Inputs } from '../backend/backend.js';
import type { Ops } from '../backend/ops.js';
import type { AnyModel, InputSpecification, TensorSpecification } from '../model/model.js';
import { type Parameter, parameter } from '../model/parameter.js';
import { elementCount, type Shape } from '../tensors/shape.js';
import { type Tensor, tensor } from '../tensors/tensor.js';
import { normalRandom, randomIds } from './random.js';

export type NamedTensors = Readonly<Record<string, Tensor<'float32'>>>;

/** A model with weights and inputs; what comes out, the reference backend knows. */
export interface ConformanceCase {
  /** What it shows: `linear: no bias`. */
  readonly name: string;
  /** Its config is `undefined`. */
  readonly model: AnyModel;
  readonly weights: NamedTensors;
  /** Inputs of this batch, the same at each call. */
  inputs(batch: number): Inputs;
}

/** A shape, filled with normal numbers or with what `value` makes of each and its index. */
export type Filled = Shape | { readonly shape: Shape; value(normal: number, index: number): number };

/** Whole numbers from 0 up to `below`. */
export interface Ids {
  readonly shape: Shape;
  readonly below: number;
}

/** Shapes of inputs and outputs are without the batch. */
export interface CaseDescription<Input extends string, Weight extends string> {
  readonly name: string;
  readonly inputs: Readonly<Record<Input, Filled | Ids>>;
  readonly weights?: Readonly<Record<Weight, Filled>>;
  readonly outputs: Readonly<Record<string, Shape>>;
  build<T>(
    ops: Ops<T>,
    inputs: Readonly<Record<Input, T>>,
    weights: Readonly<Record<Weight, T>>,
  ): Record<string, T>;
}

/** A case out of its shapes and its forward pass. */
export function conformanceCase<Input extends string, Weight extends string = never>(
  description: CaseDescription<Input, Weight>,
): ConformanceCase {
  const { name, inputs, weights = {}, outputs } = description;
  const model: AnyModel = {
    ...soundlessModel,
    parameters: () => mapValues<Filled, Parameter>(weights, (filled, key) => parameter(key, shapeOf(filled))),
    inputs: () =>
      mapValues<Filled | Ids, InputSpecification>(inputs, (filled) =>
        'below' in filled ? { dtype: 'int64', ...filled } : { shape: shapeOf(filled) },
      ),
    outputs: () => mapValues<Shape, TensorSpecification>(outputs, (shape) => ({ shape })),
    build: (ops, given, x) => description.build(ops, x as never, given as never),
  };
  return {
    name,
    model,
    weights: mapValues<Filled, Tensor<'float32'>>(weights, (filled, _, index) =>
      fill(shapeOf(filled), filled, 1000 + index),
    ),
    inputs: (batch) =>
      mapValues<Filled | Ids, Inputs[string]>(inputs, (filled, _, index) => {
        const shape = [batch, ...shapeOf(filled)];
        return 'below' in filled ? randomIds(shape, 1 + index, filled.below) : fill(shape, filled, 1 + index);
      }),
  };
}

/** What a model has besides its forward pass, for models that know nothing of sound. */
export const soundlessModel = {
  type: 'conformance',
  readConfig: () => undefined,
  frontEnd(): never {
    throw new Error('A conformance model takes tensors, not sound.');
  },
  labels: () => [],
  problemType: () => 'multi_label_classification',
} as const satisfies Partial<AnyModel>;

function fill(shape: Shape, filled: Filled, seed: number): Tensor<'float32'> {
  const normal = normalRandom(seed);
  const value = 'shape' in filled ? filled.value : (number: number) => number;
  const data = Float32Array.from({ length: elementCount(shape) }, (_, index) => value(normal(), index));
  return tensor('float32', shape, data);
}

function shapeOf(filled: Filled | Ids): Shape {
  return 'shape' in filled ? filled.shape : filled;
}

function mapValues<Value, Result>(
  record: Readonly<Record<string, Value>>,
  make: (value: Value, key: string, index: number) => Result,
): Record<string, Result> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value], index) => [key, make(value, key, index)]),
  );
}
