// A LoRA adapter of PEFT and the model that it was trained on → the merged weights, which need no PEFT to run:
// W + scale · B · A. Modules that were trained whole, the head above all, take the base's place.

import {
  type AnyModel,
  AudiozooError,
  type FileStore,
  type ForeignCheckpointOptions,
  type JsonObject,
  type Label,
  type Parameter,
  tensor,
  toFloat32,
} from '@audiozoo/core';
import {
  closingOnError,
  formatShape,
  readJson,
  relabel,
  sameShape,
  storedParameters,
  unnamedLabel,
} from '@audiozoo/core/plugin';
import type { Checkpoint, CheckpointTensor } from '../checkpoint/checkpoint.js';
import { openCheckpoint } from '../checkpoint/open-checkpoint.js';
import { openDirectory } from '../checkpoint/open-directory.js';
import { fitTensors, refuseUnused } from '../checkpoint/surplus.js';
import {
  type Conversion,
  modelOf,
  type PlannedTensor,
  refuseTold,
  type SourceOptions,
  type TensorStream,
} from '../plan-conversion.js';
import { quote, quoteList, refusal } from '../refusal.js';
import { adapterConfigName, type LoraConfig, readLoraConfig } from './adapter-config.js';

type Tensors = ReadonlyMap<string, CheckpointTensor>;

const weightsNames = ['adapter_model.safetensors', 'adapter_model.bin'];

/** Whether a folder holds an adapter, not a model. */
export async function isAdapterDirectory(files: FileStore): Promise<boolean> {
  const config = await files.open(adapterConfigName);
  await config?.close();
  return config !== undefined;
}

interface OpenAdapter {
  readonly config: JsonObject;
  readonly checkpoint: Checkpoint;
  close(): Promise<void>;
}

export async function openAdapter(files: FileStore, signal: AbortSignal | undefined): Promise<OpenAdapter> {
  const config = (await readJson(files, adapterConfigName)) ?? {};
  for (const name of weightsNames) {
    const source = await files.open(name);
    if (!source) continue;
    const close = () => source.close();
    const checkpoint = await closingOnError(close, () => openCheckpoint(source, { signal }));
    return { config, checkpoint, close };
  }
  throw refusal(files.name, `holds ${adapterConfigName}, but no adapter`, {
    expected: weightsNames.join(' or '),
  });
}

/** What an adapter says of itself, for `inspect`. */
export function describeAdapter({ peft_type, r, base_model_name_or_path }: JsonObject): JsonObject {
  return { adapter: peft_type ?? null, rank: r ?? null, base: base_model_name_or_path ?? null };
}

/** The model directory `base` with the adapter in `files` merged into it. */
export async function planAdapter(
  files: FileStore,
  base: FileStore | undefined,
  models: readonly AnyModel[],
  { labels, ...options }: ForeignCheckpointOptions,
  { key, strict, signal }: SourceOptions & { readonly signal?: AbortSignal | undefined },
): Promise<Conversion> {
  refuseTold({ ...options, key });
  const adapter = await openAdapter(files, signal);
  return closingOnError(adapter.close, async () => {
    const lora = readLoraConfig(adapter.config);
    if (!base) throw noBase(files.name, lora);
    const directory = await openDirectory(base, signal);
    return closingOnError(directory.close, async () => {
      const merged = merge(files.name, base.name, adapter, lora, directory, models, labels);
      if (strict) refuseUnused(base.name, merged.unused);
      return {
        ...merged,
        async close() {
          await directory.close();
          await adapter.close();
        },
      };
    });
  });
}

function merge(
  fileName: string,
  baseName: string,
  { config: adapterConfig, checkpoint }: OpenAdapter,
  lora: LoraConfig,
  directory: Awaited<ReturnType<typeof openDirectory>>,
  models: readonly AnyModel[],
  labels: readonly Label[] | undefined,
): Omit<Conversion, 'close'> {
  const model = modelOf(baseName, directory.config, models);
  const { preprocessorConfig } = directory;
  const parametersOf = (config: JsonObject) =>
    storedParameters(model.parameters(model.readConfig(config, preprocessorConfig)));
  const own = parametersOf(directory.config);
  const { tensors, unused } = fitTensors(baseName, model, own, directory.checkpoint.tensors);

  const parts = readParts(fileName, checkpoint.tensors, own);
  const classes = model.labels?.(model.readConfig(directory.config, preprocessorConfig)) ?? [];
  const chosen = chooseLabels(own, parts.replaced, classes, labels);
  const config =
    chosen.labels === classes ? directory.config : relabel(model, directory.config, chosen.labels);
  const planned = parametersOf(config).map((parameter): PlannedTensor => {
    const { name, shape, quantizable } = parameter;
    const whole = parts.replaced.get(name) ?? tensors.get(name)!;
    const delta = parts.deltas.get(name);
    if (!sameShape(whole.shape, shape)) throw misfit(parameter, formatShape(whole.shape));
    if (!delta) return { name, shape, tensor: whole, ...(quantizable && { quantizable: whole }) };
    return { name, shape, tensor: mergedStream(parameter, whole, delta, lora), isComputed: true };
  });
  return {
    config,
    preprocessorConfig,
    tensors: planned,
    recognized: { model: model.type, naming: 'Hugging Face', ...describeAdapter(adapterConfig) },
    assumptions: [
      `The base is ${baseName}${lora.base === undefined ? '' : `; the adapter was trained on ${quote(lora.base)}`}.`,
      ...chosen.assumptions,
    ],
    unused,
  };
}

/** What is added to a weight: the product of two matrices, or to a bias what stands beside them. */
interface Delta {
  /** The module's name in the adapter, as its patterns know it. */
  readonly module: string;
  readonly a: CheckpointTensor; // [rank, …in]
  readonly b: CheckpointTensor; // [out, rank, …1]
  readonly bias?: CheckpointTensor;
}

interface Parts {
  readonly deltas: ReadonlyMap<string, Delta>;
  /** Tensors that take the base's place, by the parameter's name. */
  readonly replaced: Tensors;
}

/** An adapter's tensors by what they do to which parameter. What does neither is refused. */
function readParts(fileName: string, tensors: Tensors, parameters: readonly Parameter[]): Parts {
  const names = new Map(
    parameters.flatMap(({ name, aliases = [] }) => [name, ...aliases].map((each) => [each, name] as const)),
  );
  const halves = new Map<string, Map<string, CheckpointTensor>>();
  const replaced = new Map<string, CheckpointTensor>();
  const unknown: string[] = [];
  for (const [inFile, found] of tensors) {
    const name = inFile.replace(/^(base_model\.model\.)+/, '');
    const [, module, half] = /^(.+)\.lora_([AB](?:\.[^.]+)?\.(?:weight|bias))$/.exec(name) ?? [];
    if (module && half) {
      const parts = halves.get(module) ?? new Map<string, CheckpointTensor>();
      halves.set(module, parts.set(half[0]! + (half.endsWith('bias') ? '.bias' : ''), found));
      continue;
    }
    const ofModel = names.get(name.replace(/\.(base_layer|modules_to_save\.[^.]+)(?=\.)/, ''));
    if (ofModel === undefined || replaced.has(ofModel)) unknown.push(inFile);
    else replaced.set(ofModel, found);
  }

  const deltas = new Map<string, Delta>();
  for (const [module, parts] of halves) {
    const [a, b, bias] = ['A', 'B', 'B.bias'].map((half) => parts.get(half));
    const weight = names.get(`${module}.weight`);
    const biasName = names.get(`${module}.bias`);
    if (!a || !b || weight === undefined || deltas.has(weight) || (bias && biasName === undefined)) {
      unknown.push(module);
      continue;
    }
    deltas.set(weight, { module, a, b });
    if (bias) deltas.set(biasName!, { module, a, b, bias });
  }
  if (unknown.length === 0 && deltas.size + replaced.size > 0) return { deltas, replaced };
  throw new AudiozooError({
    code: 'weights',
    what: `${fileName} holds an adapter that does not fit the base`,
    expected: "pairs of lora_A and lora_B for the base's modules, and whole modules of it",
    got: unknown.length > 0 ? `${unknown.length} unexpected: ${quoteList(unknown)}` : 'no tensors',
    hint: 'Name the model that it was trained on as `base`.',
    option: 'base',
  });
}

/** Labels as told, else the base's; a head for another number of classes has none to take over. */
function chooseLabels(
  parameters: readonly Parameter[],
  replaced: Tensors,
  classes: readonly Label[],
  told: readonly Label[] | undefined,
): { readonly labels: readonly Label[]; readonly assumptions: readonly string[] } {
  const resized = parameters.flatMap(({ name, shape }) => {
    const rows = replaced.get(name)?.shape[0];
    return rows !== undefined && rows !== shape[0] && shape[0] === classes.length ? [rows] : [];
  })[0];
  const count = resized ?? classes.length;
  if (told) {
    if (told.length === count) return { labels: told, assumptions: [] };
    throw new AudiozooError({
      code: 'argument',
      what: 'the labels do not fit the adapter',
      option: 'labels',
      expected: `${count} labels, as its head has classes`,
      got: `${told.length}`,
      hint: 'Pass those that it was trained with as `labels`.',
    });
  }
  if (resized === undefined) return { labels: classes, assumptions: [] };
  return {
    labels: Array.from({ length: count }, (_, index) => unnamedLabel(index)),
    assumptions: [`Labels: LABEL_0 to LABEL_${count - 1}, since the adapter's head has ${count} classes.`],
  };
}

/** A merged weight, worked out when its turn to be written comes. */
function mergedStream(
  parameter: Parameter,
  whole: CheckpointTensor,
  { module, a, b, bias }: Delta,
  lora: LoraConfig,
): TensorStream {
  const [rank = 0] = a.shape;
  const [out] = parameter.shape;
  const inputs = parameter.shape.slice(1);
  const fits = bias
    ? sameShape(bias.shape, parameter.shape)
    : sameShape(a.shape, [rank, ...inputs]) &&
      sameShape(b.shape, [out!, rank, ...inputs.slice(1).map(() => 1)]);
  if (!fits || rank === 0) {
    throw misfit(
      parameter,
      bias ? formatShape(bias.shape) : `${formatShape(b.shape)} · ${formatShape(a.shape)}`,
    );
  }
  const scale = lora.scale(module, rank);
  const parts = [whole, ...(bias ? [bias] : [a, b])];
  return {
    dtype: 'float32',
    position: whole.position,
    async *chunks({ signal } = {}) {
      const values = toFloat32(await whole.read({ signal })).slice();
      if (bias) {
        const added = toFloat32(await bias.read({ signal }));
        for (let index = 0; index < values.length; index++) values[index]! += scale * added[index]!;
      } else {
        addProduct(
          values,
          toFloat32(await b.read({ signal })),
          toFloat32(await a.read({ signal })),
          rank,
          scale,
        );
      }
      const { data } = tensor('float32', parameter.shape, values);
      yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    },
    async verify(options) {
      for (const part of parts) await part.verify(options);
    },
  };
}

/** weight [out, in] += scale · b [out, rank] · a [rank, in], each sum in float64. */
function addProduct(
  weight: Float32Array,
  b: Float32Array,
  a: Float32Array,
  rank: number,
  scale: number,
): void {
  const columns = a.length / rank;
  const sums = new Float64Array(columns);
  for (let row = 0; row * columns < weight.length; row++) {
    sums.fill(0);
    for (let inner = 0; inner < rank; inner++) {
      const factor = scale * b[row * rank + inner]!;
      for (let column = 0; column < columns; column++) sums[column]! += factor * a[inner * columns + column]!;
    }
    for (let column = 0; column < columns; column++) weight[row * columns + column]! += sums[column]!;
  }
}

function misfit({ name, shape }: Parameter, got: string): AudiozooError {
  return new AudiozooError({
    code: 'weights',
    what: `the adapter does not fit the base's ${quote(name)}`,
    expected: formatShape(shape),
    got,
    hint: 'Name the model that it was trained on as `base`.',
    option: 'base',
  });
}

function noBase(fileName: string, { base }: LoraConfig): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: `${fileName} is an adapter, which needs the model that it was trained on`,
    expected: base === undefined ? 'its model directory' : `the model directory of ${quote(base)}`,
    hint: 'Name it with `base`.',
    option: 'base',
    details: { missing: 'base' },
  });
}

/** Refuses a base where there is no adapter. */
export function refuseBase(base: FileStore | undefined, name: string): void {
  if (!base) return;
  throw new AudiozooError({
    code: 'argument',
    what: `${name} is no adapter, so a base says nothing`,
    expected: `a folder with ${adapterConfigName}`,
    hint: 'Leave `base` out.',
    option: 'base',
  });
}
