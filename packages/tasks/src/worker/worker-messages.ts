// What a page and its worker say to each other: calls with a number, and what comes back under it.

import type {
  ClipBounds,
  ConversionOptions,
  ErrorDescription,
  Label,
  ProblemType,
  Tensor,
} from '@audiozoo/core';
import type { FileProgress } from '@audiozoo/core/files';
import { checkMethod } from '@audiozoo/core/plugin';
import type { Audio, AudioOptions } from '@audiozoo/features';
import type { Inputs, LabelsAtTime, StreamOptions } from '../classify/classifier.js';
import type { ConversionSummary } from '../classify/converters.js';
import type { LoadClassifierOptions } from '../classify/load-classifier.js';
import type { ScoredLabel } from '../classify/scores.js';
import type { ReadWords } from '../words/word-reader.js';

/** A classifier in the worker, by its number, and what the page knows of it. */
export interface Loaded {
  readonly classifier: number;
  readonly device: string;
  readonly labels: readonly Label[];
  readonly problemType: ProblemType;
  readonly frontEnd: ClipBounds;
  /** Of models that answer along time. */
  readonly secondsPerStep: number | undefined;
  readonly conversion: ConversionSummary | undefined;
}

/** Where a model is, as it can be posted. One Blob is a checkpoint to convert. */
export type PostedLocation = string | readonly File[] | FileSystemDirectoryHandle | Blob;

/** What `loadClassifier` takes that can be posted and that a page can make use of. */
export type PostedOptions = Pick<
  LoadClassifierOptions,
  'problemType' | 'size' | 'autoLength' | 'input' | 'cache' | 'integrity' | 'base'
>;

export interface LoadCall {
  readonly location: PostedLocation;
  readonly device: string | undefined;
  readonly conversion: ConversionOptions | undefined;
  readonly options: PostedOptions;
}

type Classifier = { readonly classifier: number };
type Stream = { readonly stream: number };
type TopK = { readonly topK: number | undefined };
type Kernel = Pick<AudioOptions, 'kernel'>;
type Clip = Classifier & Kernel & { readonly audio: Audio };

/** What a page can ask of the worker: [arguments, result]. */
export interface Calls {
  load: [LoadCall, Loaded];
  classify: [Clip & TopK, ScoredLabel[]];
  classifyInputs: [Classifier & TopK & { readonly inputs: Inputs }, ScoredLabel[]];
  logits: [Classifier & Kernel & { readonly batch: readonly Audio[] }, Tensor<'float32'>];
  frameLogits: [Classifier & Kernel & { readonly batch: readonly Audio[] }, Tensor<'float32'>];
  embed: [Clip, Float32Array];
  features: [Clip, Tensor<'float32'>];
  readWords: [
    Classifier & { readonly texts: readonly string[]; readonly template: string | undefined },
    ReadWords,
  ];
  dispose: [Classifier, undefined];
  openStream: [Classifier & StreamOptions, number];
  pushToStream: [Stream & { readonly samples: Float32Array }, Tensor<'float32'>];
  classifyStream: [Stream & TopK, LabelsAtTime];
  closeStream: [Stream, undefined];
}

export type CallName = keyof Calls;
export type CallArguments<Name extends CallName> = Calls[Name][0];
export type CallResult<Name extends CallName> = Calls[Name][1];

/** Messages carry a mark, so that a worker may have others of its own. */
export type ToWorker =
  | { readonly audiozoo: 'call'; readonly id: number; readonly call: CallName; readonly values: unknown }
  | { readonly audiozoo: 'cancel'; readonly id: number };

export type ToPage =
  | { readonly audiozoo: 'result'; readonly id: number; readonly result: unknown }
  | { readonly audiozoo: 'error'; readonly id: number; readonly error: ErrorDescription }
  | { readonly audiozoo: 'progress'; readonly id: number; readonly progress: FileProgress };

/** A Worker, its own global scope, or a MessagePort, by the parts that are used. */
export interface MessageEndpoint {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: string, listener: (event: Event) => void): void;
  removeEventListener(type: string, listener: (event: Event) => void): void;
  /** MessagePorts hold messages back until then. */
  start?(): void;
}

/** Throws an `argument` error unless messages can be exchanged with it. */
export function checkEndpoint(endpoint: unknown): asserts endpoint is MessageEndpoint {
  for (const method of ['postMessage', 'addEventListener']) {
    checkMethod('the worker', endpoint, method, 'a Worker, the scope of one, or a MessagePort');
  }
}

export function isMarked(data: unknown): data is ToWorker | ToPage {
  return typeof data === 'object' && data !== null && 'audiozoo' in data;
}

/** The buffers behind a message's arrays that can change hands: those that hold nothing else. */
export function buffersOf(...arrays: readonly Float32Array[]): ArrayBuffer[] {
  const whole = arrays.filter(({ byteLength, buffer }) => byteLength === buffer.byteLength);
  return [...new Set(whole.map(({ buffer }) => buffer))].filter((buffer) => buffer instanceof ArrayBuffer);
}
