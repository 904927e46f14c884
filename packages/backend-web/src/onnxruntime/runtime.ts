// onnxruntime-web is one WebAssembly instance to a page (or worker): its threads are started once, its calls
// must not overlap on WebGPU, and its GPU device is shared by all sessions. What is known of an instance
// hangs on its `env`.

import { AudiozooError } from '@audiozoo/core';
import type * as OnnxruntimeCommon from 'onnxruntime-common';

/** What is used of onnxruntime-web's namespace. */
export type Onnxruntime = Pick<typeof OnnxruntimeCommon, 'InferenceSession' | 'Tensor' | 'env'>;

export type WebDevice = 'webgpu' | 'wasm';

export interface Runtime {
  readonly threads: Threads;
  /** Does `task` after all before it: sessions are made and run one at a time. */
  inTurn<Result>(task: () => Promise<Result>): Promise<Result>;
}

export interface Threads {
  readonly count: number;
  /** Why there are no more; empty when there is nothing to say. */
  readonly why: string;
}

const runtimes = new WeakMap<object, Runtime>();

/**
 * The runtime that a namespace stands for, with its threads settled. Throws an `argument` error when another
 * number of threads is asked for than it has been started with.
 */
export function runtimeOf({ env }: Onnxruntime, threads: number | undefined): Runtime {
  const known = runtimes.get(env);
  if (known) {
    if (threads === undefined || threads === known.threads.count || known.threads.why) return known;
    throw new AudiozooError({
      code: 'argument',
      what: 'onnxruntime-web starts its threads once, with the first model',
      expected: `${known.threads.count}, as it has`,
      got: `${threads}`,
      mend: 'Ask for the same number of threads everywhere, or load this model in a worker of its own.',
    });
  }
  const settled = settleThreads(threads ?? env.wasm.numThreads);
  env.wasm.numThreads = settled.count;
  let last: Promise<unknown> = Promise.resolve();
  const runtime: Runtime = {
    threads: settled,
    inTurn(task) {
      const result = last.then(task);
      last = result.catch(() => {});
      return result;
    },
  };
  runtimes.set(env, runtime);
  return runtime;
}

function settleThreads(asked: number | undefined): Threads {
  // Pages that are not isolated have no shared memory; Node always does.
  const { crossOriginIsolated = true, navigator } = globalThis as {
    readonly crossOriginIsolated?: boolean;
    readonly navigator?: Navigator;
  };
  if (!crossOriginIsolated) return { count: 1, why: 'the page is not cross-origin isolated' };
  if (asked) return { count: asked, why: '' };
  // Two logical cores are often one real one, and somebody has to draw the page.
  const cores = navigator?.hardwareConcurrency ?? 1;
  return { count: Math.min(8, Math.max(Math.min(2, cores), Math.ceil(cores / 2))), why: '' };
}
