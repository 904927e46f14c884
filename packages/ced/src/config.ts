// A CED's dimensions and front end, from the Hugging Face files that a model directory holds. Absent keys have the
// defaults of the port's CedConfig and CedFeatureExtractor, since transformers writes only what differs.

import type { JsonObject, Label, ProblemType } from '@audiozoo/core';
import { type ConfigReader, configReader, mostLabels, readLabels, withLabels } from '@audiozoo/core/plugin';

export interface CedConfig {
  /** Width of a token. */
  readonly embedDim: number;
  /** Transformer blocks. */
  readonly depth: number;
  readonly heads: number;
  /** Width of the hidden layer of a block's MLP. */
  readonly mlpDim: number;
  /** Side of the square patches, in mel bins and in frames, which is their stride too. */
  readonly patchSize: number;
  readonly melBins: number;
  /** Whether query, key and value have biases. */
  readonly qkvBias: boolean;
  /** The longest clip in frames that it is to hear. */
  readonly frames: number;
  /** The longest clip in frames that the files' position embeddings are for (target_length). */
  readonly storedFrames: number;
  readonly labels: readonly Label[];
  readonly problemType: ProblemType;
  /** Hertz. */
  readonly sampleRate: number;
  /** Samples of a Fourier transform, of a window, and from one frame to the next. */
  readonly fftLength: number;
  readonly windowLength: number;
  readonly hopLength: number;
  /** Hertz where the mel bins begin and end. */
  readonly lowFrequency: number;
  readonly highFrequency: number;
}

/** What the front end of all published checkpoints is. */
export const usualFrontEnd = {
  sampleRate: 16000,
  fftLength: 512,
  windowLength: 512,
  hopLength: 160,
  lowFrequency: 0,
  highFrequency: 8000,
};

/** Of the published checkpoints: 10.12 seconds. */
export const usualFrames = 1012;

/** AudioSet's classes. */
export const audiosetClasses = 527;

/** A `name` in config.json wins over the sizes beside it, as it does in the port. */
const namedSizes: Readonly<Record<string, { embedDim: number; heads: number }>> = {
  'ced-tiny': { embedDim: 192, heads: 3 },
  'ced-mini': { embedDim: 256, heads: 4 },
  'ced-small': { embedDim: 384, heads: 6 },
  'ced-base': { embedDim: 768, heads: 12 },
};

/** Sizes beyond these are a mistake or an attack, not a model. */
const largest = { depth: 1000, frames: 16_000, melBins: 1024, fftLength: 65_536 };

/** Patches along frequency and along time; what is left over at the far edges is not heard. */
export function patchGrid({
  melBins,
  frames,
  patchSize,
}: Pick<CedConfig, 'melBins' | 'frames' | 'patchSize'>) {
  return { rows: Math.floor(melBins / patchSize), columns: Math.floor(frames / patchSize) };
}

/** Along time, of the files' position embeddings. */
export const storedColumns = (config: CedConfig) =>
  patchGrid({ ...config, frames: config.storedFrames }).columns;

/** config.json and preprocessor_config.json → checked config. Throws `model` errors. */
export function readConfig(config: JsonObject, preprocessorConfig: JsonObject = {}): CedConfig {
  const model = configReader('config.json', config);
  const extractor = configReader('preprocessor_config.json', preprocessorConfig);
  const { name } = config;
  const named = typeof name === 'string' ? namedSizes[name] : undefined;
  const embedDim = named?.embedDim ?? model.count('embed_dim', 768);
  const heads = named?.heads ?? model.count('num_heads', 12);
  if (embedDim % heads !== 0) throw model.wrong('num_heads', `a divisor of embed_dim ${embedDim}`, heads);
  model.oneOf('pooling', 'mean', 'logit');
  const melBins = model.count('n_mels', 64, largest.melBins);
  const frames = model.count('target_length', usualFrames, largest.frames);
  const patchSize = model.count('patch_size', 16);
  if (melBins < patchSize) throw model.wrong('n_mels', `at least patch_size ${patchSize}`, melBins);
  if (frames < patchSize) throw model.wrong('target_length', `at least patch_size ${patchSize}`, frames);
  const stride = model.count('patch_stride', 16);
  if (stride !== patchSize) throw model.wrong('patch_stride', `patch_size ${patchSize}`, stride);
  const { sampleRate, fftLength, windowLength, hopLength, lowFrequency, highFrequency } = usualFrontEnd;
  const result: CedConfig = {
    embedDim,
    depth: model.count('depth', 12, largest.depth),
    heads,
    mlpDim: Math.floor(embedDim * model.positive('mlp_ratio', 4)),
    patchSize,
    melBins,
    qkvBias: model.flag('qkv_bias', true),
    frames,
    storedFrames: frames,
    labels: readClasses(config, model),
    problemType: model.oneOf('problem_type', 'multi_label_classification', 'single_label_classification'),
    sampleRate: extractor.count('sampling_rate', sampleRate),
    fftLength: extractor.count('n_fft', fftLength, largest.fftLength),
    windowLength: extractor.count('win_size', windowLength, largest.fftLength),
    hopLength: extractor.count('hop_size', hopLength, largest.fftLength),
    lowFrequency: extractor.number('f_min', lowFrequency),
    highFrequency: extractor.positive('f_max', highFrequency),
  };
  if (extractor.count('feature_size', melBins) !== melBins) {
    throw extractor.wrong(
      'feature_size',
      `${melBins} as n_mels in config.json`,
      preprocessorConfig.feature_size,
    );
  }
  return result;
}

/** How many classes there are is told by `outputdim`, and by the names. */
function readClasses(config: JsonObject, model: ConfigReader): readonly Label[] {
  const labels = readLabels(config, model.count('outputdim', audiosetClasses, mostLabels));
  const classes = model.count('outputdim', labels.length, mostLabels);
  if (classes === labels.length) return labels;
  throw model.wrong('outputdim', `${labels.length}, as id2label has names`, classes);
}

/** config.json for other labels, which `outputdim` counts. */
export function relabel(config: JsonObject, labels: readonly Label[]): JsonObject {
  return {
    ...withLabels(config, labels),
    ...(Object.hasOwn(config, 'outputdim') && { outputdim: labels.length }),
  };
}

/** Config → config.json and preprocessor_config.json, which `readConfig` and the port read. */
export function writeConfig(config: CedConfig): { config: JsonObject; preprocessorConfig: JsonObject } {
  const written: JsonObject = {
    architectures: ['CedForAudioClassification'],
    model_type: 'ced',
    name: null,
    embed_dim: config.embedDim,
    depth: config.depth,
    num_heads: config.heads,
    mlp_ratio: config.mlpDim / config.embedDim,
    qkv_bias: config.qkvBias,
    outputdim: config.labels.length,
    patch_size: config.patchSize,
    patch_stride: config.patchSize,
    target_length: config.storedFrames,
    n_mels: config.melBins,
    pooling: 'mean',
    problem_type: config.problemType,
  };
  return {
    config: withLabels(written, config.labels),
    preprocessorConfig: {
      feature_extractor_type: 'CedFeatureExtractor',
      center: true,
      f_max: config.highFrequency,
      f_min: config.lowFrequency,
      feature_size: config.melBins,
      hop_size: config.hopLength,
      n_fft: config.fftLength,
      padding_side: 'right',
      padding_value: 0,
      return_attention_mask: false,
      sampling_rate: config.sampleRate,
      win_size: config.windowLength,
    },
  };
}
