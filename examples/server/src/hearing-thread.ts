// A thread that hears, seen from outside; hearing-worker.ts is what runs in it.

import { setTimeout as sleep } from 'node:timers/promises';
import { SHARE_ENV, type Transferable, Worker } from 'node:worker_threads';
import { AudiozooError, type ErrorDescription } from '@audiozoo/core';
import type { Heard, Hearing, LiveQuestion, Part, Prediction, Question, Tell, Topic } from './hearing.js';
import { wholeOf } from './sound-bytes.js';
import {
  beatsOf,
  createPulse,
  endAfter,
  hold,
  isInNativeCode,
  release,
  type ThreadPulse,
} from './thread-pulse.js';

/** What a thread is started with. */
export interface ThreadData<Work = unknown> {
  readonly work: Work;
  readonly pulse: ThreadPulse;
}

/** What the thread is told. */
export type Order =
  | { readonly to: 'hear'; readonly id: number; readonly question: Question; readonly tells: boolean }
  | { readonly to: 'listen'; readonly id: number; readonly question: LiveQuestion }
  | { readonly to: 'cancel'; readonly id: number }
  | { readonly to: 'close' };

/** What it says: once that it is ready, an answer to every question, parts before it, and when a model breaks or is well again. */
export type Saying =
  | { readonly models: Hearing['models'] }
  | { readonly id: number; readonly part: Part | Prediction }
  | { readonly id: number; readonly heard: Heard | { readonly seconds: number } }
  | { readonly id: number; readonly error: ErrorDescription }
  | { readonly failure: ErrorDescription | undefined };

export interface HearingThread extends Hearing {
  /** Questions that it has not answered, cancelled ones too. */
  readonly busy: number;
  /** Whether it has not answered that a question is cancelled, as it does at once unless it stands still. */
  readonly isDeaf: boolean;
  /** Why it can be asked no more, once it cannot. */
  readonly end: AudiozooError | undefined;
  /** Questions that it had when it ended. */
  readonly lost: number;
  /** Resolves when it can be asked no more: it has ended by itself, was closed or was given up. */
  readonly ended: Promise<void>;
  /** Cancels what it does, and ends it as soon as that has stopped, or will not. */
  close(): Promise<void>;
}

export interface ThreadPatience {
  /** Milliseconds in which a thread answers that a question is cancelled: 1000 when absent. */
  readonly cancelled?: number | undefined;
  /** Milliseconds that it may stand still in its own code: 3000 when absent. */
  readonly still?: number | undefined;
  /** The same in native code, which nobody can end: 30,000 when absent. */
  readonly native?: number | undefined;
}

/** How often a thread is looked at, in milliseconds. */
const look = 500;
/** How often it is while native code is waited for. */
const closeLook = 10;

/**
 * What V8 may use for short-lived objects, in mebibytes. Sound lies outside of its heap, but counts: with the usual 48
 * it collects the whole heap every twenty clips of a second, with few it clears away what is young, which is cheap.
 */
const maxYoungGenerationSizeMb = 3;

interface Asked {
  resolve(heard: unknown): void;
  readonly tell: ((part: never) => void) | undefined;
  reject(error: unknown): void;
  isCancelled: boolean;
}

/** Starts a thread. Rejects with what it throws before it is ready. */
export async function startHearingThread(
  script: URL,
  work: unknown,
  { cancelled = 1000, still = 3000, native = 30_000 }: ThreadPatience = {},
): Promise<HearingThread> {
  const pulse = createPulse();
  const workerData: ThreadData = { work, pulse };
  const worker = new Worker(script, {
    name: 'hearing',
    workerData,
    execArgv: [],
    env: SHARE_ENV, // backends set variables for native code, which reads the process's
    resourceLimits: { maxYoungGenerationSizeMb },
  });
  const forget = endAfter(pulse);
  const post = (order: Order, transfer: Transferable[] = []) => worker.postMessage(order, transfer);
  const pending = new Map<number, Asked>();
  let questions = 0;
  let lost = 0;
  let isGone = false;
  let failure: AudiozooError | undefined;
  let end: AudiozooError | undefined;
  let cause: unknown;
  let resolveEnded = () => {};
  const ended = new Promise<void>((resolve) => (resolveEnded = resolve));

  function giveUp(reason: AudiozooError): void {
    if (end) return;
    end = reason;
    lost = pending.size;
    for (const { reject } of pending.values()) reject(reason);
    pending.clear();
    resolveEnded();
  }

  worker.on('error', (error) => (cause = error));
  const gone = new Promise<void>((resolve) => {
    worker.on('exit', (exitCode) => {
      isGone = true;
      forget();
      giveUp(endError(cause instanceof Error ? cause.message : `exit code ${exitCode}`, cause));
      resolve();
    });
  });

  /** Ends it from outside, unless it comes to itself before it is out of native code. */
  async function stop(reason: AudiozooError, standsStill: () => boolean): Promise<void> {
    const begun = performance.now();
    while (!isGone && !hold(pulse)) {
      if (!end && !standsStill()) return;
      if (performance.now() - begun > native) giveUp(reason); // another takes its place; its end is still waited for
      await sleep(closeLook);
    }
    if (!isGone && !end && !standsStill()) return release(pulse);
    giveUp(reason);
    forget(); // who holds it would wait for itself
    await worker.terminate();
  }

  const models = await new Promise<Hearing['models']>((resolve, reject) => {
    ended.then(() => reject(cause ?? end));
    worker.on('message', (saying: Saying) => {
      if ('models' in saying) return resolve(saying.models);
      if ('failure' in saying) return void (failure = saying.failure && new AudiozooError(saying.failure));
      const asked = pending.get(saying.id);
      if ('part' in saying) return void (asked?.isCancelled || asked?.tell?.(saying.part as never));
      pending.delete(saying.id);
      if ('heard' in saying) asked?.resolve(saying.heard);
      else asked?.reject(new AudiozooError(saying.error));
    });
  });
  watch();

  /** Ends it when it has something to do and does not turn. Looks are counted: this thread may have slept as well. */
  function watch(): void {
    let last = beatsOf(pulse);
    let looks = 0;
    const looking = setInterval(() => {
      const now = beatsOf(pulse);
      looks = now === last && pending.size > 0 && !isInNativeCode(pulse) ? looks + 1 : 0;
      last = now;
      if (looks === Math.ceil(still / look)) {
        void stop(endError(`it did not turn for ${still} ms`), () => beatsOf(pulse) === now);
      }
    }, look).unref();
    ended.then(() => clearInterval(looking));
  }

  async function ask<Result>(
    order: Order & { readonly id: number },
    transfer: Transferable[],
    signal: AbortSignal,
    tell: Asked['tell'],
  ): Promise<Result> {
    const { id } = order;
    const isUnanswered = () => pending.has(id);
    let leave = () => {};
    try {
      return await new Promise<Result>((resolve, reject) => {
        const asked: Asked = { resolve: resolve as Asked['resolve'], reject, tell, isCancelled: false };
        leave = () => {
          asked.isCancelled = true;
          reject(signal.reason); // whoever waits need not wait for a thread that may stand still
          post({ to: 'cancel', id });
          setTimeout(() => {
            if (!isUnanswered()) return;
            void stop(endError(`it did not stop within ${cancelled} ms when it was told to`), isUnanswered);
          }, cancelled).unref();
        };
        pending.set(id, asked);
        signal.addEventListener('abort', leave, { once: true });
        post(order, transfer);
      });
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  return {
    models,
    ended,
    get busy() {
      return pending.size;
    },
    get isDeaf() {
      return Array.from(pending.values()).some(({ isCancelled }) => isCancelled);
    },
    get failure() {
      return end ?? failure;
    },
    get end() {
      return end;
    },
    get lost() {
      return lost;
    },
    async hear<About extends Topic>(question: Question<About>, signal: AbortSignal, tell?: Tell) {
      signal.throwIfAborted();
      if (end) throw end;
      const upload = wholeOf(question.upload); // the question stays whole, to be asked again
      const transfer = typeof upload === 'string' ? [] : [upload.buffer];
      const id = ++questions;
      const tells = tell !== undefined;
      return ask<Heard<About>>(
        { to: 'hear', id, question: { ...question, upload }, tells },
        transfer,
        signal,
        tell,
      );
    },
    async listen(question, signal, tell) {
      signal.throwIfAborted();
      if (end) throw end;
      return ask({ to: 'listen', id: ++questions, question }, [question.sound], signal, tell);
    },
    async close() {
      if (!isGone) post({ to: 'close' });
      await Promise.race([gone, sleep(cancelled, undefined, { ref: false })]);
      if (!isGone) await stop(endError('it did not close when it was told to'), () => true);
      await gone;
    },
  };
}

function endError(got: string, cause?: unknown): AudiozooError {
  return new AudiozooError({
    code: 'runtime',
    what: 'a thread that hears has ended',
    got,
    hint: 'If that was for want of memory, start the server with fewer `--workers`.',
    cause,
  });
}
