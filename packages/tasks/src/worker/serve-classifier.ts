// The worker's half: loads models and runs them for a page. Plug-ins are functions and cannot be posted, so
// they are named here.

import {
  AudiozooError,
  type Backend,
  type ByteSource,
  blobSource,
  errorDescription,
  type FileStore,
} from '@audiozoo/core';
import type { FileProgress, FilesLocation } from '@audiozoo/core/files';
import { checkBackend, checkOptions, type OptionKinds } from '@audiozoo/core/plugin';
import { checkModelChoices, loadedPlugins, type ModelChoice } from '../classify/choose-model.js';
import type { ClassifierStream, LocalClassifier } from '../classify/classifier.js';
import type { ConversionSummary, Converters } from '../classify/converters.js';
import { loadClassifier } from '../classify/load-classifier.js';
import { inTemplate } from '../words/check-texts.js';
import type { ReadWords, WordReader, WordReaderOptions } from '../words/word-reader.js';
import {
  buffersOf,
  type CallArguments,
  type CallName,
  type CallResult,
  checkEndpoint,
  isMarked,
  type LoadCall,
  type MessageEndpoint,
  type PostedLocation,
  type ToPage,
  type ToWorker,
} from './worker-messages.js';

export interface ServeClassifierOptions {
  /** Model plug-ins to choose from, or where to load them from, by the `model_type` of config.json. */
  readonly models: readonly ModelChoice[];
  /** One backend, or what to make of the device that a page asks for (undefined: it asks for none). */
  readonly backend: Backend | ((device: string | undefined) => Backend | Promise<Backend>);
  /** Reads checkpoints such as dropped `.pth` files; pages that will never have one leave it out. */
  readonly converters?: Converters | undefined;
}

const serveOptionKinds = {
  models: 'any',
  backend: 'any',
  converters: 'function',
} as const satisfies OptionKinds<ServeClassifierOptions>;

/**
 * WebKit evaluates the module that a worker begins with once more when a chunk imports from it, and two that serve would
 * both answer. Known to both, so kept where both find it.
 */
const servedEndpoints = known(Symbol.for('audiozoo.servedEndpoints'));

function known(key: symbol): WeakSet<MessageEndpoint> {
  const realm = globalThis as { [key: symbol]: WeakSet<MessageEndpoint> | undefined };
  realm[key] ??= new WeakSet();
  return realm[key];
}

interface CallContext {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: FileProgress) => void;
}

/** A result, and the buffers that go over with it instead of being copied. */
type Reply<Result> = readonly [result: Result, transfer?: Transferable[]];

type Handlers = {
  readonly [Name in CallName]: (
    values: CallArguments<Name>,
    context: CallContext,
  ) => Promise<Reply<CallResult<Name>>>;
};

/**
 * Serves models to the page that made this worker and calls `connectClassifier` on it. Call it while the
 * worker's script is first run, before anything is awaited: messages that come earlier are lost. Another
 * `endpoint` than the worker's own scope, a MessagePort, serves shared workers and Node's threads. An endpoint is served
 * once: a second call changes nothing.
 */
export function serveClassifier(
  options: ServeClassifierOptions,
  endpoint: MessageEndpoint = globalThis as unknown as MessageEndpoint,
): void {
  checkOptions('serveClassifier', options, serveOptionKinds);
  checkModelChoices(options.models);
  if (typeof options.backend !== 'function') checkBackend(options.backend);
  checkEndpoint(endpoint);
  if (servedEndpoints.has(endpoint)) return;
  servedEndpoints.add(endpoint);
  const handlers = createHandlers(options);
  const underWay = new Map<number, AbortController>();
  const post = (message: ToPage, transfer: Transferable[] = []) => endpoint.postMessage(message, transfer);

  const answer = async ({ id, call, values }: ToWorker & { audiozoo: 'call' }) => {
    const controller = new AbortController();
    underWay.set(id, controller);
    const context: CallContext = {
      signal: controller.signal,
      onProgress: (progress) => post({ audiozoo: 'progress', id, progress }),
    };
    try {
      const handle = handlers[call] as (values: unknown, context: CallContext) => Promise<Reply<unknown>>;
      const [result, transfer] = await handle(values, context);
      post({ audiozoo: 'result', id, result }, transfer);
    } catch (error) {
      post({ audiozoo: 'error', id, error: errorDescription(error, 'the worker failed') });
    } finally {
      underWay.delete(id);
    }
  };

  endpoint.addEventListener('message', (event) => {
    const { data } = event as MessageEvent<unknown>;
    if (!isMarked(data)) return;
    if (data.audiozoo === 'call') void answer(data);
    else if (data.audiozoo === 'cancel') underWay.get(data.id)?.abort();
  });
  endpoint.start?.();
}

function createHandlers(options: ServeClassifierOptions): Handlers {
  const classifiers = numbered<LocalClassifier>('the model is disposed', 'Load it again.');
  const readers = new Map<number, WordsOfModel>();
  const streams = numbered<ClassifierStream>('the stream is closed', 'Begin another.');
  return {
    async load(call, { signal, onProgress }) {
      const backend = await chooseBackend(options.backend, call.device);
      const { location, conversion } = await open(options, call, { signal, onProgress });
      const { models } = options;
      const { converters } = options;
      const local = { ...call.options, models, backend, converters, signal, onProgress };
      const classifier = await loadClassifier(location, local);
      const { sampleRate, minSamples, maxSamples, windowSamples } = classifier.frontEnd;
      const number = classifiers.add(classifier);
      const { cache, base } = call.options;
      readers.set(number, wordsOf(location, { models, backend, converters, cache, base }));
      return [
        {
          classifier: number,
          device: classifier.device,
          labels: classifier.labels,
          problemType: classifier.problemType,
          frontEnd: { sampleRate, minSamples, maxSamples, ...(windowSamples && { windowSamples }) },
          secondsPerStep: classifier.alongTime?.secondsPerStep,
          conversion,
        },
      ];
    },
    classify: async ({ classifier, audio, ...options }, { signal }) => [
      await classifiers.get(classifier).classify(audio, { ...options, signal }),
    ],
    classifyInputs: async ({ classifier, inputs, topK }, { signal }) => [
      await classifiers.get(classifier).classifyInputs(inputs, { topK, signal }),
    ],
    async logits({ classifier, batch, kernel }, { signal }) {
      const logits = await classifiers.get(classifier).logits(batch, { kernel, signal });
      return [logits, buffersOf(logits.data)];
    },
    async frameLogits({ classifier, batch, kernel }, { signal }) {
      const logits = await classifiers.get(classifier).alongTime!.logits(batch, { kernel, signal });
      return [logits, buffersOf(logits.data)];
    },
    async embed({ classifier, audio, kernel }, { signal }) {
      const embedding = await classifiers.get(classifier).embed(audio, { kernel, signal });
      return [embedding, buffersOf(embedding)];
    },
    async features({ classifier, audio, kernel }, { signal }) {
      const features = await classifiers.get(classifier).features(audio, { kernel, signal });
      return [features, buffersOf(features.data)];
    },
    async readWords({ classifier, texts, template }, { signal }) {
      classifiers.get(classifier); // or it is disposed of
      const read = await readers.get(classifier)!.read(texts, template);
      signal.throwIfAborted();
      return [read, buffersOf(read.embedding.data, read.scaled.data)];
    },
    async dispose({ classifier }) {
      await readers.get(classifier)?.dispose();
      readers.delete(classifier);
      await classifiers.remove(classifier)?.dispose();
      return [undefined];
    },
    openStream: async ({ classifier, ...options }) => [
      streams.add(await classifiers.get(classifier).stream(options)),
    ],
    async pushToStream({ stream, samples }) {
      const features = await streams.get(stream).push(samples);
      return [features, buffersOf(features.data)];
    },
    classifyStream: async ({ stream, topK }, { signal }) => [
      await streams.get(stream).classify({ topK, signal }),
    ],
    async closeStream({ stream }) {
      await streams.remove(stream)?.close();
      return [undefined];
    },
  };
}

interface WordsOfModel {
  read(texts: readonly string[], template: string | undefined): Promise<ReadWords>;
  dispose(): Promise<void>;
}

/** What reads words for a model, loaded with the first. */
function wordsOf(location: FilesLocation | FileStore, options: WordReaderOptions): WordsOfModel {
  let loading: Promise<WordReader> | undefined;
  const load = async () => (await import('../words/word-reader.js')).loadWordReader(location, options);
  return {
    async read(texts, template) {
      loading ??= load();
      const reader = await loading.catch((error: unknown) => {
        loading = undefined; // the next may have more luck
        throw error;
      });
      return reader.read(texts.map((text) => inTemplate(template ?? reader.template, text)));
    },
    async dispose() {
      await loading?.then(
        (reader) => reader.dispose(),
        () => undefined,
      );
    },
  };
}

async function chooseBackend(backend: ServeClassifierOptions['backend'], device: string | undefined) {
  if (typeof backend === 'function') return backend(device);
  if (device === undefined) return backend;
  throw new AudiozooError({
    code: 'argument',
    what: 'this worker has no choice of devices',
    got: JSON.stringify(device),
    hint: 'Give `serveClassifier` a function of the device as its `backend`.',
  });
}

/** The model directory at a location; a checkpoint is converted to one. */
async function open(
  { models, converters }: ServeClassifierOptions,
  { location, conversion: conversionOptions }: LoadCall,
  { signal, onProgress }: CallContext,
): Promise<{ location: FilesLocation | FileStore; conversion?: ConversionSummary }> {
  const checkpoint = asCheckpoint(location);
  if (!checkpoint) return { location: location as Exclude<PostedLocation, Blob> };
  if (!converters) {
    throw new AudiozooError({
      code: 'argument',
      what: 'this worker converts no checkpoints',
      hint: "Give `serveClassifier` the `converters`: `() => import('@audiozoo/converters')`.",
    });
  }
  const { convertCheckpoint, memoryDirectory } = await converters();
  const { name: file } = checkpoint;
  const output = memoryDirectory(file);
  const { recognized, assumptions, unused, parameters, dtype, bytes } = await convertCheckpoint(checkpoint, {
    ...conversionOptions,
    models: await loadedPlugins(models),
    output: output as never,
    signal,
    onProgress: (progress) => onProgress({ from: 'checkpoint', file, ...progress }),
  });
  return { location: output, conversion: { recognized, assumptions, unused, parameters, dtype, bytes } };
}

/** One Blob, or a list of one file, which is how a drop hands it over and no model directory is. */
function asCheckpoint(location: PostedLocation): ByteSource | undefined {
  const [only, ...others] = Array.isArray(location) ? (location as File[]) : [location];
  return only instanceof Blob && others.length === 0 ? blobSource(only) : undefined;
}

/** Things under numbers, which can be posted in their place. */
function numbered<Thing>(missing: string, hint: string) {
  const things = new Map<number, Thing>();
  let last = 0;
  return {
    add(thing: Thing): number {
      things.set(++last, thing);
      return last;
    },
    get(number: number): Thing {
      const thing = things.get(number);
      if (thing === undefined) throw new AudiozooError({ code: 'disposed', what: missing, hint });
      return thing;
    },
    remove(number: number): Thing | undefined {
      const thing = things.get(number);
      things.delete(number);
      return thing;
    },
  };
}
