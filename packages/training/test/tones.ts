// Sounds that a tiny model can learn, and tiny models in folders of memory to learn them.

import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { ced } from '@audiozoo/ced';
import {
  type AnyModel,
  type FileStore,
  type JsonObject,
  readSafetensors,
  readTensor,
  type Tensor,
  tensor,
  toFloat32,
} from '@audiozoo/core';
import { type SafetensorsEntry, writeSafetensors } from '@audiozoo/core/plugin';
import { efficientat } from '@audiozoo/efficientat';
import {
  memoryFolder,
  type Recipe,
  recipes,
  type TrainingClip,
  type TrainingFolder,
  type TrainingSet,
} from '../src/index.js';
import { randomWeights } from './tiny-models.js';

export const models = [ast, ced, efficientat];

/** One thread: small models run no faster in two. */
export const cpu = () => onnxruntimeNode({ device: 'cpu', threads: 1 });

const sampleRate = 16000;
/** Seconds. */
const duration = 0.33;
export const pitches = { low: 250, middle: 900, high: 3200 };
export const labels = Object.keys(pitches).map((name) => ({ name }));

/** A tone with a little noise; each `take` its own loudness, phase and pitch. */
export function tone(label: number, take: number): Float32Array {
  let state = 1 + label + 97 * take;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const hertz = Object.values(pitches)[label]! * (0.9 + 0.2 * random());
  const loudness = 0.2 + 0.3 * random();
  const phase = 2 * Math.PI * random();
  return Float32Array.from(
    { length: duration * sampleRate },
    (_, index) =>
      loudness * Math.sin((2 * Math.PI * hertz * index) / sampleRate + phase) + 0.02 * (random() - 0.5),
  );
}

export function toneClip(label: number, take: number): TrainingClip {
  return { name: `${labels[label]!.name} ${take}`, labels: [label], sound: async () => tone(label, take) };
}

/** So many takes of each. */
export function tones(first: number, count: number): TrainingSet {
  const takes = Array.from({ length: count }, (_, index) => first + index);
  return { labels, clips: takes.flatMap((take) => labels.map((_, label) => toneClip(label, take))) };
}

const hears = { sampling_rate: sampleRate, n_fft: 512, win_length: 400, hop_length: 160, f_max: 8000 };
const named = (names: readonly string[]): JsonObject => ({
  id2label: Object.fromEntries(names.map((name, index) => [index, name])),
});
const before = named(['speech', 'music']);

const directories = {
  ast: {
    model: ast,
    config: {
      model_type: 'audio-spectrogram-transformer',
      ...{ hidden_size: 16, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 32 },
      ...{ patch_size: 16, frequency_stride: 10, time_stride: 10, max_length: 32, num_mel_bins: 32 },
      ...{ layer_norm_eps: 1e-6, ...before },
    },
    preprocessor: { max_length: 32, num_mel_bins: 32, mean: -4, std: 4 },
  },
  ced: {
    model: ced,
    config: {
      model_type: 'ced',
      ...{ embed_dim: 16, depth: 2, num_heads: 2, mlp_ratio: 2, n_mels: 32, target_length: 48 },
      ...{ outputdim: 2, ...before },
    },
    preprocessor: {},
  },
  mn: {
    model: efficientat,
    config: {
      model_type: 'efficientat',
      ...{ variant: 'mn', width_multiplier: 0.1, head_type: 'mlp', n_mels: 32, max_frames: 48, ...before },
    },
    preprocessor: hears,
  },
  'mn, fully convolutional': {
    model: efficientat,
    config: {
      model_type: 'efficientat',
      ...{ variant: 'mn', width_multiplier: 0.1, head_type: 'fully_convolutional', n_mels: 32 },
      ...{ max_frames: 48, ...before },
    },
    preprocessor: hears,
  },
  frame_mn: {
    model: efficientat,
    config: {
      model_type: 'efficientat',
      ...{ variant: 'frame_mn', width_multiplier: 0.1, n_mels: 32, max_frames: 48, ...before },
    },
    preprocessor: {},
  },
} satisfies Record<string, { model: AnyModel; config: JsonObject; preprocessor: JsonObject }>;

export type TinyName = keyof typeof directories;

/** A model directory with weights at random; of `int8`, by whole numbers. */
export async function tinyDirectory(
  name: TinyName,
  { int8 }: { readonly int8?: string } = {},
): Promise<TrainingFolder> {
  const { model, config, preprocessor } = directories[name] as {
    readonly model: AnyModel;
    readonly config: JsonObject;
    readonly preprocessor: JsonObject;
  };
  const folder = memoryFolder(name);
  const weights = randomWeights({ model, config: model.readConfig(config, preprocessor) });
  const entries = Object.entries(weights).flatMap(([name, { shape, data }]) => {
    if (name !== int8) return [entry(name, tensor('float32', shape, data))];
    const integers = tensor(
      'int8',
      shape,
      Int8Array.from(data, (value) => 100 * value),
    );
    const scale = tensor('float32', [shape[0]!], new Float32Array(shape[0]!).fill(0.01));
    return [entry(name, integers), entry(`${name}_scale`, scale)];
  });
  await folder.write('model.safetensors', async (file) => {
    await writeSafetensors(file, entries);
  });
  await writeJson(folder, 'config.json', config);
  await writeJson(folder, 'preprocessor_config.json', preprocessor);
  return folder;
}

function entry(name: string, { dtype, shape, data }: Tensor): SafetensorsEntry {
  return {
    ...{ name, shape, dtype },
    async *chunks() {
      yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    },
  };
}

function writeJson(folder: TrainingFolder, name: string, json: unknown): Promise<void> {
  return folder.write(name, (file) => file.write(new TextEncoder().encode(JSON.stringify(json))));
}

export async function bytesOf(folder: FileStore, name: string): Promise<Uint8Array> {
  const source = (await folder.open(name))!;
  try {
    return await source.read(0, source.size);
  } finally {
    await source.close();
  }
}

export async function jsonOf(folder: FileStore, name: string): Promise<JsonObject> {
  return JSON.parse(new TextDecoder().decode(await bytesOf(folder, name)));
}

/** What a model directory holds, by name. */
export async function weightsOf(folder: FileStore): Promise<Map<string, Float32Array>> {
  const { tensors } = await readSafetensors((await folder.open('model.safetensors'))!);
  const weights = new Map<string, Float32Array>();
  for (const [name, stored] of tensors) weights.set(name, toFloat32(await readTensor(stored)));
  return weights;
}

/** Quick for what is tiny. */
export const quick: Recipe = {
  ...recipes.fineTuning,
  ...{ learningRate: 3e-3, headFactor: 3, epochs: 12, batchSize: 6 },
  augmentation: {},
};

/** Quick for heads of few numbers. */
export const headRecipe: Recipe = { ...recipes.head, learningRate: 0.02, epochs: 150, batchSize: 12 };
