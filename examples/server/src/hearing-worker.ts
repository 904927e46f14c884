// What runs in a thread that hears: it loads the models, says so, and then does what it is told.

import { inspect } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { AudiozooError, type ErrorDescription, errorDescription } from '@audiozoo/core';
import {
  type LocalClassifier,
  loadClassifier,
  loadWordReader,
  type ModelLoader,
  type WordReader,
} from '@audiozoo/tasks';
import { aboutToStop } from './about-to-stop.js';
import type { BatchLimits } from './clip-batches.js';
import { createHearing, type Heard, type HearingLimits, type Part } from './hearing.js';
import type { Order, Saying, ThreadData } from './hearing-thread.js';
import { keepBeating, lockImmediates } from './thread-pulse.js';

/** What the thread is for. */
export interface HearingWork extends HearingLimits {
  /** Model directories by their names. */
  readonly models: ReadonlyMap<string, string>;
  /** Of each run of a model. */
  readonly threads: number;
  readonly batches?: BatchLimits | undefined;
}

/** In which a decoder stops. */
const stopMilliseconds = 1000;

const { work, pulse } = workerData as ThreadData<HearingWork>;
const { models, threads, ...limits } = work;
lockImmediates(pulse);
keepBeating(pulse);
const port = parentPort!;
const say = (saying: Saying) => port.postMessage(saying);

// This thread may stand still while a model runs: it has nothing else to do.
const plugins: readonly ModelLoader[] = [
  { type: 'audio-spectrogram-transformer', load: async () => (await import('@audiozoo/ast')).ast },
  { type: 'ced', load: async () => (await import('@audiozoo/ced')).ced },
  { type: 'clap', load: async () => (await import('@audiozoo/clap')).clap },
  { type: 'efficientat', load: async () => (await import('@audiozoo/efficientat')).efficientat },
];
const backend = onnxruntimeNode({ workers: 0, threads });
const classifiers = new Map<string, LocalClassifier>();
const readers = new Map<string, WordReader>();
for (const [name, directory] of models) {
  const loading = { models: plugins, backend };
  classifiers.set(name, await loadClassifier(directory, loading));
  const reader = await loadWordReader(directory, loading).catch(ifWithoutWords);
  if (reader) readers.set(name, reader);
}
const hearing = createHearing(classifiers, { ...limits, readers, onStall: endUnlessStopped });
const underWay = new Map<number, { readonly done: Promise<void>; cancel(reason?: Error): void }>();
let toldFailure: Error | undefined;

port.on('message', (order: Order) => {
  if (order.to === 'hear') hear(order);
  else if (order.to === 'listen') listen(order);
  else if (order.to === 'cancel') underWay.get(order.id)?.cancel();
  else void close();
});
say({ models: hearing.models });

function ifWithoutWords(error: unknown): undefined {
  if (AudiozooError.isInstance(error, 'model') && error.details?.missing === 'words') return;
  throw error;
}

function hear({ id, question, tells }: Order & { to: 'hear' }): void {
  const tell = tells ? (part: Part) => say({ id, part }) : undefined;
  begin(id, (signal) => hearing.hear(question, signal, tell));
}

function listen({ id, question }: Order & { to: 'listen' }): void {
  begin(id, (signal) => hearing.listen!(question, signal, (part) => say({ id, part })));
}

function begin(id: number, work: (signal: AbortSignal) => Promise<Heard | { seconds: number }>): void {
  const controller = new AbortController();
  const done = work(controller.signal)
    .then((heard) => say({ id, heard }))
    .catch((error: unknown) => say({ id, error: describe(error) }))
    .finally(() => {
      underWay.delete(id);
      tellFailure();
    });
  underWay.set(id, { done, cancel: (reason) => controller.abort(reason) });
}

/** A decoder that does not stop would go on for good, at the expense of all that come later. */
function endUnlessStopped(reading: Promise<unknown>): void {
  const timer = setTimeout(() => {
    throw new Error('a decoder did not stop when it was told to');
  }, stopMilliseconds);
  reading.catch(() => {}).finally(() => clearTimeout(timer));
}

function tellFailure(): void {
  const { failure } = hearing;
  if (failure === toldFailure) return;
  toldFailure = failure;
  say({ failure: failure && describe(failure) });
}

/** An error that can be posted, with what there is to know of where it comes from. */
function describe(error: unknown): ErrorDescription {
  return { ...errorDescription(error, 'the sound could not be heard'), cause: { thrown: inspect(error) } };
}

async function close(): Promise<void> {
  for (const { cancel } of underWay.values()) cancel(aboutToStop());
  await Promise.all(Array.from(underWay.values(), ({ done }) => done));
  for (const loaded of [...readers.values(), ...classifiers.values()]) await loaded.dispose();
  port.close();
}
