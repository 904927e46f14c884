// What trains is what files hold. A model may be built of other parameters, which are derived of those: normalizations
// folded into layers, tables of sums. Their gradients go back to what they come of, and after each update they are
// worked out again.

import {
  type AnyModel,
  AudiozooError,
  type Derivation,
  type FoldedBatchNorm,
  type Parameter,
  toFloat32,
  type Weights,
} from '@audiozoo/core';
import { checkWeights, listParameters, readParameter } from '@audiozoo/core/plugin';
import { apart, type BatchNormMode, trainableBatchNorms } from '../gradient/batch-norms.js';

/** A parameter of `build` that is derived of some that train. */
interface DerivedParameter {
  readonly parameter: Parameter;
  readonly derivation: Derivation;
}

type Numbers = ReadonlyMap<string, Float32Array>;

export interface StoredParameters {
  /** Parameters that train, as files hold them. */
  readonly parameters: readonly Parameter[];
  /** Names of the parameters of `build` that change with them. */
  readonly built: ReadonlySet<string>;
  /** Values of those that train. `built` are those of the step. */
  values(built: Numbers): Numbers;
  /** Gradients of those that train, from those of `built`. */
  gradients(built: Numbers): Numbers;
  /** Works derived parameters out again. */
  derive(built: Numbers): void;
  /** Batch norms behind what trains that train as well. */
  readonly norms: readonly FoldedBatchNorm[];
  /** Their means and variances, as files hold them. */
  readonly statistics: Numbers;
}

/** A derived parameter that takes the place of its source, as positions of another grid do: it trains as it is. */
function isReplacement({ name, derived }: Parameter): boolean {
  return derived !== undefined && derived.gradients === undefined && derived.from[0]?.name === name;
}

/** Parameters of a model that clips can train, as files hold them; those of a resized model in their new sizes. */
export function trainableParameters(
  model: AnyModel,
  config: unknown,
  batchNorms: BatchNormMode = 'frozen',
): readonly Parameter[] {
  const { alongTime } = model.parts?.(config) ?? {};
  const unheard = new Set(listParameters(alongTime).map(({ name }) => name));
  const found = listParameters(model.parameters(config)).flatMap((each): readonly Parameter[] => {
    if (!each.derived || isReplacement(each)) return [each];
    const { from, gradients = [], batchNorm } = each.derived;
    const ofNorm = batchNorm && batchNorms === 'trained' ? [batchNorm.scale, batchNorm.shift] : [];
    return [...from.filter((_, index) => gradients[index] !== undefined), ...ofNorm];
  });
  return [...new Map(found.map((each) => [each.name, each])).values()].filter(
    ({ name }) => !unheard.has(name),
  );
}

/**
 * What is to train of a model. Throws a `model` error that names what of it cannot, and a `weights` error when the weights do
 * not fit.
 */
export async function storedParameters(
  model: AnyModel,
  config: unknown,
  weights: Weights,
  trained: ReadonlySet<string>,
  batchNorms: BatchNormMode = 'frozen',
): Promise<StoredParameters> {
  const tree = model.parameters(config);
  const tensors = checkWeights(tree, weights.tensors, model.ignored);
  const parameters = trainableParameters(model, config, batchNorms).filter(({ name }) => trained.has(name));
  const known = new Set(parameters.map(({ name }) => name));
  const stuck = [...trained].find((name) => !known.has(name));
  if (stuck !== undefined) throw untrainable(model, stuck);

  const valuesOf = async (parameter: Parameter) =>
    toFloat32(await readParameter(parameter, { tensors })).slice();
  const all = batchNorms === 'trained' ? trainableBatchNorms(model, config) : [];
  const norms = all.filter(({ weight, scale, shift }) =>
    [weight, scale, shift].some(({ name }) => known.has(name)),
  );
  const statistics = new Map<string, Float32Array>();
  for (const each of norms.flatMap(({ mean, variance }) => [mean, variance])) {
    statistics.set(each.name, await valuesOf(each));
  }

  const sources = new Map<string, Float32Array>();
  const derived: DerivedParameter[] = [];
  const built = new Set<string>();
  for (const parameter of listParameters(tree).flatMap(apart(norms))) {
    const { name, derived: derivation } = parameter;
    if (!derivation || isReplacement(parameter)) {
      if (known.has(name)) built.add(name);
      continue;
    }
    if (!derivation.from.some((source) => known.has(source.name))) continue;
    built.add(name);
    derived.push({ parameter, derivation });
    for (const source of derivation.from) {
      if (sources.has(source.name)) continue;
      sources.set(source.name, await valuesOf(source));
    }
  }
  const sourcesOf = ({ from }: Derivation) => from.map(({ name }) => sources.get(name)!);

  return {
    ...{ parameters, built, norms, statistics },
    values: (built) => new Map(parameters.map(({ name }) => [name, sources.get(name) ?? built.get(name)!])),
    gradients(built) {
      const gradients = new Map<string, Float32Array>();
      const add = (name: string, gradient: Float32Array) => {
        const before = gradients.get(name);
        gradients.set(name, before ? before.map((value, index) => value + gradient[index]!) : gradient);
      };
      for (const { parameter, derivation } of derived) {
        derivation.from.forEach(({ name }, index) => {
          const toSource = derivation.gradients?.[index];
          if (toSource && known.has(name))
            add(name, toSource(built.get(parameter.name)!, sourcesOf(derivation)));
        });
      }
      for (const { name } of parameters) if (!sources.has(name)) add(name, built.get(name)!);
      return gradients;
    },
    derive(built) {
      for (const { parameter, derivation } of derived) {
        built.get(parameter.name)!.set(derivation.compute(sourcesOf(derivation)));
      }
    },
  };
}

function untrainable(model: AnyModel, name: string): AudiozooError {
  return new AudiozooError({
    code: 'model',
    what: `${model.type} has no parameter ${name} that could train`,
    hint: 'Batch norms stay as they are unless the recipe trains them; others are told by `trainableParameters`.',
  });
}
