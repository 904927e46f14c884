// Steps of training as backends are tested with: tiny programs that call one operation of the way back each, with seeded
// weights, of which some are trained, and inputs.

import type { Inputs } from '../backend/backend.js';
import { parameter } from '../model/parameter.js';
import type { Shape } from '../tensors/shape.js';
import type { TrainingOps } from '../training/training-ops.js';
import type { TrainingStep } from '../training/training-step.js';
import { type Filled, filledTensor, type NamedTensors, shapeOf } from './conformance-case.js';

/** A step with weights and inputs; what comes out, the reference backend knows. */
export interface TrainingCase {
  readonly name: string;
  readonly step: TrainingStep;
  readonly weights: NamedTensors;
  inputs(batch: number): Inputs;
}

/** Shapes of inputs are without the batch, those of outputs with −1 for it. */
export interface TrainingCaseDescription<Input extends string, Weight extends string> {
  readonly name: string;
  readonly inputs: Readonly<Record<Input, Filled>>;
  /** All of them are trained. */
  readonly weights?: Readonly<Record<Weight, Filled>>;
  readonly outputs: Readonly<Record<string, Shape>>;
  build<T>(
    ops: TrainingOps<T>,
    inputs: Readonly<Record<Input, T>>,
    weights: Readonly<Record<Weight, T>>,
  ): Record<string, T>;
}

export function trainingCase<Input extends string, Weight extends string = never>(
  description: TrainingCaseDescription<Input, Weight>,
): TrainingCase {
  const { name, outputs } = description;
  const weights = Object.entries<Filled>(description.weights ?? {});
  const inputs = Object.entries<Filled>(description.inputs);
  return {
    name,
    step: {
      name: 'conformance',
      parameters: weights.map(([key, filled]) => parameter(key, shapeOf(filled))),
      trained: new Set(weights.map(([key]) => key)),
      inputs: Object.fromEntries(inputs.map(([key, filled]) => [key, { shape: shapeOf(filled) }])),
      outputs,
      build: (ops, given, x) => description.build(ops, x as never, Object.fromEntries(given) as never),
    },
    weights: Object.fromEntries(
      weights.map(([key, filled], index) => [key, filledTensor(shapeOf(filled), filled, 1000 + index)]),
    ),
    inputs: (batch) =>
      Object.fromEntries(
        inputs.map(([key, filled], index) => [
          key,
          filledTensor([batch, ...shapeOf(filled)], filled, 1 + index),
        ]),
      ),
  };
}
