// A thread that hears, seen from outside; hearing-worker.ts is what runs in it.

import { SHARE_ENV, Worker } from 'node:worker_threads';
import { AudiozooError, type ErrorDescription } from '@audiozoo/core';
import type { Heard, Hearing, Question, Topic } from './hearing.js';

/** What the thread is told. */
export type Order =
  | { readonly to: 'hear'; readonly id: number; readonly question: Question }
  | { readonly to: 'cancel'; readonly id: number }
  | { readonly to: 'close' };

/** What it says: once that it is ready, and something on every question. */
export type Saying =
  | { readonly models: Hearing['models'] }
  | { readonly id: number; readonly heard: Heard }
  | { readonly id: number; readonly error: ErrorDescription };

export interface HearingThread extends Hearing {
  /** Questions that it has not answered. */
  readonly busy: number;
  /** Resolves when it has ended, by itself or because it was closed. */
  readonly ended: Promise<void>;
  /** Cancels what it does, and ends it as soon as that has stopped. */
  close(): Promise<void>;
}

/**
 * What V8 may use for short-lived objects, in mebibytes. Sound lies outside of its heap, but counts: with the usual 48
 * it collects the whole heap every twenty clips of a second, with few it clears away what is young, which is cheap.
 */
const maxYoungGenerationSizeMb = 3;

/** Starts a thread. Rejects with what it throws before it is ready. */
export async function startHearingThread(script: URL, workerData: unknown): Promise<HearingThread> {
  const worker = new Worker(script, {
    name: 'hearing',
    workerData,
    execArgv: [],
    env: SHARE_ENV, // backends set variables for native code, which reads the process's
    resourceLimits: { maxYoungGenerationSizeMb },
  });
  const tell = (order: Order, transfer: ArrayBuffer[] = []) => worker.postMessage(order, transfer);
  const pending = new Map<number, { resolve(heard: unknown): void; reject(error: unknown): void }>();
  let questions = 0;
  let failure: AudiozooError | undefined;
  let cause: unknown;
  worker.on('error', (error) => (cause = error));
  const ended = new Promise<void>((resolve) => {
    worker.on('exit', (exitCode) => {
      failure = endError(exitCode, cause);
      for (const { reject } of pending.values()) reject(failure);
      pending.clear();
      resolve();
    });
  });

  const models = await new Promise<Hearing['models']>((resolve, reject) => {
    ended.then(() => reject(cause ?? failure));
    worker.on('message', (saying: Saying) => {
      if ('models' in saying) return resolve(saying.models);
      const question = pending.get(saying.id)!;
      pending.delete(saying.id);
      if ('heard' in saying) question.resolve(saying.heard);
      else question.reject(new AudiozooError(saying.error));
    });
  });

  return {
    models,
    ended,
    get busy() {
      return pending.size;
    },
    get failure() {
      return failure;
    },
    async hear<About extends Topic>(question: Question<About>, signal: AbortSignal) {
      signal.throwIfAborted();
      if (failure) throw failure;
      const id = ++questions;
      const cancel = () => tell({ to: 'cancel', id });
      signal.addEventListener('abort', cancel, { once: true });
      try {
        return await new Promise<Heard<About>>((resolve, reject) => {
          pending.set(id, { resolve: resolve as (heard: unknown) => void, reject });
          const { upload } = question;
          tell({ to: 'hear', id, question }, typeof upload === 'string' ? [] : [upload.buffer]);
        });
      } catch (error) {
        signal.throwIfAborted(); // how the thread stopped matters less
        throw error;
      } finally {
        signal.removeEventListener('abort', cancel);
      }
    },
    async close() {
      if (!failure) tell({ to: 'close' });
      await ended;
    },
  };
}

function endError(exitCode: number, cause: unknown): AudiozooError {
  return new AudiozooError({
    code: 'runtime',
    what: 'a thread that hears has ended',
    got: cause instanceof Error ? cause.message : `exit code ${exitCode}`,
    mend: 'If that was for want of memory, start the server with fewer `--workers`.',
    cause,
  });
}
