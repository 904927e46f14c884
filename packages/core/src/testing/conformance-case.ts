// Backends are tested through what every backend has, `load` and `run`: each operation is a tiny model
// that calls it, with seeded weights and inputs.

import type { Inputs } from '../backend/backend.js';
import type { Ops } from '../backend/ops.js';
import type {
  AnyModel,
  InputSpecification,
  LengthSpecification,
  TensorSpecification,
} from '../model/model.js';
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
  /** Lengths to try on a backend of any length, the longest last; absent: its inputs have one. */
  readonly lengths?: readonly number[];
  /** Inputs of this batch, the same at each call, of one of `lengths`, or the longest. */
  inputs(batch: number, length?: number): Inputs;
}

/** A shape, filled with normal numbers or with what `value` makes of each and its index. */
export type Filled = Shape | { readonly shape: Shape; value(normal: number, index: number): number };

/** Normal numbers of every length from `least` to what `shape` has. */
export interface OfAnyLength {
  readonly shape: Shape;
  readonly least: number;
}

/** Whole numbers from 0 up to `below`. */
export interface Ids {
  readonly shape: Shape;
  readonly below: number;
}

/** Shapes of inputs and outputs are without the batch. */
export interface CaseDescription<Input extends string, Weight extends string> {
  readonly name: string;
  readonly inputs: Readonly<Record<Input, Filled | Ids | OfAnyLength>>;
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
      mapValues<Filled | Ids | OfAnyLength, InputSpecification>(inputs, (filled) => {
        if ('below' in filled) return { dtype: 'int64', ...filled };
        return { shape: shapeOf(filled), ...('least' in filled && { length: lengthOf(filled) }) };
      }),
    outputs: () => mapValues<Shape, TensorSpecification>(outputs, (shape) => ({ shape })),
    build: (ops, given, x) => description.build(ops, x as never, given as never),
  };
  const [ofAnyLength] = Object.values<Filled | Ids | OfAnyLength>(inputs).filter((its) => 'least' in its);
  return {
    name,
    model,
    ...(ofAnyLength && { lengths: lengthsOf(ofAnyLength) }),
    weights: mapValues<Filled, Tensor<'float32'>>(weights, (filled, _, index) =>
      filledTensor(shapeOf(filled), filled, 1000 + index),
    ),
    inputs: (batch, length) =>
      mapValues<Filled | Ids | OfAnyLength, Inputs[string]>(inputs, (filled, _, index) => {
        const longest = [batch, ...shapeOf(filled)];
        const shape = length !== undefined && 'least' in filled ? longest.with(1, length) : longest;
        return 'below' in filled
          ? randomIds(shape, 1 + index, filled.below)
          : filledTensor(shape, filled, 1 + index);
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

const lengthOf = ({ least }: OfAnyLength): LengthSpecification => ({ name: 'frames', least });

/** The ends, and one between: no program for one of them serves the next. */
function lengthsOf({ shape: [longest = 0], least }: OfAnyLength): readonly number[] {
  return [least, longest - 1, longest];
}

/** The same numbers for the same seed. */
export function filledTensor(shape: Shape, filled: Filled | OfAnyLength, seed: number): Tensor<'float32'> {
  const normal = normalRandom(seed);
  const value = 'value' in filled ? filled.value : (number: number) => number;
  const data = Float32Array.from({ length: elementCount(shape) }, (_, index) => value(normal(), index));
  return tensor('float32', shape, data);
}

export function shapeOf(filled: Filled | Ids | OfAnyLength): Shape {
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
