// A model and what of it trains → a training step: logits, and the gradient of a loss for each trained parameter. Which
// loss stays outside: its gradient at the logits is `scores · factor − offset`, element by element, and factor and offset,
// which the targets come to, are inputs (../loss).

import {
  type AnyModel,
  AudiozooError,
  type FoldedBatchNorm,
  type Ops,
  type Parameter,
  type TrainingStep,
} from '@audiozoo/core';
import { listParameters, resolveParameters } from '@audiozoo/core/plugin';
import { apart, batchStatisticOf, withBatchNorms } from './batch-norms.js';
import { constant, createTape, type Value } from './tape.js';
import { tracedOps } from './traced-ops.js';

/** What makes scores of logits, within the gradient of a loss. */
export type Scores = 'sigmoid' | 'softmax';

export interface TrainingStepOptions {
  /** The model's config, from its `readConfig`. */
  readonly config: unknown;
  /** Which of the parameters that `build` is given train; of convolutions before `norms`, as files hold them. */
  trains(parameter: Parameter): boolean;
  /** Batch norms that normalize by the batch. */
  readonly norms?: readonly FoldedBatchNorm[] | undefined;
  readonly scores: Scores;
  /** More than the model has, such as adapters. */
  readonly added?: AddedParameters | undefined;
}

/** Parameters that are not the model's, which all train, and what they change in it. */
export interface AddedParameters {
  readonly parameters: readonly Parameter[];
  /** The operations that the model is then built of. `weights` has all parameters by name. */
  extend<V>(ops: Ops<V>, weights: ReadonlyMap<string, V>): Ops<V>;
}

/** Inputs of the step beside the model's, both as large as the logits. */
export const lossInputs = { factor: 'loss.factor', offset: 'loss.offset' } as const;

/** The output that holds a parameter's gradient. */
export const gradientOf = (parameter: string): string => `${parameter}.gradient`;

/**
 * The training step of a model that tells classes apart. Throws a `model` error on one that does not. Building it throws one
 * where what trains has no gradient.
 */
export function trainingStep(
  model: AnyModel,
  { config, trains, norms = [], scores, added }: TrainingStepOptions,
): TrainingStep {
  const tree = model.parameters(config);
  const given = apart(norms);
  const own = listParameters(tree).flatMap(given);
  /** What norms had heard before: a batch is normalized by itself. */
  const kept = norms.flatMap(({ mean, variance }) => [mean, variance]);
  const keptNames = new Set(kept.map(({ name }) => name));
  const trained = [...own.filter(trains), ...(added?.parameters ?? [])];
  const { logits } = model.outputs(config);
  if (!logits) throw withoutLogits(model);
  const { shape } = logits;
  return {
    name: `${model.type} training`,
    parameters: [...own, ...(added?.parameters ?? [])],
    ignored: (name) => keptNames.has(name) || model.ignored?.(name) === true,
    trained: new Set(trained.map(({ name }) => name)),
    inputs: { ...model.inputs(config), [lossInputs.factor]: { shape }, [lossInputs.offset]: { shape } },
    outputs: {
      logits: [-1, ...shape],
      ...Object.fromEntries(trained.map(({ name, shape }) => [gradientOf(name), shape])),
      ...Object.fromEntries(kept.map(({ name, shape }) => [batchStatisticOf(name), shape])),
    },
    build(ops, weights, inputs) {
      const tape = createTape(ops);
      const isTrained = new Set(trained.map(({ name }) => name));
      const values = new Map(
        Array.from(weights, ([name, tensor]) => [
          name,
          isTrained.has(name) ? tape.trained(tensor) : constant(tensor),
        ]),
      );
      const heard = Object.keys(model.inputs(config)).map((name) => [name, constant(inputs[name]!)]);
      const statistics: Record<string, (typeof inputs)[string]> = {};
      const traced = withBatchNorms(ops, tape, tracedOps(ops, tape), norms, values, (name, value) => {
        statistics[name] = value;
      });
      const built = model.build(
        added ? added.extend(traced, values) : traced,
        resolveParameters(tree, (parameter) => values.get(given(parameter)[0]!.name)!),
        Object.fromEntries(heard),
        config,
        new Set(['logits']),
      );
      const output: Value<(typeof inputs)[string]> = built.logits!;
      const score = ops[scores](output.tensor);
      const offset = ops.scale(inputs[lossInputs.offset]!, -1);
      const ofLogits = ops.add(ops.multiply(score, inputs[lossInputs.factor]!), offset);
      const of = trained.map(({ name }) => values.get(name)!);
      const gradients = tape.gradients(output, ofLogits, of).map((gradient, index) => {
        const { name } = trained[index]!;
        if (gradient === undefined) throw unused(model, name);
        return [gradientOf(name), gradient];
      });
      return { logits: output.tensor, ...Object.fromEntries(gradients), ...statistics };
    },
  };
}

function withoutLogits(model: AnyModel): AudiozooError {
  return new AudiozooError({
    code: 'model',
    what: `${model.type} has no logits, so that there is no loss to train it by`,
    expected: 'a model that tells classes apart',
  });
}

function unused(model: AnyModel, name: string): AudiozooError {
  return new AudiozooError({
    code: 'model',
    what: `the logits of ${model.type} do not hang on its parameter ${name}, which so cannot train`,
    hint: 'Leave it out of what trains.',
  });
}
