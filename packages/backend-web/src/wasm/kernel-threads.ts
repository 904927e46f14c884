// The workers that compute. The caller writes into memory that is shared, sends messages and never waits for a thread, so
// it stays alive; the first worker does what it is told and wakes the others.

import { AudiozooError } from '@audiozoo/core';
import { canShareMemory } from '../thread-count.js';
import { type KernelWorker, workerStarter } from './kernel-worker.js';
import { workerScript } from './worker-script.js';

export interface KernelThreads {
  /**
   * Has the first thread do a task, one at a time: the caller waits for the answer before the next. Resolves to what
   * was read. Throws a `runtime` error when memory does not suffice or a thread failed.
   */
  perform(task: Task): Promise<readonly Float32Array<ArrayBuffer>[]>;
  /** Ends the threads, and gives back their memory. */
  close(): void;
}

/** Addresses in bytes. */
export interface Task {
  /** What the memory must hold. */
  readonly bytes: number;
  /** They stay the caller's. */
  readonly writes: readonly Write[];
  /** A function of the kernels and its arguments. */
  readonly call?: readonly [name: string, ...values: number[]] | undefined;
  /** Floats that come back. */
  readonly reads?: readonly (readonly [address: number, count: number])[] | undefined;
}

type Write = readonly [address: number, data: Float32Array | Int8Array | Int32Array];

interface Answer {
  readonly results?: readonly Float32Array<ArrayBuffer>[];
  readonly error?: string;
  readonly doing?: 'reserve' | 'start' | 'run';
}

/** Of WebAssembly's memory. */
const pageBytes = 65536;

/** Pages of memory, 64 KiB each: 4 GiB, and what there must be room for. */
const mostPages = 65536;
const leastPages = 4096;

/**
 * Starts workers on kernels. Throws a `device` error that says what to do when they do not start, a `runtime` error
 * when there is no memory.
 */
export async function startKernelThreads(
  binary: Uint8Array<ArrayBuffer>,
  count: number,
): Promise<KernelThreads> {
  const module = await WebAssembly.compile(binary).catch((cause) => {
    throw failure({ error: String(cause), doing: 'start' });
  });
  return withMemory((maximum) => startWithin(maximum, module, count));
}

/**
 * Starts compiled kernels in the thread of the caller, which waits while they compute. Throws a `runtime` error when
 * there is no memory.
 */
export async function startKernelsHere(module: WebAssembly.Module): Promise<KernelThreads> {
  const memory = await withMemory(async (maximum) => reserveMemory(maximum));
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const kernels = exports as Record<string, (...values: number[]) => void>;
  let broken: AudiozooError | undefined;
  return {
    async perform({ bytes, writes, call, reads = [] }) {
      if (broken) throw broken;
      write(memory, bytes, writes);
      try {
        if (call) kernels[call[0]]!(...call.slice(1).map(Number));
      } catch (cause) {
        broken = failure({ error: String(cause), doing: 'run' });
        throw broken;
      }
      return reads.map(([address, count]) =>
        Float32Array.from(new Float32Array(memory.buffer, address, count)),
      );
    },
    close() {
      broken ??= disposed();
    },
  };
}

/** Some browsers reserve at once all that a memory may grow to: where that is too much, half of it will do. */
async function withMemory<Result>(start: (maximum: number) => Promise<Result>): Promise<Result> {
  for (let pages = mostPages; ; pages /= 2) {
    try {
      return await start(pages);
    } catch (error) {
      if (!AudiozooError.isInstance(error, 'runtime') || pages <= leastPages) throw error;
    }
  }
}

const disposed = () => new AudiozooError({ code: 'disposed', what: 'the model is disposed' });

async function startWithin(
  maximum: number,
  module: WebAssembly.Module,
  count: number,
): Promise<KernelThreads> {
  const workers: KernelWorker[] = [];
  let broken: AudiozooError | undefined;
  /** Those that wait for an answer. */
  const waiting = new Map<KernelWorker, (outcome: Answer | AudiozooError) => void>();

  function breakOff(error: AudiozooError): void {
    broken ??= error;
    for (const worker of workers) worker.terminate();
    for (const settle of waiting.values()) settle(broken);
  }

  async function ask(worker: KernelWorker, message: object, transfer: Transferable[] = []): Promise<Answer> {
    if (broken) throw broken;
    const outcome = await new Promise<Answer | AudiozooError>((settle) => {
      waiting.set(worker, settle);
      worker.post(message, transfer);
    }).finally(() => waiting.delete(worker));
    if (AudiozooError.isInstance(outcome)) throw outcome;
    return outcome;
  }

  const starter = workerStarter(workerScript);
  if (!starter) {
    throw new AudiozooError({
      code: 'device',
      what: 'the kernels cannot run here',
      expected: 'workers of the web, or threads of Node',
      got: 'neither',
      hint: 'Run them in a browser, Node, Deno or Bun, or give their compiled module as `kernels`.',
    });
  }

  const startWorker = (thread: number): KernelWorker => {
    const worker = starter.start<Answer>(`audiozoo kernels, thread ${thread}`, {
      onAnswer(answer) {
        // A thread that fails leaves the others waiting for it.
        if (answer.doing === 'start' || answer.doing === 'run') breakOff(failure(answer));
        else waiting.get(worker)?.(answer);
      },
      onError: (error) => breakOff(failure({ error, doing: 'start' })),
    });
    return worker;
  };

  let shared: WebAssembly.Memory | undefined;
  try {
    // Where memory cannot be posted, the only thread makes its own.
    shared = canShareMemory() ? reserveMemory(maximum) : undefined;
    for (let thread = 0; thread < count; thread++) workers.push(startWorker(thread));
    const answers = await Promise.all(
      workers.map((worker, thread) => ask(worker, { module, shared, maximum, thread, threads: count })),
    );
    const refused = answers.find(({ error }) => error !== undefined);
    if (refused) throw memoryError(maximum * pageBytes, refused.error!);
  } catch (cause) {
    const error = AudiozooError.isInstance(cause) ? cause : failure({ error: String(cause), doing: 'start' });
    breakOff(error);
    throw error;
  } finally {
    starter.close();
  }

  return {
    async perform({ bytes, writes, call, reads = [] }) {
      if (shared && !broken) write(shared, bytes, writes);
      const copies = shared ? [] : writes.map(([address, data]): Write => [address, data.slice()]);
      const buffers = copies.map(([, { buffer }]) => buffer as ArrayBuffer);
      const { results, error } = await ask(workers[0]!, { bytes, writes: copies, call, reads }, buffers);
      if (error !== undefined) throw memoryError(bytes, error);
      return results!;
    },
    close() {
      breakOff(disposed());
    },
  };
}

function reserveMemory(maximum: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: 1, maximum, shared: true });
  } catch (cause) {
    throw memoryError(maximum * pageBytes, String(cause));
  }
}

/** Into shared memory, without a copy in between. */
function write(memory: WebAssembly.Memory, bytes: number, writes: readonly Write[]): void {
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / pageBytes);
  try {
    if (missing > 0) memory.grow(missing);
  } catch (cause) {
    throw memoryError(bytes, String(cause));
  }
  for (const [address, { buffer, byteOffset, byteLength }] of writes) {
    new Uint8Array(memory.buffer).set(new Uint8Array(buffer, byteOffset, byteLength), address);
  }
}

function failure({ error, doing }: Answer): AudiozooError {
  if (doing === 'run') {
    return new AudiozooError({
      code: 'runtime',
      what: 'the kernels failed',
      got: error,
      hint: 'Load the model again.',
    });
  }
  return new AudiozooError({
    code: 'device',
    what: 'a worker of the kernels did not start',
    got: error || 'no reason given',
    hint: "In a page, a Content-Security-Policy must have worker-src blob: and script-src 'wasm-unsafe-eval'.",
  });
}

function memoryError(bytes: number, error: string): AudiozooError {
  return new AudiozooError({
    code: 'runtime',
    what: 'there is not enough memory',
    expected: `${Math.ceil(bytes / 2 ** 20)} MiB`,
    got: error,
    hint: 'Run smaller batches, dispose other models, or quantize the weights to int8.',
  });
}
