// An AST's dimensions and front end, from the Hugging Face files that a model directory holds. Absent
// keys have the defaults of transformers' ASTConfig and ASTFeatureExtractor, since it writes only what
// differs.

import { AudiozooError, type JsonObject, type Label, type ProblemType } from '@audiozoo/core';
import {
  type ConfigReader,
  configReader,
  mostLabels,
  preview,
  readLabels,
  withLabels,
} from '@audiozoo/core/plugin';
import { audiosetRecipe } from './recipe.js';

export interface AstConfig {
  /** Width of a token (hidden_size). */
  readonly embedDim: number;
  /** Transformer blocks (num_hidden_layers). */
  readonly depth: number;
  readonly heads: number;
  /** Width of the hidden layer of a block's MLP (intermediate_size). */
  readonly mlpDim: number;
  /** Side of the square patches, in mel bins and in frames. */
  readonly patchSize: number;
  readonly frequencyStride: number;
  readonly timeStride: number;
  /** Input length in frames (max_length). */
  readonly frames: number;
  readonly melBins: number;
  /** The patches that the files' position embeddings are for, where the input is not as long or high as theirs. */
  readonly storedGrid?: PatchGrid;
  /** Whether query, key and value have biases. */
  readonly qkvBias: boolean;
  readonly layerNormEpsilon: number;
  /** The classification head's own: 1e-5 in official checkpoints, where the encoder has 1e-6. */
  readonly headLayerNormEpsilon: number;
  /** None: the model has no head, it embeds. */
  readonly labels: readonly Label[];
  readonly problemType: ProblemType;
  /** Features are normalized as (x − mean) / (2 · std). */
  readonly mean: number;
  readonly std: number;
  /** Hertz. */
  readonly sampleRate: number;
}

/** The class token and DeiT's distillation token, in front of the patches. */
export const classTokens = 2;

/** More would be a mistake: AST-base has 1212, and the attention of these would fill 120 GB. */
export const mostPatches = 50_000;

/** Patches along frequency and along time. */
export interface PatchGrid {
  readonly rows: number;
  readonly columns: number;
}

/** How many patches an input is cut into. */
export function patchGrid(config: {
  readonly melBins: number;
  readonly frames: number;
  readonly patchSize: number;
  readonly frequencyStride: number;
  readonly timeStride: number;
}): PatchGrid {
  const { melBins, frames, patchSize, frequencyStride, timeStride } = config;
  return {
    rows: Math.floor((melBins - patchSize) / frequencyStride) + 1,
    columns: Math.floor((frames - patchSize) / timeStride) + 1,
  };
}

/** config.json and preprocessor_config.json → checked config. Throws `model` errors. */
export function readConfig(config: JsonObject, preprocessorConfig: JsonObject | undefined): AstConfig {
  if (preprocessorConfig === undefined) {
    throw new AudiozooError({
      code: 'model',
      what: 'preprocessor_config.json is not there',
      expected: 'the mean and std that the model was trained with',
      hint: "Take the file from where the model came from; AudioSet's has mean −4.2677393 and std 4.5689974.",
    });
  }
  const model = configReader('config.json', config);
  const extractor = configReader('preprocessor_config.json', preprocessorConfig);

  model.oneOf('hidden_act', 'gelu');
  const layerNormEpsilon = model.positive('layer_norm_eps', 1e-12);
  const normalize = extractor.flag('do_normalize', true);
  const labels = isHeadless(config) ? [] : readLabels(config, model.count('num_labels', 2, mostLabels));
  const result: AstConfig = {
    embedDim: model.count('hidden_size', 768),
    depth: model.count('num_hidden_layers', 12, largest.depth),
    heads: model.count('num_attention_heads', 12),
    mlpDim: model.count('intermediate_size', 3072),
    patchSize: model.count('patch_size', 16),
    frequencyStride: model.count('frequency_stride', 10),
    timeStride: model.count('time_stride', 10),
    frames: model.count('max_length', 1024, largest.frames),
    melBins: model.count('num_mel_bins', 128, largest.melBins),
    qkvBias: model.flag('qkv_bias', true),
    layerNormEpsilon,
    headLayerNormEpsilon: model.positive('head_layer_norm_eps', layerNormEpsilon),
    labels,
    problemType: labels.length > 0 ? readProblemType(config, labels) : 'single_label_classification',
    // (x − 0) / (2 · ½) leaves features as they are.
    mean: normalize ? extractor.number('mean', audiosetRecipe.mean) : 0,
    std: normalize ? extractor.positive('std', audiosetRecipe.std) : 0.5,
    sampleRate: extractor.count('sampling_rate', 16000),
  };
  if (result.embedDim % result.heads !== 0) {
    throw model.wrong('num_attention_heads', `a divisor of hidden_size ${result.embedDim}`, result.heads);
  }
  if (result.melBins < result.patchSize) {
    throw model.wrong('num_mel_bins', `at least patch_size ${result.patchSize}`, result.melBins);
  }
  if (result.frames < result.patchSize) {
    throw model.wrong('max_length', `at least patch_size ${result.patchSize}`, result.frames);
  }
  checkInput(result, model);
  if (extractor.count('max_length', 1024) !== result.frames) {
    throw extractor.wrong('max_length', `${result.frames} as in config.json`, preprocessorConfig.max_length);
  }
  if (extractor.count('num_mel_bins', 128) !== result.melBins) {
    throw extractor.wrong(
      'num_mel_bins',
      `${result.melBins} as in config.json`,
      preprocessorConfig.num_mel_bins,
    );
  }
  return result;
}

/** Refuses inputs that would fill the memory, clip by clip or as attention. */
function checkInput(config: AstConfig, model: ConfigReader): void {
  const { frames, melBins } = config;
  const { rows, columns } = patchGrid(config);
  if (frames * melBins > largest.input) {
    throw model.wrong('max_length', `at most ${largest.input} values, with ${melBins} mel bins`, frames);
  }
  if (rows * columns > mostPatches) {
    throw model.wrong('max_length', `at most ${mostPatches} patches`, frames);
  }
}

/** As transformers names its classes; the base one has no head. */
export const classifierArchitecture = 'ASTForAudioClassification';
export const baseArchitecture = 'ASTModel';

function isHeadless({ architectures }: JsonObject): boolean {
  return Array.isArray(architectures) && architectures[0] === baseArchitecture;
}

/** Config → config.json and preprocessor_config.json, which `readConfig` and Python's transformers read. */
export function writeConfig(config: AstConfig): { config: JsonObject; preprocessorConfig: JsonObject } {
  const hasHead = config.labels.length > 0;
  const written: JsonObject = {
    architectures: [hasHead ? classifierArchitecture : baseArchitecture],
    model_type: 'audio-spectrogram-transformer',
    hidden_size: config.embedDim,
    num_hidden_layers: config.depth,
    num_attention_heads: config.heads,
    intermediate_size: config.mlpDim,
    hidden_act: 'gelu',
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
    patch_size: config.patchSize,
    qkv_bias: config.qkvBias,
    frequency_stride: config.frequencyStride,
    time_stride: config.timeStride,
    max_length: config.frames,
    num_mel_bins: config.melBins,
    layer_norm_eps: config.layerNormEpsilon,
    head_layer_norm_eps: config.headLayerNormEpsilon,
    ...(hasHead && { problem_type: config.problemType }),
  };
  return {
    config: hasHead ? withLabels(written, config.labels) : written,
    preprocessorConfig: {
      feature_extractor_type: 'ASTFeatureExtractor',
      do_normalize: true,
      feature_size: 1,
      max_length: config.frames,
      mean: config.mean,
      num_mel_bins: config.melBins,
      padding_side: 'right',
      padding_value: 0,
      return_attention_mask: false,
      sampling_rate: config.sampleRate,
      std: config.std,
    },
  };
}

function readProblemType(config: JsonObject, labels: readonly Label[]): ProblemType {
  const problemType = config.problem_type ?? undefined;
  if (problemType === undefined) {
    return labels.length === audiosetRecipe.classes
      ? audiosetRecipe.problemType
      : 'single_label_classification';
  }
  if (problemType === 'multi_label_classification' || problemType === 'single_label_classification') {
    return problemType;
  }
  throw new AudiozooError({
    code: 'model',
    what: 'config.json has a problem_type that is not run here',
    expected: 'multi_label_classification or single_label_classification',
    got: preview(problemType),
  });
}

/** Sizes beyond these are a mistake or an attack, not a model: each stands for memory that is taken before a weight is read. */
const largest = {
  depth: 1000,
  frames: 100_000,
  melBins: 10_000,
  /** Values of one clip: 64 MB. */
  input: 2 ** 24,
};
