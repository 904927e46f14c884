// What is to be written, and from which tensors; whatever the source is. Everything that can be refused
// without reading weights is refused here.

import {
  type AnyModel,
  AudiozooError,
  type ByteSource,
  type ComputedTensor,
  errorDescription,
  type FileStore,
  type ForeignCheckpoint,
  type ForeignCheckpointOptions,
  type InitializationPlan,
  type JsonObject,
  type Shape,
} from '@audiozoo/core';
import {
  checkSettings,
  checkWeights,
  closingOnError,
  elementCount,
  formatShape,
  readJson,
  storedParameters,
} from '@audiozoo/core/plugin';
import type { CheckpointTensor, Rows } from './checkpoint/checkpoint.js';
import { openCheckpoint } from './checkpoint/open-checkpoint.js';
import { openDirectory } from './checkpoint/open-directory.js';
import { type Recognized, recognize } from './checkpoint/recognize.js';
import { fitTensors, isAdapter, refuseAdapter, refuseOwn, refuseUnused } from './checkpoint/surplus.js';
import { isSameView, type WeightSet } from './checkpoint/weight-sets.js';
import { selectRows } from './pytorch/strided-tensor.js';
import { quote, quoteList, refusal } from './refusal.js';

export interface PlannedTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly tensor: TensorStream;
  readonly rows?: Rows | undefined;
  /** Worked out or made afresh: it says nothing of what the source is stored as. */
  readonly isComputed?: boolean;
  /** The weight whole, where the model lets it be stored as int8. */
  readonly quantizable?: CheckpointTensor;
}

/** As much of a checkpoint's tensor as writing it needs. */
export type TensorStream = Pick<CheckpointTensor, 'dtype' | 'position' | 'chunks' | 'verify'>;

export interface Conversion {
  readonly config: JsonObject;
  readonly preprocessorConfig: JsonObject | undefined;
  /** Other files of the directory, by name: a tokenizer's. */
  readonly others?: Readonly<Record<string, JsonObject>>;
  readonly tensors: readonly PlannedTensor[];
  readonly recognized: JsonObject;
  readonly assumptions: readonly string[];
  /** Names in the source. */
  readonly unused: readonly string[];
  /** Closes what was opened for it; the source given stays the caller's. */
  close(): Promise<void>;
}

/** The models that know other people's checkpoints, with what they know. */
export async function foreignCheckpoints(
  models: readonly AnyModel[],
): Promise<ReadonlyMap<AnyModel, ForeignCheckpoint>> {
  const able = new Map<AnyModel, ForeignCheckpoint>();
  for (const model of models) {
    const { foreignCheckpoint: known } = model;
    if (known) able.set(model, typeof known === 'function' ? await known() : known);
  }
  return able;
}

/** Errors about what was told of a checkpoint say in their details which model it is of, whose settings may mend them. */
function namingModel<Result>({ type }: AnyModel, plan: () => Result): Result {
  try {
    return plan();
  } catch (error) {
    if (!AudiozooError.isInstance(error, 'argument')) throw error;
    const details = { ...error.details, model: type };
    throw new AudiozooError({ ...errorDescription(error, ''), details, cause: error.cause });
  }
}

/** What a person says about where weights lie and how strictly they are taken. */
export interface SourceOptions {
  /**
   * The key that the weights lie under, where a file holds several sets of them: `ema_state_dict`, or the beginning
   * of their names. '' is the whole.
   */
  readonly key?: string | undefined;
  /** Refuses tensors that the model does not use, instead of passing over them. */
  readonly strict?: boolean | undefined;
}

/** A checkpoint in one file. Throws a `checkpoint` error when no model knows it. */
export async function planFile(
  source: ByteSource,
  models: readonly AnyModel[],
  options: ForeignCheckpointOptions,
  { key, strict, signal }: SourceOptions & { readonly signal?: AbortSignal | undefined },
): Promise<Conversion> {
  const { tensors } = await openCheckpoint(source, { signal });
  const able = await foreignCheckpoints(models);
  const planOf = ({ model, as, tensors }: WeightSet<ForeignCheckpoint>) => {
    return namingModel(model, () => {
      checkSettings(model.type, options.settings, as.settings);
      return as.plan(tensors, options, source.name);
    });
  };
  const found = await recognize(source.name, tensors, [...able.keys()], (model) => able.get(model), {
    key,
    check: planOf,
    signal,
  });
  if (!found) throw notRecognized(source.name, tensors, [...able.keys()]);
  refuseAdapter(source.name, found.tensors.keys());

  const plan = planOf(found);
  const planned = planTensors(found.model, found.tensors, plan);
  const taken = plan.tensors.map(({ from }) => from);
  refuseOwn(found.model, taken, found.tensors.keys());

  const ignored = [...found.tensors.keys()].filter((name) => found.model.ignored?.(name));
  const used = new Set([...taken, ...ignored].map((name) => found.tensors.get(name)!));
  const unused = unusedNames(tensors, used);
  if (strict) {
    const known = new Set(plan.unused.map((name) => found.tensors.get(name)));
    refuseUnused(
      source.name,
      unused.filter((name) => !known.has(tensors.get(name))),
    );
  }
  return {
    config: plan.config,
    preprocessorConfig: plan.preprocessorConfig,
    tensors: planned,
    recognized: describeFound(found),
    assumptions: [...describeChoice(found), ...plan.assumptions],
    unused,
    async close() {},
  };
}

/** Names in the file of what is not used, under no name. */
function unusedNames(
  tensors: ReadonlyMap<string, CheckpointTensor>,
  used: ReadonlySet<CheckpointTensor>,
): readonly string[] {
  const places = new Map([...used].map((tensor) => [tensor.position, tensor]));
  return [...tensors].flatMap(([name, tensor]) => {
    const there = places.get(tensor.position);
    return used.has(tensor) || (there && isSameView(there, tensor)) ? [] : [name];
  });
}

/** A model's plan with the tensors that it names, checked against the model's parameters. */
export function planTensors(
  model: AnyModel,
  tensors: ReadonlyMap<string, CheckpointTensor>,
  plan: Pick<InitializationPlan, 'config' | 'preprocessorConfig' | 'tensors'>,
): readonly PlannedTensor[] {
  const planned = plan.tensors.map((entry): PlannedTensor => {
    const { name, shape, from } = entry;
    const tensor = from === undefined ? undefined : tensors.get(from);
    if ('compute' in entry && (tensor || from === undefined)) {
      return { name, shape, tensor: computedStream(entry, tensor), isComputed: true };
    }
    const rows = 'rows' in entry ? entry.rows : undefined;
    const part = tensor && selectRows(from!, tensor.shape, rows);
    if (!part || elementCount(part.shape) !== elementCount(shape)) {
      throw new AudiozooError({
        code: 'weights',
        what: `${model.type} takes weight ${quote(name)} from ${quote(from ?? '')}, which does not fit`,
        expected: formatShape(shape),
        got: part ? formatShape(part.shape) : 'no such tensor',
      });
    }
    return { name, shape, tensor, rows };
  });
  checkWeights(
    model.parameters(model.readConfig(plan.config, plan.preprocessorConfig)),
    new Map(planned.map((entry) => [entry.name, entry])),
  );
  return planned;
}

/** A tensor that is made when its turn to be written comes. */
function computedStream(entry: ComputedTensor, source: CheckpointTensor | undefined): TensorStream {
  return {
    dtype: 'float32',
    position: source?.position ?? Number.POSITIVE_INFINITY,
    async *chunks({ signal } = {}) {
      const { data } = entry.compute(await source?.read({ signal }));
      yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    },
    verify: async (options) => source?.verify(options),
  };
}

/** What was recognized, and under which key. */
export function describeFound({ description, key }: WeightSet): JsonObject {
  return key === '' ? description : { ...description, key };
}

/** Which of several sets of weights were taken, when there was a choice. */
export function describeChoice({ key, otherKeys }: Recognized): readonly string[] {
  if (key === '' && otherKeys.length === 0) return [];
  const where = key === '' ? 'not under a key' : `under the key ${quote(key)}`;
  const others = otherKeys.length > 0 ? `, not the others under ${quoteList(otherKeys)}` : '';
  return [`The weights are those ${where}${others}.`];
}

/** A Hugging Face directory, with safetensors or `pytorch_model.bin`: the same weights, rewritten. */
export async function planDirectory(
  files: FileStore,
  models: readonly AnyModel[],
  options: ForeignCheckpointOptions,
  { key, strict, signal }: SourceOptions & { readonly signal?: AbortSignal | undefined },
): Promise<Conversion> {
  refuseTold({ ...options, key });
  const directory = await openDirectory(files, signal);
  return closingOnError(directory.close, async () => {
    const { config, preprocessorConfig } = directory;
    const model = modelOf(files.name, config, models);
    const hearing = model.parameters(model.readConfig(config, preprocessorConfig));
    const tower = await model.textTower?.();
    const reading = tower?.model.parameters(tower.model.readConfig(config, preprocessorConfig));
    // Those who publish the tower of sound alone leave the other out.
    const reads = storedParameters({ reading }).some(({ name }) => directory.checkpoint.tensors.has(name));
    const parameters = reads ? { hearing, reading } : hearing;
    const others: Record<string, JsonObject> = {};
    for (const name of tower?.files ?? []) {
      const json = await readJson(files, name, { signal });
      if (json) others[name] = json;
    }
    const { tensors, unused } = fitTensors(files.name, model, parameters, directory.checkpoint.tensors);
    if (strict) refuseUnused(files.name, unused);
    return {
      config,
      preprocessorConfig,
      others,
      tensors: storedParameters(parameters).map(({ name, shape, quantizable }) => {
        const tensor = tensors.get(name)!;
        return { name, shape, tensor, ...(quantizable && { quantizable: tensor }) };
      }),
      recognized: { model: model.type, naming: 'Hugging Face' },
      assumptions: [],
      unused,
      close: directory.close,
    };
  });
}

/** Refuses what a model directory says itself. */
export function refuseTold(options: ForeignCheckpointOptions & Pick<SourceOptions, 'key'>): void {
  const told = Object.entries(options).find(
    ([, value]) => value !== undefined && (typeof value !== 'object' || Object.keys(value).length > 0),
  );
  if (!told) return;
  throw new AudiozooError({
    code: 'argument',
    what: `${told[0]} cannot be given for a model directory`,
    option: told[0],
    expected: 'only another dtype',
    hint: 'Its config.json and preprocessor_config.json say it: change it there.',
  });
}

/** The model that a config.json is of. */
export function modelOf(name: string, config: JsonObject, models: readonly AnyModel[]): AnyModel {
  const model = models.find(({ type }) => type === config.model_type);
  if (model) return model;
  throw new AudiozooError({
    code: 'model',
    what: `${name} is of an unknown model`,
    expected: `model_type ${models.map(({ type }) => quote(type)).join(' or ')} in config.json`,
    got: typeof config.model_type === 'string' ? quote(config.model_type) : 'none',
  });
}

/** A `checkpoint` error: none of `able`, the models that might have, knows these tensors. */
export function notRecognized(
  name: string,
  tensors: ReadonlyMap<string, CheckpointTensor>,
  able: readonly AnyModel[],
): AudiozooError {
  const seen = [...tensors].slice(0, 6).map(([key, { shape }]) => `${quote(key)} ${formatShape(shape)}`);
  const more = tensors.size > seen.length ? ` and ${tensors.size - seen.length} more` : '';
  return refusal(name, 'holds no checkpoint of a known model', {
    expected: able.map(({ type }) => type).join(' or ') || 'a model that knows foreign checkpoints',
    got: seen.length > 0 ? `${seen.join(', ')}${more}` : 'no tensors',
    option: isAdapter(tensors.keys()) ? 'base' : undefined,
    hint: isAdapter(tensors.keys())
      ? 'This is an adapter: convert its folder, with the model that it was trained on as `base`.'
      : 'If these are weights of a Hugging Face model, convert the folder that holds config.json too.',
  });
}
