// The model that a training begins with: the one that a directory holds, with a head for the labels that are to be told apart.

import {
  type AnyModel,
  AudiozooError,
  type Initialization,
  type InitializationPlan,
  type JsonObject,
  type Label,
  type ModelDirectory,
  type Parameter,
  type ProblemType,
  readTensor,
  type StoredTensor,
  type Tensor,
  type Weights,
} from '@audiozoo/core';
import {
  bytesPerElement,
  checkSettings,
  elementCount,
  freshWeights,
  modelTensors,
  relabel,
  storedParameters,
  weightsInMemory,
} from '@audiozoo/core/plugin';

export interface BeginOptions {
  readonly labels: readonly Label[];
  readonly problemType: ProblemType;
  /** Of the new head's random numbers. */
  readonly seed: number;
  /** What the model lets people say of a new one: `frames`, `mean`, `std`. */
  readonly settings?: Readonly<Record<string, number>> | undefined;
}

export interface Beginning {
  readonly config: unknown;
  /** What files of it hold, under the names of the parameters. They are the directory's to close. */
  readonly weights: Weights;
  readonly configJson: JsonObject;
  readonly preprocessorJson: JsonObject | undefined;
  /** Whether it was told to tell apart something else, or nothing, before. */
  readonly isNewHead: boolean;
  readonly assumptions: readonly string[];
}

/**
 * The model of a directory as training begins. Where the labels are its own, so is its head. Else the layer that tells them is made
 * anew, as `torch.nn.Linear` begins. Throws an `argument` error on settings that the model does not have.
 */
export async function beginTraining(
  model: AnyModel,
  directory: ModelDirectory,
  { labels, problemType, seed, settings = {} }: BeginOptions,
): Promise<Beginning> {
  const own: unknown = model.readConfig(directory.config, directory.preprocessorConfig);
  const isNewHead = !sameLabels(model.labels?.(own) ?? [], labels);
  const isTold = Object.keys(settings).length > 0;
  const tensors = modelTensors(model, own, directory.weights);
  const initialization = await model.initialization?.();
  checkSettings(model.type, settings, initialization?.settings);
  if (initialization && (isTold || isNewHead)) {
    return planned(model, own, tensors, initialization, { labels, problemType, seed, settings, isNewHead });
  }
  const configJson: JsonObject = {
    ...(isNewHead ? relabel(model, directory.config, labels) : directory.config),
    problem_type: problemType,
  };
  const config: unknown = model.readConfig(configJson, directory.preprocessorConfig);
  const isFresh = isNewHead
    ? namesOfLabels(model, configJson, directory.preprocessorConfig, labels)
    : new Set();
  const stored = storedParameters(model.parameters(config)).map((each): [string, StoredTensor] => [
    each.name,
    isFresh.has(each.name) ? fresh(each, model.parameters(config), seed) : tensors.get(each.name)!,
  ]);
  return {
    config,
    weights: { ...directory.weights, tensors: new Map([...stored, ...scalesOf(tensors)]) },
    configJson,
    preprocessorJson: directory.preprocessorConfig,
    isNewHead,
    assumptions: [],
  };
}

function sameLabels(some: readonly Label[], others: readonly Label[]): boolean {
  return some.length === others.length && some.every(({ name }, index) => name === others[index]!.name);
}

/** As the model itself begins anew. */
async function planned(
  model: AnyModel,
  own: unknown,
  tensors: Weights['tensors'],
  initialization: Initialization<unknown>,
  { isNewHead, ...options }: BeginOptions & Pick<Beginning, 'isNewHead'>,
): Promise<Beginning> {
  const plan = initialization.plan(tensors, options, own);
  const config: unknown = model.readConfig(plan.config, plan.preprocessorConfig);
  const kept = isNewHead ? [] : storedParameters(model.parts?.(config).head).map(({ name }) => name);
  const stored: [string, StoredTensor][] = [];
  for (const each of plan.tensors) {
    const { name } = each;
    stored.push([name, kept.includes(name) ? tensors.get(name)! : await plannedTensor(each, tensors)]);
  }
  return {
    config,
    weights: { tensors: new Map([...stored, ...scalesOf(tensors)]), close: async () => {} },
    configJson: plan.config,
    preprocessorJson: plan.preprocessorConfig,
    isNewHead,
    assumptions: plan.assumptions,
  };
}

async function plannedTensor(
  each: InitializationPlan['tensors'][number],
  tensors: Weights['tensors'],
): Promise<StoredTensor> {
  if ('compute' in each) {
    const source = each.from === undefined ? undefined : await readTensor(tensors.get(each.from)!);
    return inMemory(each.name, each.compute(source));
  }
  const source = tensors.get(each.from)!;
  const rowBytes = (elementCount(source.shape.slice(1)) || 1) * bytesPerElement(source.dtype);
  return { ...source, shape: each.shape, offset: source.offset + (each.rows?.start ?? 0) * rowBytes };
}

/** Scales of what is stored as int8, which no parameter names. */
function scalesOf(tensors: Weights['tensors']): [string, StoredTensor][] {
  return [...tensors].filter(([name]) => name.endsWith('_scale'));
}

/** Parameters whose shape hangs on how many labels there are. */
function namesOfLabels(
  model: AnyModel,
  configJson: JsonObject,
  preprocessorJson: JsonObject | undefined,
  labels: readonly Label[],
): ReadonlySet<string> {
  const shapesFor = (some: readonly Label[]) =>
    storedParameters(model.parameters(model.readConfig(relabel(model, configJson, some), preprocessorJson)));
  const other = new Map(
    shapesFor([...labels, { name: 'one more' }]).map(({ name, shape }) => [name, shape.join()]),
  );
  const names = shapesFor(labels).filter(({ name, shape }) => other.get(name) !== shape.join());
  if (names.length === 0) throw withoutHead(model);
  return new Set(names.map(({ name }) => name));
}

/** As PyTorch's layers begin: uniform within ±1/√(inputs), but 1 for factors of a normalization, 0 for its shift and mean. */
function fresh(parameter: Parameter, tree: ReturnType<AnyModel['parameters']>, seed: number): StoredTensor {
  const { name } = parameter;
  const weight = storedParameters(tree).find((each) => each.name === name.replace(/bias$/, 'weight'))!;
  const { constant, uniform } = freshWeights(seed);
  const isNormalization = weight.shape.length < 2;
  const { compute } = isNormalization
    ? constant(parameter, /(weight|running_var)$/.test(name) ? 1 : 0)
    : uniform(parameter, 1 / Math.sqrt(elementCount(weight.shape.slice(1))));
  return inMemory(name, compute(undefined));
}

function inMemory(name: string, value: Tensor): StoredTensor {
  return weightsInMemory({ [name]: value }).tensors.get(name)!;
}

function withoutHead(model: AnyModel): AudiozooError {
  return new AudiozooError({
    code: 'model',
    what: `${model.type} has no part that hangs on its labels, and so cannot learn others`,
    expected: 'a model that tells classes apart',
  });
}
