// What is to be written, and from which tensors; whatever the source is. Everything that can be refused
// without reading weights is refused here.

import {
  type AnyModel,
  AudiozooError,
  type ByteSource,
  type ComputedTensor,
  type ConversionOptions,
  checkWeights,
  type DType,
  elementCount,
  type FileStore,
  formatShape,
  type InitialisationPlan,
  type JsonObject,
  listParameters,
  type ParameterTree,
  type Shape,
} from '@audiozoo/core';
import type { CheckpointTensor, Rows } from './checkpoint.js';
import { openCheckpoint } from './open-checkpoint.js';
import { openDirectory } from './open-directory.js';
import { type Recognised, recognise } from './recognise.js';
import { quote, refusal } from './refusal.js';
import { selectRows } from './strided-tensor.js';

export interface PlannedTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly tensor: TensorStream;
  readonly rows?: Rows | undefined;
  /** Worked out or made afresh: it says nothing of what the source is stored as. */
  readonly isComputed?: boolean;
  /** The weight whole, where the model lets it be stored as int8. */
  readonly quantisable?: CheckpointTensor;
}

/** As much of a checkpoint's tensor as writing it needs. */
export type TensorStream = Pick<CheckpointTensor, 'dtype' | 'position' | 'chunks' | 'verify'>;

export interface Conversion {
  readonly config: JsonObject;
  readonly preprocessorConfig: JsonObject | undefined;
  readonly tensors: readonly PlannedTensor[];
  readonly recognised: JsonObject;
  readonly assumptions: readonly string[];
  /** Names in the source. */
  readonly unused: readonly string[];
  /** Closes what was opened for it; the source given stays the caller's. */
  close(): Promise<void>;
}

/** A checkpoint in one file. Throws a `checkpoint` error when no model knows it. */
export async function planFile(
  source: ByteSource,
  models: readonly AnyModel[],
  options: ConversionOptions,
  signal: AbortSignal | undefined,
): Promise<Conversion> {
  const { tensors } = await openCheckpoint(source, { signal });
  const found = recognise(tensors, models, ({ foreignCheckpoint }) => foreignCheckpoint);
  if (!found) {
    const able = models.filter(({ foreignCheckpoint }) => foreignCheckpoint);
    throw notRecognised(source.name, tensors, able);
  }

  const plan = found.as.plan(found.tensors, options);
  const planned = planTensors(found.model, found.tensors, plan);

  const used = new Set(planned.map(({ tensor }) => tensor));
  return {
    config: plan.config,
    preprocessorConfig: plan.preprocessorConfig,
    tensors: planned,
    recognised: describeFound(found),
    assumptions: [...describeChoice(found), ...plan.assumptions],
    unused: [...tensors].filter(([, tensor]) => !used.has(tensor)).map(([name]) => name),
    async close() {},
  };
}

/** A model's plan with the tensors that it names, checked against the model's parameters. */
export function planTensors(
  model: AnyModel,
  tensors: ReadonlyMap<string, CheckpointTensor>,
  plan: Pick<InitialisationPlan, 'config' | 'preprocessorConfig' | 'tensors'>,
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

/** What was recognised, and under which key. */
export function describeFound({ description, key }: Recognised): JsonObject {
  return key === undefined ? description : { ...description, key };
}

/** Which of several copies of the weights were taken, when there was a choice. */
export function describeChoice({ key, otherKeys }: Recognised): readonly string[] {
  const others = otherKeys.map((other) => quote(other)).join(', ');
  if (key === undefined && !others) return [];
  const where = key === undefined ? 'not under a key' : `under the key ${quote(key)}`;
  return [`The weights are those ${where}${others && `, not the others under ${others}`}.`];
}

/** A Hugging Face directory, with safetensors or `pytorch_model.bin`: the same weights, rewritten. */
export async function planDirectory(
  files: FileStore,
  models: readonly AnyModel[],
  options: ConversionOptions,
  signal: AbortSignal | undefined,
): Promise<Conversion> {
  const told = Object.entries(options).find(
    ([, value]) => value !== undefined && (typeof value !== 'object' || Object.keys(value).length > 0),
  );
  if (told) {
    throw new AudiozooError({
      code: 'argument',
      what: `${told[0]} cannot be given for a model directory`,
      expected: 'only another dtype',
      mend: 'Its config.json and preprocessor_config.json say it: change it there.',
    });
  }
  const directory = await openDirectory(files, signal);
  try {
    const { config, preprocessorConfig } = directory;
    const { tensors } = directory.checkpoint;
    const model = modelOf(files.name, config, models);
    const parameters = model.parameters(model.readConfig(config, preprocessorConfig));
    checkWeights(parameters, tensors);
    checkFloats(files.name, parameters, tensors);
    return {
      config,
      preprocessorConfig,
      tensors: listParameters(parameters).map(({ name, shape, quantisable }) => {
        const tensor = tensors.get(name)!;
        return { name, shape, tensor, ...(quantisable && { quantisable: tensor }) };
      }),
      recognised: { model: model.type, naming: 'Hugging Face' },
      assumptions: [],
      unused: [],
      close: directory.close,
    };
  } catch (error) {
    await directory.close();
    throw error;
  }
}

/** Refuses weights stored as int8: without their scales they mean nothing, and rounding adds up. */
export function checkFloats(
  name: string,
  parameters: ParameterTree,
  tensors: ReadonlyMap<string, { readonly dtype: DType }>,
): void {
  const isQuantised = listParameters(parameters).some(
    (each) => each.quantisable && tensors.get(each.name)?.dtype === 'int8',
  );
  if (!isQuantised) return;
  throw new AudiozooError({
    code: 'argument',
    what: `${name} holds weights that are quantised to int8`,
    expected: 'floating-point weights',
    mend: 'Start from the model directory that it was made from.',
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
export function notRecognised(
  name: string,
  tensors: ReadonlyMap<string, CheckpointTensor>,
  able: readonly AnyModel[],
): AudiozooError {
  const seen = [...tensors].slice(0, 6).map(([key, { shape }]) => `${quote(key)} ${formatShape(shape)}`);
  const more = tensors.size > seen.length ? ` and ${tensors.size - seen.length} more` : '';
  return refusal(name, 'holds no checkpoint of a known model', {
    expected: able.map(({ type }) => type).join(' or ') || 'a model that knows foreign checkpoints',
    got: seen.length > 0 ? `${seen.join(', ')}${more}` : 'no tensors',
    mend: 'If these are weights of a Hugging Face model, convert the folder that holds config.json too.',
  });
}
