// A session in a thread of its own, so that this one goes on while the model runs.

import { Worker } from 'node:worker_threads';
import { AudiozooError, type Inputs, type Outputs } from '@audiozoo/core';
import type { InferenceSession } from 'onnxruntime-common';
import type { HostRunOptions, SessionHost } from './session-host.js';
import { buffersOf } from './tensor-buffers.js';
import { threadLock } from './thread-lock.js';

/** What the thread is told. */
export type Order =
  | { readonly to: 'start' }
  | { readonly to: 'open'; readonly graph: Uint8Array; readonly options: InferenceSession.SessionOptions }
  | {
      readonly to: 'run';
      readonly inputs: Inputs;
      readonly lent: Inputs;
      readonly outputs: readonly string[];
      readonly into: Outputs;
    }
  | { readonly to: 'close' };

/** What the thread says once that is done. */
export interface Answer {
  readonly version?: string;
  readonly outputs?: Outputs;
  /** What it was lent, whether it could run or not. */
  readonly lent?: Inputs;
  readonly error?: unknown;
}

/**
 * Starts a thread and loads onnxruntime in it; a thread in which that fails ends. It keeps the process alive only while it does something. Once it has
 * ended by itself, whatever waits for it and every later call rejects with a `runtime` error.
 */
export async function sessionThread(): Promise<SessionHost> {
  const { lock, forget } = threadLock();
  const worker = new Worker(new URL('./session-worker.js', import.meta.url), {
    name: 'audiozoo session',
    workerData: { lock },
    execArgv: [], // plain JavaScript needs none of this process's loaders, and starts sooner without
  });
  let settle: (answer: Answer) => void = () => {};
  let failure: AudiozooError | undefined;
  let cause: unknown;

  worker.on('message', (answer: Answer) => settle(answer));
  worker.on('error', (error) => (cause = error));
  worker.on('exit', (exitCode) => {
    forget();
    failure = threadError(exitCode, cause);
    settle({ error: failure });
  });

  const tell = async (
    order: Order,
    transfer: ArrayBuffer[] = [],
    giveBack?: HostRunOptions['giveBack'],
  ): Promise<Answer> => {
    if (failure) throw failure;
    const answered = new Promise<Answer>((resolve) => (settle = resolve));
    worker.postMessage(order, transfer);
    worker.ref();
    const answer = await answered;
    worker.unref();
    giveBack?.(answer.lent ?? {});
    if ('error' in answer) throw answer.error;
    return answer;
  };

  const started = await tell({ to: 'start' }).catch(async (error: unknown) => {
    await worker.terminate(); // it holds nothing yet, and is in no native code
    throw error;
  });
  return {
    version: started.version!,
    get failure() {
      return failure;
    },
    async open(graph, options) {
      await tell({ to: 'open', graph, options }, [graph.buffer as ArrayBuffer]);
    },
    async run(inputs, outputs, { lent = {}, giveBack, into = {} } = {}) {
      const copies = Object.entries(inputs).map(([name, tensor]) => [
        name,
        { ...tensor, data: tensor.data.slice() },
      ]);
      const own: Inputs = Object.fromEntries(copies);
      const moved = [own, lent, into].flatMap(buffersOf);
      return (await tell({ to: 'run', inputs: own, lent, outputs, into }, moved, giveBack)).outputs!;
    },
    async close() {
      if (failure) return;
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      await tell({ to: 'close' });
      worker.ref();
      await ended;
    },
  };
}

function threadError(exitCode: number, cause: unknown): AudiozooError {
  return new AudiozooError({
    code: 'runtime',
    what: 'the thread that ran the model has ended',
    got: cause instanceof Error ? cause.message : `exit code ${exitCode}`,
    hint:
      'Load the model again. Bundlers have to leave @audiozoo/backend-node as it is, with the file of its thread; ' +
      '`workers: 0` needs no thread.',
    cause,
  });
}
