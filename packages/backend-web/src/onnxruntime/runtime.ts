// onnxruntime-web is one WebAssembly instance to a page (or worker): its threads are started once, its calls
// must not overlap on WebGPU, and its GPU device is shared by all sessions. What is known of an instance
// hangs on its `env`.

import { AudiozooError } from '@audiozoo/core';
import type * as OnnxruntimeCommon from 'onnxruntime-common';
import { settleThreads, type ThreadCount } from '../thread-count.js';
import { createTurns, type InTurn } from '../turns.js';

/** What is used of onnxruntime-web's namespace. */
export type Onnxruntime = Pick<typeof OnnxruntimeCommon, 'InferenceSession' | 'Tensor' | 'env'>;

export interface Runtime {
  readonly threads: ThreadCount;
  /** Sessions are made and run one at a time. */
  readonly inTurn: InTurn;
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
      hint: 'Ask for the same number of threads everywhere, or load this model in a worker of its own.',
    });
  }
  const settled = settleThreads(threads ?? env.wasm.numThreads);
  env.wasm.numThreads = settled.count;
  const runtime: Runtime = { threads: settled, inTurn: createTurns() };
  runtimes.set(env, runtime);
  return runtime;
}
