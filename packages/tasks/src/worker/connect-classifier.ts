// The page's half: a classifier that runs in a worker, with the interface of one that does not.

import type { ConversionOptions } from '@audiozoo/core';
import { checkFilesLocation, type FileProgress, type FilesLocation } from '@audiozoo/core/files';
import { checkOptions, checkTensors, type OptionKinds } from '@audiozoo/core/plugin';
import {
  type Audio,
  type AudioOptions,
  type AudioSource,
  audioOptionKinds,
  checkSamples,
} from '@audiozoo/features';
import type { SoundDecoder } from '@audiozoo/features/audio';
import { checkBatch } from '../classify/audio-classifier.js';
import {
  type AudioClassifier,
  type ClassifierStream,
  checkStreamOptions,
  type Inputs,
} from '../classify/classifier.js';
import { classifyAnyLength } from '../classify/classify.js';
import { rankOptionKinds } from '../classify/classify-options.js';
import type { ConversionSummary } from '../classify/converters.js';
import { plainLoadOptionKinds } from '../classify/load-classifier.js';
import { embedAnyLength } from '../search/embed.js';
import { readInput } from '../sound/load-audio.js';
import { checkTexts } from '../words/check-texts.js';
import type { ReadWords } from '../words/word-reader.js';
import { type WorkerCalls, workerCalls } from './worker-calls.js';
import {
  buffersOf,
  checkEndpoint,
  type Loaded,
  type MessageEndpoint,
  type PostedLocation,
  type PostedOptions,
} from './worker-messages.js';

/**
 * The options of `loadClassifier`, but for the models and the backend, which are the worker's, and `outputs`, which stay
 * there. Files are decoded in the page, and so are `decoders`.
 */
export interface RemoteLoadOptions extends PostedOptions {
  /** What to run on, for workers whose `backend` is a function of it. */
  readonly device?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What the page decodes compressed sound with, where a call says nothing else. */
  readonly decoders?: readonly SoundDecoder[] | undefined;
  /** What a checkpoint does not say of itself. */
  readonly conversion?: ConversionOptions | undefined;
  readonly onProgress?: ((progress: FileProgress) => void) | undefined;
}

const remoteLoadOptionKinds = {
  ...plainLoadOptionKinds,
  device: 'string',
  signal: 'signal',
  decoders: 'list',
  conversion: 'record',
  onProgress: 'function',
} as const satisfies OptionKinds<RemoteLoadOptions>;

/** A classifier in the worker. Disposing it frees it there. */
export interface RemoteClassifier extends AudioClassifier {
  /** What the conversion reported, if it was loaded from a checkpoint. */
  readonly conversion: ConversionSummary | undefined;
  /**
   * Reads texts into the space of sounds, where the model does: its tower of words is loaded with the first. Each is put into
   * `template`, in the place of `{}`; into the model's own when absent. Throws what `loadWordReader` throws.
   */
  readWords(
    texts: readonly string[],
    options?: { readonly template?: string | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<ReadWords>;
}

export interface ClassifierConnection {
  /**
   * Loads a model in the worker: a model directory as `loadClassifier` takes it (addresses are relative to
   * the page), or a checkpoint (a Blob or a list of one File), which is converted first. Several may be
   * loaded at a time. Throws as `loadClassifier` and `convertCheckpoint` do.
   */
  load(location: FilesLocation | Blob, options?: RemoteLoadOptions): Promise<RemoteClassifier>;
  /** Rejects what waits, and every later call. The worker stays the caller's to terminate. */
  close(): void;
}

/**
 * Connects to a worker that calls `serveClassifier`. When the worker fails, or its script does not load,
 * whatever waits and every later call reject with a `runtime` error.
 */
export function connectClassifier(worker: MessageEndpoint): ClassifierConnection {
  checkEndpoint(worker);
  const calls = workerCalls(worker);
  return {
    async load(location, given = {}) {
      checkOptions('load', given, remoteLoadOptionKinds);
      const { onProgress, signal, device, conversion, decoders, ...others } = given;
      const { document } = globalThis as { document?: Document };
      const options = { base: document?.baseURI, ...others };
      const call = { location: posted(location), device, conversion, options };
      const onLate = ({ classifier }: Loaded) => void calls.call('dispose', { classifier });
      const loaded = await calls.call('load', call, { signal, onProgress, onLate });
      return remoteClassifier(calls, loaded, decoders);
    },
    close: () => calls.close(),
  };
}

function remoteClassifier(
  calls: WorkerCalls,
  { classifier, secondsPerStep, ...loaded }: Loaded,
  decoders: readonly SoundDecoder[] | undefined,
): RemoteClassifier {
  const description = { ...loaded, decoders };

  /**
   * Files are decoded in the page, since browsers have decodeAudioData only there, and asynchronously; what is
   * heavy, resampling and features, is left to the worker. Samples are copied: they stay the caller's.
   */
  const prepare = async (input: AudioSource, options: AudioOptions) => {
    const reading = { ...options, decoders: options.decoders ?? decoders };
    const { samples, sampleRate } = await readInput(input, reading);
    const audio: Audio = { samples: samples.slice(), sampleRate };
    return { audio, transfer: buffersOf(audio.samples) };
  };

  const scoresOf =
    (name: 'logits' | 'frameLogits'): AudioClassifier['logits'] =>
    async (inputs, options = {}) => {
      checkOptions('logits', options, audioOptionKinds);
      checkBatch(inputs);
      const { kernel, signal } = options;
      const clips = await Promise.all(inputs.map((input) => prepare(input, options)));
      const values = { classifier, batch: clips.map(({ audio }) => audio), kernel };
      return calls.call(name, values, { signal, transfer: clips.flatMap(({ transfer }) => transfer) });
    };
  const logits = scoresOf('logits');
  return {
    ...description,
    logits,
    alongTime: secondsPerStep === undefined ? undefined : { secondsPerStep, logits: scoresOf('frameLogits') },
    classify: classifyAnyLength({ ...description, logits }, async (input, { topK, ...options }) => {
      const { kernel, signal } = options;
      const { audio, transfer } = await prepare(input, options);
      return calls.call('classify', { classifier, audio, kernel, topK }, { signal, transfer });
    }),
    async classifyInputs(inputs, options = {}) {
      checkOptions('classifyInputs', options, rankOptionKinds);
      checkTensors(inputs);
      const { topK, signal } = options;
      const copies = Object.entries(inputs).map(([name, tensor]) => [
        name,
        { ...tensor, data: tensor.data.slice() },
      ]);
      const values = { classifier, inputs: Object.fromEntries(copies) as Inputs, topK };
      const transfer = buffersOf(...Object.values(values.inputs).map(({ data }) => data));
      return calls.call('classifyInputs', values, { signal, transfer });
    },
    embed: embedAnyLength(description, async (input, options) => {
      const { kernel, signal } = options;
      const { audio, transfer } = await prepare(input, options);
      return calls.call('embed', { classifier, audio, kernel }, { signal, transfer });
    }),
    async features(input, options = {}) {
      checkOptions('features', options, audioOptionKinds);
      const { kernel, signal } = options;
      const { audio, transfer } = await prepare(input, options);
      return calls.call('features', { classifier, audio, kernel }, { signal, transfer });
    },
    async stream(options) {
      checkStreamOptions(options);
      const { sampleRate, kernel } = options;
      return remoteStream(calls, await calls.call('openStream', { classifier, sampleRate, kernel }));
    },
    async readWords(texts, options = {}) {
      checkOptions('readWords', options, { template: 'string', signal: 'signal' });
      checkTexts('texts', texts);
      const { template, signal } = options;
      return calls.call('readWords', { classifier, texts: [...texts], template }, { signal });
    },
    dispose: () => calls.call('dispose', { classifier }),
  };
}

function remoteStream(calls: WorkerCalls, stream: number): ClassifierStream {
  return {
    async push(pieceOfSound) {
      checkSamples(pieceOfSound);
      const samples = pieceOfSound.slice();
      return calls.call('pushToStream', { stream, samples }, { transfer: buffersOf(samples) });
    },
    async classify(options = {}) {
      checkOptions('classify', options, rankOptionKinds);
      const { topK, signal } = options;
      return calls.call('classifyStream', { stream, topK }, { signal });
    },
    close: () => calls.call('closeStream', { stream }),
  };
}

/** A location as it can be posted. Relative addresses start from the page, not from the worker's script. */
function posted(location: FilesLocation | Blob): PostedLocation {
  if (location instanceof Blob) return location;
  checkFilesLocation(location);
  if (typeof location !== 'string' && !(location instanceof URL)) return location;
  return String(location);
}
