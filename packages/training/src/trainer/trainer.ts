// A model that is being trained: gradients of batches, and updates.

import {
  type AnyModel,
  AudiozooError,
  type Backend,
  type Inputs,
  type Parameter,
  type Tensor,
  type Weights,
} from '@audiozoo/core';
import { checkBackend, weightsInMemory } from '@audiozoo/core/plugin';
import type { BatchNormMode } from '../gradient/batch-norms.js';
import { gradientOf, lossInputs, trainingStep } from '../gradient/training-step.js';
import { createLoss, type LossOptions } from '../loss/loss.js';
import {
  createOptimizer,
  type OptimizerOptions,
  type OptimizerState,
  type UpdateOptions,
} from '../optimizer/optimizer.js';
import { type AdapterOptions, createAdapters } from './adapters.js';
import { createNormStatistics } from './norm-statistics.js';
import { storedParameters, trainableParameters } from './stored-parameters.js';

export interface TrainerOptions {
  readonly model: AnyModel;
  /** The model's config, from its `readConfig`. */
  readonly config: unknown;
  /** They stay the caller's to close, and are needed no more once the trainer is there. */
  readonly weights: Weights;
  /** One that trains. */
  readonly backend: Backend;
  readonly loss: LossOptions;
  readonly optimizer?: OptimizerOptions | undefined;
  /** Names of the parameters that train; all that can when absent. */
  readonly trained?: readonly string[] | undefined;
  /** What of batch norms trains: nothing when absent. */
  readonly batchNorms?: BatchNormMode | undefined;
  /** Adapters that train as well; `mergeAdapters` gives what files hold. */
  readonly adapters?: AdapterOptions | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Batch {
  /** The model's, with the batch in front. */
  readonly inputs: Inputs;
  /** [B, labels], from 0 to 1, or `ignoredTarget`. */
  readonly targets: Tensor<'float32'>;
}

export interface BatchGradients {
  /** The mean over all batches together, in float64 from the logits. */
  readonly loss: number;
  /** Of each batch. */
  readonly logits: readonly Tensor<'float32'>[];
  /** By name, of the mean loss. The caller's until `update` gets them, which may have others written in their place. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

export interface TrainerState {
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly optimizer: OptimizerState;
}

export interface Trainer {
  /** As `LoadedModel.device`. */
  readonly device: string;
  /** What trains, as files hold it, and adapters. */
  readonly parameters: readonly Parameter[];
  /**
   * Gradients of one batch, or of one that is cut into several for the memory: the same up to rounding. Throws an
   * `argument` error when all targets are ignored, a `runtime` error when the loss is not finite.
   */
  gradients(
    batches: readonly Batch[],
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<BatchGradients>;
  /** One step of the optimizer. Returns the gradients' norm before it is clipped. Not while gradients are worked out. */
  update(gradients: ReadonlyMap<string, Float32Array>, options: UpdateOptions): number;
  /** Copies of what trains. */
  weights(): ReadonlyMap<string, Float32Array>;
  /** Copies of what trains and what the optimizer remembers. After `restore` the same bits follow. */
  state(): TrainerState;
  restore(state: TrainerState): void;
  dispose(): Promise<void>;
}

type StepGradients = Map<string, Float32Array>;

/**
 * Begins to train a model. Throws an `argument` error when the backend does not train, a `model` error that names what of
 * the model cannot, and what the backend throws.
 */
export async function createTrainer({
  model,
  config,
  weights,
  backend,
  loss: lossOptions,
  optimizer: optimizerOptions = {},
  batchNorms = 'frozen',
  trained = trainableParameters(model, config, batchNorms).map(({ name }) => name),
  adapters,
  signal,
}: TrainerOptions): Promise<Trainer> {
  checkTrains(backend);
  const loss = createLoss(lossOptions, model.labels?.(config).length ?? 0);
  const stored = await storedParameters(model, config, weights, new Set(trained), batchNorms);
  const { norms } = stored;
  const statistics = createNormStatistics(norms, stored.statistics);
  const added = adapters && createAdapters(adapters);
  const step = trainingStep(model, {
    config,
    trains: ({ name }) => stored.built.has(name),
    scores: loss.scores,
    ...{ norms, added },
  });
  const begin = new Map([...weights.tensors, ...weightsInMemory(added?.values ?? {}).tensors]);
  const loaded = await backend.train(step, { ...weights, tensors: begin }, { signal });
  const addedOf = (all: ReadonlyMap<string, Float32Array>) =>
    (added?.parameters ?? []).map(({ name }) => [name, all.get(name)!] as const);
  /** What trains, where it lies. */
  const values = () => new Map([...stored.values(loaded.trained), ...addedOf(loaded.trained)]);
  const copies = () =>
    new Map(Array.from([...values(), ...statistics.values], ([name, data]) => [name, data.slice()]));
  const lengths = Array.from(values(), ([name, { length }]) => [name, length] as const);
  const optimizer = createOptimizer(new Map(lengths), optimizerOptions);
  /** Updates so far. */
  let steps = 0;
  /** Those that were handed out last, as the step makes them. */
  let latest: { readonly given: BatchGradients['gradients']; readonly built: StepGradients } | undefined;
  /** Those that an update is done with: the next are written there, since new memory is what costs most of large ones. */
  let spent: StepGradients = new Map();

  return {
    device: loaded.device,
    parameters: [...stored.parameters, ...(added?.parameters ?? [])],

    async gradients(batches, { signal } = {}) {
      const count = batches.reduce((sum, { targets }) => sum + loss.count(targets), 0);
      if (count === 0) throw nothingCounts();
      const built: StepGradients = new Map();
      latest = undefined;
      statistics.forget();
      const logits: Tensor<'float32'>[] = [];
      let sum = 0;
      for (const { inputs, targets } of batches) {
        const { factor, offset } = loss.terms(targets, count);
        const given = { ...inputs, [lossInputs.factor]: factor, [lossInputs.offset]: offset };
        const into = spent;
        spent = new Map();
        const outputs = await loaded.run(given, { signal, into });
        logits.push(outputs.logits!);
        statistics.hear(outputs);
        sum += loss.sum(outputs.logits!, targets);
        for (const parameter of step.trained) {
          const name = gradientOf(parameter);
          const gradient = outputs[name]!.data;
          const sum = built.get(parameter);
          if (!sum) {
            built.set(parameter, gradient);
            continue;
          }
          add(sum, gradient);
          spent.set(name, gradient);
        }
      }
      if (!Number.isFinite(sum)) throw notFinite();
      const gradients = new Map([...stored.gradients(built), ...addedOf(built)]);
      latest = { given: gradients, built };
      return { loss: sum / count, logits, gradients };
    },

    update(gradients, options) {
      const norm = optimizer.update(values(), gradients, options);
      stored.derive(loaded.trained);
      statistics.keep(++steps);
      if (latest?.given === gradients) {
        spent = new Map(Array.from(latest.built, ([name, gradient]) => [gradientOf(name), gradient]));
        latest = undefined;
      }
      return norm;
    },

    weights: copies,
    state: () => ({ weights: copies(), optimizer: optimizer.state() }),

    restore(state) {
      optimizer.restore(state.optimizer);
      steps = state.optimizer.steps;
      for (const [name, data] of [...values(), ...statistics.values]) data.set(state.weights.get(name)!);
      statistics.forget();
      stored.derive(loaded.trained);
    },

    dispose: () => loaded.dispose(),
  };
}

function add(sum: Float32Array, gradient: Float32Array): void {
  for (let index = 0; index < sum.length; index++) sum[index]! += gradient[index]!;
}

/** Throws an `argument` error on a backend that runs models and trains none. */
export function checkTrains(backend: Backend): asserts backend is Backend & Required<Pick<Backend, 'train'>> {
  checkBackend(backend);
  if (!backend.train) throw trainsNothing(backend);
}

function trainsNothing({ name }: Backend): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: `the backend ${name} runs models and trains none`,
    expected: 'one that trains: onnxruntime-node, onnxruntime-web or tfjs',
    got: name,
    option: 'backend',
  });
}

function nothingCounts(): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: 'the targets of a batch are all ignored',
    expected: 'one at least that is not',
    hint: 'Leave such batches out.',
  });
}

function notFinite(): AudiozooError {
  return new AudiozooError({
    code: 'runtime',
    what: 'the loss is not finite',
    hint: 'Lower the learning rate, or look for inputs that are not finite. The weights are as they were.',
  });
}
