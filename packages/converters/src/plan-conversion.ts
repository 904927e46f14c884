// What is to be written, and from which tensors; whatever the source is. Everything that can be refused
// without reading weights is refused here.

import {
  type AnyModel,
  AudiozooError,
  type ByteSource,
  type ConversionOptions,
  checkWeights,
  elementCount,
  type FileStore,
  formatShape,
  type JsonObject,
  listParameters,
  type Shape,
} from '@audiozoo/core';
import type { CheckpointTensor, Rows } from './checkpoint.js';
import { openCheckpoint } from './open-checkpoint.js';
import { openDirectory } from './open-directory.js';
import { recognise } from './recognise.js';
import { quote, refusal } from './refusal.js';
import { selectRows } from './strided-tensor.js';

export interface PlannedTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly tensor: CheckpointTensor;
  readonly rows?: Rows | undefined;
}

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
  const found = recognise(tensors, models);
  if (!found) throw notRecognised(source.name, tensors, models);

  const plan = found.foreign.plan(found.tensors, options);
  const { config, preprocessorConfig } = plan;
  const planned = plan.tensors.map(({ name, from, rows, shape }): PlannedTensor => {
    const tensor = found.tensors.get(from);
    const part = tensor && selectRows(from, tensor.shape, rows);
    if (!part || elementCount(part.shape) !== elementCount(shape)) {
      throw new AudiozooError({
        code: 'weights',
        what: `${found.model.type} takes weight ${quote(name)} from ${quote(from)}, which does not fit`,
        expected: formatShape(shape),
        got: part ? formatShape(part.shape) : 'no such tensor',
      });
    }
    return { name, shape, tensor, rows };
  });
  checkWeights(
    found.model.parameters(found.model.readConfig(config, preprocessorConfig)),
    new Map(planned.map((entry) => [entry.name, entry])),
  );

  const used = new Set(planned.map(({ tensor }) => tensor));
  const others = found.otherKeys.map((key) => quote(key)).join(', ');
  const where = found.key === undefined ? 'not under a key' : `under the key ${quote(found.key)}`;
  const choice =
    found.key === undefined && !others
      ? []
      : [`The weights are those ${where}${others && `, not the others under ${others}`}.`];
  return {
    config,
    preprocessorConfig,
    tensors: planned,
    recognised: found.key === undefined ? found.description : { ...found.description, key: found.key },
    assumptions: [...choice, ...plan.assumptions],
    unused: [...tensors].filter(([, tensor]) => !used.has(tensor)).map(([name]) => name),
    async close() {},
  };
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
    const model = models.find(({ type }) => type === config.model_type);
    if (!model) {
      throw new AudiozooError({
        code: 'model',
        what: `${files.name} is of an unknown model`,
        expected: `model_type ${models.map(({ type }) => quote(type)).join(' or ')} in config.json`,
        got: typeof config.model_type === 'string' ? quote(config.model_type) : 'none',
      });
    }
    const parameters = model.parameters(model.readConfig(config, preprocessorConfig));
    checkWeights(parameters, tensors);
    return {
      config,
      preprocessorConfig,
      tensors: listParameters(parameters).map(({ name, shape }) => ({
        name,
        shape,
        tensor: tensors.get(name)!,
      })),
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

function notRecognised(
  name: string,
  tensors: ReadonlyMap<string, CheckpointTensor>,
  models: readonly AnyModel[],
): AudiozooError {
  const seen = [...tensors].slice(0, 6).map(([key, { shape }]) => `${quote(key)} ${formatShape(shape)}`);
  const more = tensors.size > seen.length ? ` and ${tensors.size - seen.length} more` : '';
  const known = models.filter(({ foreignCheckpoint }) => foreignCheckpoint).map(({ type }) => type);
  return refusal(name, 'holds no checkpoint of a known model', {
    expected: known.join(' or ') || 'a model that knows foreign checkpoints',
    got: seen.length > 0 ? `${seen.join(', ')}${more}` : 'no tensors',
    mend: 'If these are weights of a Hugging Face model, convert the folder that holds config.json too.',
  });
}
