// AST-base as a Hugging Face model directory, with random weights: how fast a model runs does not hang on
// what it has learnt, and 350 MB of somebody's checkpoint need not be downloaded to measure it. The same
// seed gives the same bytes everywhere.

import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const width = 768;
const layers = 12;
const feedForwardWidth = 3072;
const patchSize = 16;
const stride = 10;
const frames = 1024;
const melBins = 128;
const labels = 527;
const specialTokens = 2; // class and distillation

const patchesAlong = (size: number) => Math.floor((size - patchSize) / stride) + 1;
const tokens = patchesAlong(melBins) * patchesAlong(frames) + specialTokens; // 12 × 101 + 2 = 1214

/** As in MIT/ast-finetuned-audioset-10-10-0.4593. */
const config = {
  architectures: ['ASTForAudioClassification'],
  attention_probs_dropout_prob: 0,
  frequency_stride: stride,
  hidden_act: 'gelu',
  hidden_dropout_prob: 0,
  hidden_size: width,
  id2label: Object.fromEntries(Array.from({ length: labels }, (_, index) => [index, `LABEL_${index}`])),
  initializer_range: 0.02,
  intermediate_size: feedForwardWidth,
  label2id: Object.fromEntries(Array.from({ length: labels }, (_, index) => [`LABEL_${index}`, index])),
  layer_norm_eps: 1e-12,
  max_length: frames,
  model_type: 'audio-spectrogram-transformer',
  num_attention_heads: 12,
  num_hidden_layers: layers,
  num_mel_bins: melBins,
  patch_size: patchSize,
  qkv_bias: true,
  time_stride: stride,
  torch_dtype: 'float32',
};

const preprocessorConfig = {
  do_normalize: true,
  feature_extractor_type: 'ASTFeatureExtractor',
  feature_size: 1,
  max_length: frames,
  mean: -4.2677393,
  num_mel_bins: melBins,
  padding_side: 'right',
  padding_value: 0,
  return_attention_mask: false,
  sampling_rate: 16000,
  std: 4.5689974,
};

interface Weight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly mean: number;
  readonly std: number;
}

/**
 * Every weight under Hugging Face's name. Twice to five times the 0.02 of an untrained model: attention is
 * then far from uniform and logits differ by more than rounding, so that comparing them means something.
 */
function weights(): Weight[] {
  const normal = (name: string, shape: readonly number[], std = 0.04): Weight => ({
    name,
    shape,
    mean: 0,
    std,
  });
  const linear = (name: string, outputs: number, inputs: number, std?: number) => [
    normal(`${name}.weight`, [outputs, inputs], std),
    normal(`${name}.bias`, [outputs]),
  ];
  const layerNorm = (name: string): Weight[] => [
    { name: `${name}.weight`, shape: [width], mean: 1, std: 0.1 },
    { name: `${name}.bias`, shape: [width], mean: 0, std: 0.1 },
  ];
  const model = 'audio_spectrogram_transformer';
  return [
    normal(`${model}.embeddings.cls_token`, [1, 1, width]),
    normal(`${model}.embeddings.distillation_token`, [1, 1, width]),
    normal(`${model}.embeddings.position_embeddings`, [1, tokens, width]),
    normal(`${model}.embeddings.patch_embeddings.projection.weight`, [width, 1, patchSize, patchSize]),
    normal(`${model}.embeddings.patch_embeddings.projection.bias`, [width]),
    ...Array.from({ length: layers }, (_, layer) => {
      const block = `${model}.encoder.layer.${layer}`;
      return [
        ...linear(`${block}.attention.attention.query`, width, width),
        ...linear(`${block}.attention.attention.key`, width, width),
        ...linear(`${block}.attention.attention.value`, width, width),
        ...linear(`${block}.attention.output.dense`, width, width),
        ...linear(`${block}.intermediate.dense`, feedForwardWidth, width),
        ...linear(`${block}.output.dense`, width, feedForwardWidth),
        ...layerNorm(`${block}.layernorm_before`),
        ...layerNorm(`${block}.layernorm_after`),
      ];
    }).flat(),
    ...layerNorm(`${model}.layernorm`),
    ...layerNorm('classifier.layernorm'),
    ...linear('classifier.dense', labels, width, 0.1),
  ];
}

/** Uniform in (0, 1), by the mulberry32 generator. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
}

/** Fills with normally distributed values, two at a time as the Box–Muller transform makes them. */
function fillNormal(target: Float32Array, { mean, std }: Weight, random: () => number): void {
  for (let index = 0; index < target.length; index += 2) {
    const radius = std * Math.sqrt(-2 * Math.log(random()));
    const angle = 2 * Math.PI * random();
    target[index] = mean + radius * Math.cos(angle);
    if (index + 1 < target.length) target[index + 1] = mean + radius * Math.sin(angle);
  }
}

const elements = ({ shape }: Weight) => shape.reduce((product, size) => product * size, 1);

function safetensorsHeader(all: readonly Weight[]): Uint8Array {
  let offset = 0;
  const entries = all.map((weight) => {
    const start = offset;
    offset += elements(weight) * Float32Array.BYTES_PER_ELEMENT;
    return [weight.name, { dtype: 'F32', shape: weight.shape, data_offsets: [start, offset] }];
  });
  const json = JSON.stringify({ __metadata__: { format: 'pt' }, ...Object.fromEntries(entries) });
  const text = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const header = new Uint8Array(8 + text.length);
  new DataView(header.buffer).setBigUint64(0, BigInt(text.length), true);
  header.set(text, 8);
  return header;
}

/** Writes the model directory. The weights come last, so that a directory with weights is whole. */
async function makeAstBase(directory: string, seed = 1): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  await writeFile(
    join(directory, 'preprocessor_config.json'),
    `${JSON.stringify(preprocessorConfig, null, 2)}\n`,
  );
  const path = join(directory, 'model.safetensors');
  const unfinished = `${path}.${process.pid}.tmp`;
  const all = weights();
  const random = uniform(seed);
  const file = await open(unfinished, 'w');
  try {
    await file.write(safetensorsHeader(all));
    for (const weight of all) {
      const values = new Float32Array(elements(weight));
      fillNormal(values, weight, random);
      await file.write(new Uint8Array(values.buffer));
    }
    await file.close();
    await rename(unfinished, path);
  } catch (error) {
    await file.close();
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** The directory's files. */
export const modelFiles = ['config.json', 'preprocessor_config.json', 'model.safetensors'] as const;

/** The directory that all measurements use. */
export const astBaseDirectory = join(import.meta.dirname, '.cache/ast-base');

/** The same, which is made when it is not there yet. */
export async function astBase(): Promise<string> {
  if (!existsSync(join(astBaseDirectory, 'model.safetensors'))) await makeAstBase(astBaseDirectory);
  return astBaseDirectory;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [directory] = process.argv.slice(2);
  if (!directory) throw new Error('Usage: tsx bench/make-ast-base.ts DIRECTORY');
  await makeAstBase(directory);
}
