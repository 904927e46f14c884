// What a model plug-in is: data and pure functions, no state. See CONTRIBUTING.md for how to write one.

import type { Ops } from '../backend/ops.js';
import type { FileStore } from '../files/file-store.js';
import type { JsonObject } from '../model-directory/json.js';
import type { Tensor } from '../tensors/tensor.js';
import type { AttentionMaps } from './attention.js';
import type { ForeignCheckpoint } from './foreign-checkpoint.js';
import type { FreshStart } from './fresh-start.js';
import type { Initialization } from './initialization.js';
import type { Label, ProblemType } from './label.js';
import type { Parameter, ParameterTree, Resolved } from './parameter.js';
import type { Settings } from './setting.js';
import type { ZooEntry } from './zoo.js';

/** What a model's input or output looks like: float32 unless it says otherwise, with the batch in front. */
export interface TensorSpecification {
  /** Sizes after the batch. */
  readonly shape: readonly number[];
}

/** How long an input is, where each run may say. */
export interface LengthSpecification {
  /** Inputs that name it alike are equally long; graphs call the size so: `frames`. A word, and not `batch`. */
  readonly name: string;
  /** No shorter than this. */
  readonly least: number;
}

interface AnyInput extends TensorSpecification {
  /**
   * Where the model is loaded for any length (`LoadOptions.anyLength`), the first axis after the batch may be shorter than
   * `shape` has it. Absent: it is as `shape` has it.
   */
  readonly length?: LengthSpecification;
}

interface FloatInput extends AnyInput {
  readonly dtype?: 'float32';
  /** Stays float32 where a backend computes in less, as `Parameter.fullPrecision`. */
  readonly fullPrecision?: true;
}

/** Whole numbers such as tokens, passed as a BigInt64Array. */
interface IntegerInput extends AnyInput {
  readonly dtype: 'int64';
  /** They are from 0 up to but not including this one: the rows of a table. */
  readonly below: number;
}

export type InputSpecification = FloatInput | IntegerInput;

/** `shape` is that of the longest input: what is shorter where the input is says itself. */
export interface OutputSpecification extends TensorSpecification {
  /** Computed only when it is asked for at load. */
  readonly onRequest?: boolean;
  /** Its first axis after the batch runs along time, in steps of so many seconds; absent: it does not. */
  readonly secondsPerStep?: number;
}

/** What clips a model hears. Lengths in samples of one channel at `sampleRate`. */
export interface ClipBounds {
  /** Hertz. */
  readonly sampleRate: number;
  /** The shortest clip it takes. */
  readonly minSamples: number;
  /** The longest clip that fits the model's input. */
  readonly maxSamples: number;
  /** What longer sound is cut into, unless a person says otherwise; absent: `maxSamples`. */
  readonly windowSamples?: number;
}

/** From sound to a model's inputs. */
export interface FrontEnd extends ClipBounds {
  /**
   * Front ends of one key make the same inputs of the same sound, so that models together need them once. Absent:
   * nobody knows.
   */
  readonly key?: string | undefined;
  /** Hertz in the middle of each feature column, where columns are frequencies. */
  readonly frequencies?: readonly number[];
  /** Seconds from one frame of features to the next. */
  readonly secondsPerFrame: number;
  /** One clip's features [frames, columns] before padding and normalizing. */
  features(samples: Float32Array): Tensor<'float32'>;
  /**
   * Clips → one batch of inputs by name: padded, or cut at `maxSamples`, which is the caller's to watch.
   * Throws on clips that are too short or not finite.
   */
  inputs(clips: readonly Float32Array[]): Record<string, Tensor<'float32'>>;
  /**
   * What `inputs` makes of clips whose `features` these are, or were before somebody changed them. Absent where inputs are made of
   * more than features.
   */
  fromFeatures?(clips: readonly Tensor<'float32'>[]): Record<string, Tensor<'float32'>>;
  /** The same for sound that comes in pieces, in bounded memory. */
  stream(): FrontEndStream;
}

/** Sound that comes in pieces, of which the latest part that fits the model's input is remembered. */
export interface FrontEndStream {
  /** Takes the next samples. Returns the features [new frames, columns] that they complete. */
  push(samples: Float32Array): Tensor<'float32'>;
  /**
   * The latest sound as a batch of one: what `FrontEnd.inputs` makes of the samples under its frames. Throws
   * an `audio-too-short` error before the first frame.
   */
  inputs(): Record<string, Tensor<'float32'>>;
}

/** Sizes of the input that a caller chooses, by the names that the model declares; as it has them when absent. */
export type InputSize = Readonly<Record<string, number | boolean | undefined>>;

/** How a model takes inputs of other sizes than its files say. */
export interface Resizing<Config> {
  /** The sizes that can be chosen. */
  readonly sizes: Settings;
  /** Sizes worth having for shorter clips: shortest first, the model's own last. */
  lengths(config: Config): readonly InputSize[];
  /**
   * The model is trained for clips of every length as they are: each is run in the shortest of `lengths` that holds it
   * without being asked to, and never padded to another's. Absent: it is trained for its own length.
   */
  readonly everyLength?: true;
  /**
   * The config for another size, whose names and kinds have been checked, of which weights that hang on it are derived. Throws an `argument` error on sizes
   * that the model cannot take.
   */
  config(config: Config, size: InputSize): Config;
}

/** Where a model's parameters lie, for those who train a part of them. */
export interface ModelParts {
  /** In the order in which sound passes them. */
  readonly blocks: readonly ParameterTree[];
  /** What comes behind the last block, in front of the embedding. */
  readonly behind: ParameterTree;
  /** What reads the embedding. */
  readonly head: ParameterTree;
  /**
   * What reads embeddings along time, where that is another layer than the head, of the same shapes: logits do not hang on it, so that
   * clips do not train it. A new one becomes a copy of the head. Absent: the head does, or nothing.
   */
  readonly alongTime?: ParameterTree;
  /** Weights of the linear layers that queries, keys and values come of, beside which adapters go. */
  readonly attention: readonly Parameter[];
  /**
   * What `build` makes of the embedding, with the weights of `head`: [B, D] → logits [B, labels]. So the head trains on embeddings that
   * are worked out once. Absent of a model that tells no classes apart.
   */
  // biome-ignore lint/suspicious/noExplicitAny: the weights are those of `head`, as the model declares it.
  readonly classify?: <T>(ops: Ops<T>, head: any, embedding: T) => T;
}

export interface Model<Config = unknown, Tree extends ParameterTree = ParameterTree> {
  /** `model_type` of the config.json files that this plug-in reads. */
  readonly type: string;
  /** config.json and preprocessor_config.json → the model's own config, checked. */
  readConfig(config: JsonObject, preprocessorConfig: JsonObject | undefined): Config;
  /**
   * The config with what its file leaves to common knowledge, such as the identifiers of a well-known data set's labels:
   * for those who show it, who load what that takes. Absent: nothing is left out.
   */
  completeConfig?(config: Config): Promise<Config>;
  /** Names and shapes of all weights. */
  parameters(config: Config): Tree;
  /** Absent: it trains whole, or parameter by parameter. */
  parts?(config: Config): ModelParts;
  inputs(config: Config): Readonly<Record<string, InputSpecification>>;
  /**
   * `logits` and `embedding` are what classifiers read; `frameLogits` [steps, labels], with its `secondsPerStep`, is what
   * events are told by.
   */
  outputs(config: Config): Readonly<Record<string, OutputSpecification>>;
  /**
   * The forward pass. Reads top to bottom; never awaits. `outputs` are the names that the caller will read: what
   * only others need may be left out.
   */
  build<T>(
    ops: Ops<T>,
    weights: Resolved<Tree, T>,
    inputs: Readonly<Record<string, T>>,
    config: Config,
    outputs: ReadonlySet<string>,
  ): Record<string, T>;
  frontEnd(config: Config): FrontEnd;
  /** What it attends to, for those who draw it. Absent: it does not show that. */
  attention?(config: Config): AttentionMaps;
  /** Labels in the order of the logits; none, or absent, of a model that tells no classes apart. */
  labels?(config: Config): readonly Label[];
  problemType?(config: Config): ProblemType;
  /** config.json for other labels. Absent: Hugging Face's keys, as `withLabels` writes them, are all that changes. */
  relabel?(config: JsonObject, labels: readonly Label[]): JsonObject;
  /**
   * Python's transformers opens the directories that its classifiers are written to, as `AutoModelForAudioClassification`. Lines
   * of Python that then put right what it takes otherwise, about a pipeline called `classifier`; absent: it opens none.
   */
  transformers?(): Promise<(config: JsonObject) => readonly string[]>;
  /** Whether a tensor of its checkpoints, by name, is left aside without a word. Absent: all others are refused. */
  ignored?(name: string): boolean;
  /** Absent: it takes one size. */
  readonly resizing?: Resizing<Config>;
  /**
   * This model, which it is called with, with its front end inside: from `samples` and `lengths` to the same outputs.
   * `overFbank` and `overMelSpectrogram` of `@audiozoo/features` make it. Loaded by those who ask; absent: the features are made
   * outside.
   */
  readonly waveform?: (model: AnyModel) => Promise<AnyModel>;
  /** How it reads words, where they lie in one space with sound: loaded by those who ask. Absent: it reads none. */
  readonly textTower?: () => Promise<TextTower>;
  /** How other people's checkpoints of this model look, for the converters; or how to load what tells. */
  readonly foreignCheckpoint?: ForeignCheckpoint | (() => Promise<ForeignCheckpoint>);
  /** How it begins from weights that were trained for something else: loaded by those who ask, like training itself. */
  readonly initialization?: () => Promise<Initialization<Config>>;
  /** How it begins from nothing, with random weights: loaded by those who ask. Absent: it does not. */
  readonly freshStart?: () => Promise<FreshStart>;
  /** Checkpoints that are published, for people to choose from; or how to load the list. */
  readonly zoo?: readonly ZooEntry[] | (() => Promise<readonly ZooEntry[]>);
}

/** A model whose config and parameters are its own affair: what registries and backends hold. */
// biome-ignore lint/suspicious/noExplicitAny: config and tree are opaque here and used together only.
export type AnyModel = Model<any, any>;

/** One batch of texts, ready for the model of a `TextTower`. */
export interface Tokens {
  /** The model's inputs by name: [texts, tokens] each. */
  readonly inputs: Readonly<Record<string, Tensor<'int64'>>>;
  /** The size that the model must be loaded for, by the names that its `resizing` declares. */
  readonly size: InputSize;
  /** Places of the texts that were longer than the model reads and lost their ends. */
  readonly cut: readonly number[];
}

/** How a model that puts sound and words into one space reads words. */
export interface TextTower {
  /**
   * The model of the texts: reads the config.json and the weights of the directory that the model of the sound reads. Its
   * outputs are `embedding` [D], of length 1 as the sound's `embedding`, and `scaled` [D], the same times the scale of
   * logits: the sound's embedding · scaledᵀ are the logits of the texts, of which a softmax makes scores.
   */
  readonly model: AnyModel;
  /** What a label is put into, in the place of `{}`, so that it reads like the texts of the training. */
  readonly template: string;
  /** The tokenizer's files, JSON all of them. */
  readonly files: readonly string[];
  /** Texts → tokens, by the tokenizer files of the directory. Throws `file` and `model` errors. */
  tokenizer(files: FileStore): Promise<(texts: readonly string[]) => Tokens>;
}
