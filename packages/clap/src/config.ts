// A CLAP's dimensions and front end, from the Hugging Face files that a model directory holds. Absent keys have the
// defaults of transformers' ClapConfig and ClapFeatureExtractor.

import type { JsonObject } from '@audiozoo/core';
import { type ConfigReader, configReader } from '@audiozoo/core/plugin';

/** What both towers share. */
export interface ProjectionConfig {
  /** Width of the space in which sound and words lie. */
  readonly projectionDim: number;
}

export interface ClapConfig extends ProjectionConfig {
  /** Width of a patch in the first stage; each stage doubles it. */
  readonly embedDim: number;
  /** Blocks and attention heads of the stages. */
  readonly depths: readonly number[];
  readonly heads: readonly number[];
  /** Width of a block's hidden layer, in widths of its tokens. */
  readonly mlpRatio: number;
  readonly patchSize: number;
  /** Side of the square image that a spectrogram is laid out to. */
  readonly imageSize: number;
  /** Side of the square windows of attention, in tokens. */
  readonly windowSize: number;
  readonly normEpsilon: number;
  readonly qkvBias: boolean;
  readonly melBins: number;
  /**
   * Whether long sound is heard as a whole and in three crops, with HTK's mel scale, or a crop of it alone, with Slaney's:
   * `truncation` of preprocessor_config.json says the same, `fusion` or `rand_trunc`.
   */
  readonly fusion: boolean;
  /** What the channels of feature fusion are divided by inside. */
  readonly fusionReduction: number;
  /** Hertz. */
  readonly sampleRate: number;
  readonly fftLength: number;
  readonly hopLength: number;
  readonly lowFrequency: number;
  readonly highFrequency: number;
  /** Samples that every clip is brought to. */
  readonly clipSamples: number;
  /** What a person says of how long sound is heard; by itself, in its middle. */
  readonly hearing: Hearing;
}

export interface Hearing {
  /** The sample that the part of long sound begins at. */
  readonly cropOffset?: number | undefined;
  /** Frames that the three crops of fusion begin at. */
  readonly cropOffsetFront?: number | undefined;
  readonly cropOffsetMiddle?: number | undefined;
  readonly cropOffsetBack?: number | undefined;
  /** Whether fusion takes every sound for a long one, as transformers does with one that is not. */
  readonly isLonger?: boolean | undefined;
}

/** Sizes beyond these are a mistake or an attack, not a model. */
export const largest = {
  depth: 100,
  width: 16_384,
  image: 2048,
  melBins: 512,
  fftLength: 65_536,
  positions: 16_384,
};
const mostSamples = 10_000_000;

/** Frames of the clip that every sound is brought to. */
export const frameCount = ({ clipSamples, hopLength }: Pick<ClapConfig, 'clipSamples' | 'hopLength'>) =>
  1 + Math.floor(clipSamples / hopLength);

/** Quarters of the time axis that lie above one another in the image, or as many as there are. */
export const stripes = ({ imageSize, melBins }: Pick<ClapConfig, 'imageSize' | 'melBins'>) =>
  imageSize / melBins;

/** Width and side in tokens of a stage. */
export function stageOf(config: Pick<ClapConfig, 'embedDim' | 'imageSize' | 'patchSize'>, index: number) {
  return { width: config.embedDim * 2 ** index, side: config.imageSize / config.patchSize / 2 ** index };
}

/** config.json and preprocessor_config.json → the tower of sound. Throws `model` errors. */
export function readConfig(config: JsonObject, preprocessorConfig: JsonObject = {}): ClapConfig {
  const audio = section(config, 'audio_config');
  const model = configReader('audio_config of config.json', audio);
  const extractor = configReader('preprocessor_config.json', preprocessorConfig);
  const depths = counts(audio, 'depths', [2, 2, 6, 2], model);
  const heads = counts(audio, 'num_attention_heads', [4, 8, 16, 32], model);
  const fusion = model.flag('enable_fusion', false);
  const melBins = model.count('num_mel_bins', 64, largest.melBins);
  model.oneOf('hidden_act', 'gelu');
  model.oneOf('projection_hidden_act', 'relu');
  if (!model.flag('enable_patch_layer_norm', true)) {
    throw model.wrong('enable_patch_layer_norm', 'true', false);
  }
  extractor.oneOf('padding', 'repeatpad');
  if (extractor.oneOf('truncation', 'fusion', 'rand_trunc') !== (fusion ? 'fusion' : 'rand_trunc'))
    throw extractor.wrong('truncation', 'what enable_fusion says', preprocessorConfig.truncation);
  const fftLength = extractor.count('fft_window_size', 1024, largest.fftLength);
  const result: ClapConfig = {
    projectionDim: configReader('config.json', config).count('projection_dim', 512, largest.width),
    embedDim: model.count('patch_embeds_hidden_size', 96, largest.width),
    depths,
    heads,
    mlpRatio: model.positive('mlp_ratio', 4),
    patchSize: model.count('patch_size', 4, largest.image),
    imageSize: model.count('spec_size', 256, largest.image),
    windowSize: model.count('window_size', 8, 64),
    normEpsilon: model.positive('layer_norm_eps', 1e-5),
    qkvBias: model.flag('qkv_bias', true),
    melBins,
    fusion,
    fusionReduction: model.count('aff_block_r', 4, largest.width),
    sampleRate: extractor.count('sampling_rate', 48_000),
    fftLength,
    hopLength: extractor.count('hop_length', 480, largest.fftLength),
    lowFrequency: extractor.number('frequency_min', 0),
    highFrequency: extractor.positive('frequency_max', 14_000),
    clipSamples: extractor.count('nb_max_samples', 480_000, mostSamples),
    hearing: {},
  };
  checkGeometry(result, model);
  if (extractor.count('feature_size', melBins) !== melBins) {
    throw extractor.wrong('feature_size', `${melBins} as num_mel_bins`, preprocessorConfig.feature_size);
  }
  return result;
}

function checkGeometry(config: ClapConfig, model: ConfigReader): void {
  const { depths, heads, embedDim, imageSize, melBins, windowSize, patchSize, fusionReduction } = config;
  if (depths.length !== heads.length) {
    throw model.wrong('num_attention_heads', `${depths.length} numbers, as depths has`, heads);
  }
  if (imageSize % melBins !== 0)
    throw model.wrong('spec_size', `a multiple of num_mel_bins ${melBins}`, imageSize);
  const last = stageOf(config, depths.length - 1).side;
  if (!Number.isInteger(last) || last % windowSize !== 0 || patchSize > melBins) {
    const expected = 'an image that splits into whole windows';
    throw model.wrong('spec_size', expected, imageSize);
  }
  heads.forEach((count, index) => {
    const { width } = stageOf(config, index);
    if (width % count !== 0) throw model.wrong('num_attention_heads', `divisors of ${width}`, heads);
  });
  if (frameCount(config) > imageSize * stripes(config)) {
    throw model.wrong('spec_size', `an image that holds ${frameCount(config)} frames`, imageSize);
  }
  if (embedDim < fusionReduction) throw model.wrong('aff_block_r', `at most ${embedDim}`, fusionReduction);
}

export function section(config: JsonObject, name: string): JsonObject {
  const value = config[name] ?? {};
  if (typeof value === 'object' && !Array.isArray(value)) return value as JsonObject;
  throw configReader('config.json', config).wrong(name, 'an object', value);
}

function counts(json: JsonObject, key: string, absent: readonly number[], model: ConfigReader) {
  const value = json[key] ?? absent;
  const fits = (each: unknown) => Number.isInteger(each) && Number(each) >= 1 && Number(each) <= 1000;
  if (Array.isArray(value) && value.length >= 1 && value.length <= 8 && value.every(fits)) {
    return value as readonly number[];
  }
  throw model.wrong(key, '1 to 8 whole numbers from 1', value);
}
