// An EfficientAT's dimensions and front end, from the files that a model directory holds. The authors publish no
// config.json: its keys are ours.

import type { Json, JsonObject, Label, ProblemType } from '@audiozoo/core';
import { configReader, mostLabels, readLabels, withLabels } from '@audiozoo/core/plugin';

/** `mn` answers once for a clip, `frame_mn` every 40 ms too. */
export type Variant = 'mn' | 'frame_mn';

export type Head = 'mlp' | 'fully_convolutional' | 'frames';

export interface EfficientatConfig {
  readonly variant: Variant;
  /** Factor on all channels of MobileNetV3-Large. */
  readonly width: number;
  /** Of mn's four strided blocks; absent: frame_mn's. */
  readonly strides: readonly number[] | undefined;
  readonly head: Head;
  /** Whether frame_mn has a layer of its own for whole clips. */
  readonly weakHead: boolean;
  readonly melBins: number;
  /** The longest clip in frames that it is to hear. */
  readonly frames: number;
  readonly labels: readonly Label[];
  readonly problemType: ProblemType;
  /** Hertz. */
  readonly sampleRate: number;
  /** Samples of a Fourier transform, of a window, and from one frame to the next. */
  readonly fftLength: number;
  readonly windowLength: number;
  readonly hopLength: number;
  /** Hertz where the mel bands begin and end. */
  readonly lowFrequency: number;
  readonly highFrequency: number;
  /** The logarithm is of max(power + offset, floor). */
  readonly logOffset: number;
  readonly logFloor: number;
}

/** What published checkpoints have, less what hangs on the weights. */
const usual = {
  mn: {
    ...{ sampleRate: 32_000, fftLength: 1024, windowLength: 800, hopLength: 320, melBins: 128 },
    ...{ lowFrequency: 0, highFrequency: 15_000, logOffset: 1e-5, logFloor: 1e-7 },
  },
  frame_mn: {
    ...{ sampleRate: 16_000, fftLength: 512, windowLength: 400, hopLength: 160, melBins: 128 },
    ...{ lowFrequency: 0, highFrequency: 7000, logOffset: 0, logFloor: 1e-7 },
  },
};

export const usualFrontEnd = (variant: Variant) => usual[variant];

export const usualStrides: readonly number[] = [2, 2, 2, 2];

/** Seconds of the longest clip that is heard whole, unless a person says otherwise. */
const usualSeconds = 30;

export const usualFrames = ({ sampleRate, hopLength }: { sampleRate: number; hopLength: number }) =>
  Math.ceil((usualSeconds * sampleRate) / hopLength);

/** AudioSet's classes, and those of its part with times. */
export const audiosetClasses = { mn: 527, frame_mn: 447 };

/** Sizes beyond these are a mistake or an attack, not a model. */
export const largest = { width: 20, frames: 60_000, melBins: 1024, fftLength: 65_536, stride: 8 };

/** config.json and preprocessor_config.json → checked config. Throws `model` errors. */
export function readConfig(config: JsonObject, preprocessorConfig: JsonObject = {}): EfficientatConfig {
  const model = configReader('config.json', config);
  const extractor = configReader('preprocessor_config.json', preprocessorConfig);
  const variant = model.oneOf('variant', 'mn', 'frame_mn');
  const front = usual[variant];
  const isFrames = variant === 'frame_mn';
  const width = model.positive('width_multiplier', 1);
  if (width > largest.width) throw model.wrong('width_multiplier', `at most ${largest.width}`, width);
  const melBins = model.count('n_mels', front.melBins, largest.melBins);
  if (isFrames && melBins > mostFrameBins) {
    throw model.wrong('n_mels', `at most ${mostFrameBins}, which become one row`, melBins);
  }
  const sampleRate = extractor.count('sampling_rate', front.sampleRate);
  const hopLength = extractor.count('hop_length', front.hopLength, largest.fftLength);
  const logOffset = extractor.number('log_offset', front.logOffset);
  const result: EfficientatConfig = {
    variant,
    width,
    strides: isFrames ? undefined : readStrides(config.strides, model.wrong),
    head: isFrames ? 'frames' : model.oneOf('head_type', 'mlp', 'fully_convolutional'),
    weakHead: isFrames && model.flag('weak_head', true),
    melBins,
    frames: model.count('max_frames', usualFrames({ sampleRate, hopLength }), largest.frames),
    labels: readLabels(config, model.count('num_labels', audiosetClasses[variant], mostLabels)),
    problemType: model.oneOf('problem_type', 'multi_label_classification', 'single_label_classification'),
    sampleRate,
    fftLength: extractor.count('n_fft', front.fftLength, largest.fftLength),
    windowLength: extractor.count('win_length', front.windowLength, largest.fftLength),
    hopLength,
    lowFrequency: extractor.number('f_min', front.lowFrequency),
    highFrequency: extractor.positive('f_max', front.highFrequency),
    logOffset,
    logFloor: extractor.positive('log_floor', front.logFloor),
  };
  if (extractor.count('feature_size', melBins) !== melBins) {
    const got = preprocessorConfig.feature_size;
    throw extractor.wrong('feature_size', `${melBins} as n_mels in config.json`, got);
  }
  return result;
}

/** Halved seven times they become one row. */
export const mostFrameBins = 128;

function readStrides(
  given: Json | undefined,
  wrong: ReturnType<typeof configReader>['wrong'],
): readonly number[] {
  if (given === undefined || given === null) return usualStrides;
  if (Array.isArray(given) && areStrides(given)) return given;
  throw wrong('strides', `four whole numbers from 1 to ${largest.stride}`, given);
}

export function areStrides(given: readonly unknown[]): given is readonly number[] {
  const fits = (stride: unknown) =>
    Number.isInteger(stride) && Number(stride) >= 1 && Number(stride) <= largest.stride;
  return given.length === usualStrides.length && given.every(fits);
}

/** Config → config.json and preprocessor_config.json, which `readConfig` reads. */
export function writeConfig(config: EfficientatConfig): {
  config: JsonObject;
  preprocessorConfig: JsonObject;
} {
  const isFrames = config.variant === 'frame_mn';
  const written: JsonObject = {
    architectures: [isFrames ? 'FrameMN' : 'MN'],
    model_type: 'efficientat',
    variant: config.variant,
    width_multiplier: config.width,
    ...(isFrames
      ? { weak_head: config.weakHead }
      : { strides: [...config.strides!], head_type: config.head }),
    n_mels: config.melBins,
    max_frames: config.frames,
    problem_type: config.problemType,
  };
  return {
    config: withLabels(written, config.labels),
    preprocessorConfig: {
      feature_extractor_type: 'EfficientATFeatureExtractor',
      sampling_rate: config.sampleRate,
      feature_size: config.melBins,
      n_fft: config.fftLength,
      win_length: config.windowLength,
      hop_length: config.hopLength,
      f_min: config.lowFrequency,
      f_max: config.highFrequency,
      log_offset: config.logOffset,
      log_floor: config.logFloor,
    },
  };
}
