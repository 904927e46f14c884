// What a classifier is, here or in a worker, by itself or of several models.

import type { ClipBounds, FrontEnd, Label, LoadedModel, ProblemType, Tensor } from '@audiozoo/core';
import { checkMethod, checkOptions, type OptionKinds } from '@audiozoo/core/plugin';
import type { AudioOptions, AudioSource, ResamplingKernel } from '@audiozoo/features';
import type { SoundDecoder } from '@audiozoo/features/audio';
import type { Embed } from '../search/embed-options.js';
import type { Classify, RankOptions } from './classify-options.js';
import type { ScoredLabel } from './scores.js';

/** A model's inputs by name, float32, the batch in front. */
export type Inputs = Readonly<Record<string, Tensor<'float32'>>>;

/** A loaded audio classifier, here or in a worker. Concurrent calls are safe. */
export interface AudioClassifier {
  /** What it runs on, and why when there was a choice. */
  readonly device: string;
  /** Labels in the order of the logits. */
  readonly labels: readonly Label[];
  readonly problemType: ProblemType;
  /** The clips that it takes. */
  readonly frontEnd: ClipBounds;
  /** What it decodes compressed sound with where a call says nothing else. */
  readonly decoders?: readonly SoundDecoder[] | undefined;
  /**
   * The best labels of one clip, or with `aggregate` or `hop` of sound of any length, best first. Throws a `runtime`
   * error when the model's output is not finite.
   */
  readonly classify: Classify;
  /** The same for inputs that are ready: a batch of one. */
  classifyInputs(inputs: Inputs, options?: RankOptions): Promise<ScoredLabel[]>;
  /** Raw scores of clips as one batch: [clips, labels]. */
  logits(batch: readonly AudioSource[], options?: AudioOptions): Promise<Tensor<'float32'>>;
  /** What the model makes of one clip before its last layer: [embedDim]. With `aggregate` or `hop`, of any length. */
  readonly embed: Embed;
  /** The features of a clip of any length, before padding and normalizing: [frames, columns]. */
  features(audio: AudioSource, options?: AudioOptions): Promise<Tensor<'float32'>>;
  /** Of models with an output `frameLogits`. */
  readonly alongTime?: AnswersAlongTime | undefined;
  /** Begins to hear sound that comes in pieces. `listen` is the usual way. */
  stream(options: StreamOptions): Promise<ClassifierStream>;
  /** Frees the model. */
  dispose(): Promise<void>;
}

/** A classifier in this thread, with its model's whole front end. */
export interface LocalClassifier extends AudioClassifier {
  readonly frontEnd: FrontEnd;
  /** Outputs of the model for one clip, by name, of those that it was loaded with: a batch of one. */
  outputs(
    audio: AudioSource,
    names: readonly string[],
    options?: AudioOptions,
  ): Promise<Record<string, Tensor<'float32'>>>;
  /** Absent where nobody knows whether others make the same inputs. */
  readonly stages?: ClassifierStages | undefined;
}

/** The labels of each step of clips. */
export interface AnswersAlongTime {
  readonly secondsPerStep: number;
  /** Raw scores of clips of one length: [clips, steps, labels]; steps behind the clips' end tell of padding. */
  logits(batch: readonly AudioSource[], options?: AudioOptions): Promise<Tensor<'float32'>>;
}

/** `logits` in two stages: classifiers of one key make the same inputs, so that one can do it for all. */
export interface ClassifierStages {
  readonly key: string;
  inputs(batch: readonly AudioSource[], options?: AudioOptions): Promise<Inputs>;
  logits(inputs: Inputs, signal: AbortSignal | undefined): Promise<Tensor<'float32'>>;
}

/** A model that is loaded for one size of input, with the front end that makes such inputs. */
export interface LoadedForm {
  readonly frontEnd: FrontEnd;
  readonly loaded: LoadedModel;
}

export interface StreamOptions {
  /** Hertz of the samples that will come. */
  readonly sampleRate: number;
  /** How to change the sample rate: torchaudio's default kernel when absent. */
  readonly kernel?: ResamplingKernel | undefined;
}

const streamOptionKinds = {
  sampleRate: 'number',
  kernel: 'string',
} as const satisfies OptionKinds<StreamOptions>;

/** Throws an `argument` error unless these are options of a stream. */
export function checkStreamOptions(options: StreamOptions): void {
  checkOptions('stream', options, streamOptionKinds);
}

/** What was heard up to a time. */
export interface LabelsAtTime {
  /** Best first. */
  readonly labels: readonly ScoredLabel[];
  /** Seconds of sound so far. */
  readonly time: number;
}

export interface ClassifierStream {
  /**
   * Takes the next samples of one channel. Resolves to the features [new frames, columns] that they
   * complete. Throws an `audio` error when one is NaN or infinite.
   */
  push(samples: Float32Array): Promise<Tensor<'float32'>>;
  /**
   * The best labels of the latest window; what is missing at the beginning is padded as short clips are.
   * Throws an `audio-too-short` error before there is a frame.
   */
  classify(options?: RankOptions): Promise<LabelsAtTime>;
  close(): Promise<void>;
}

/** Throws an `argument` error unless `classifier` is one, to judge by what is called of it. */
export function checkClassifier(classifier: unknown, method: 'logits' | 'classify' | 'stream'): void {
  checkMethod('the classifier', classifier, method, 'what `loadClassifier` gives');
}
