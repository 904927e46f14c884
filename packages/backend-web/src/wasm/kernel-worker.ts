// A worker that runs a script which is given as text: of the web, which browsers, Deno and Bun have, or a thread of Node.

import type { Worker as NodeWorker } from 'node:worker_threads';

export interface KernelWorker {
  post(message: object, transfer: Transferable[]): void;
  terminate(): void;
}

export interface WorkerEvents<Answer> {
  onAnswer(answer: Answer): void;
  /** What nobody caught in it. */
  onError(message: string): void;
}

/** Starts workers on one script. */
export interface WorkerStarter {
  start<Answer>(name: string, events: WorkerEvents<Answer>): KernelWorker;
  /** Gives the script back, once all have started. */
  close(): void;
}

/** What starts workers here; undefined where there are none. */
export function workerStarter(script: string): WorkerStarter | undefined {
  if (typeof Worker === 'function') return webStarter(script);
  // Asked for by name, so that no bundler looks for it.
  const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads');
  return threads && nodeStarter(script, threads.Worker);
}

/**
 * Why there is to be one worker though memory can be shared; empty where there may be more. On Node 20 threads now and
 * then do a piece of work twice: of the conformance suite's 241 cases a quarter came out wrong there, on Node 22 and 24
 * and in browsers none. The cause is not known. In Deno, workers that wait for work outlive their end, and the process
 * with them.
 */
export function whyOneWorker(): string {
  if ('Deno' in globalThis) return 'Deno cannot end threads that wait';
  const { node } = globalThis.process?.versions ?? {};
  const isOldNode = typeof Worker !== 'function' && node !== undefined && Number.parseInt(node, 10) < 22;
  return isOldNode ? 'threads compute wrong on Node older than 22' : '';
}

function webStarter(script: string): WorkerStarter {
  // Deno has workers that are modules alone; WebKit evaluates those twice.
  const type = 'Deno' in globalThis ? 'module' : 'classic';
  const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  return {
    start<Answer>(name: string, { onAnswer, onError }: WorkerEvents<Answer>) {
      const worker = new Worker(address, { name, type });
      worker.onmessage = ({ data }: MessageEvent<Answer>) => onAnswer(data);
      worker.onerror = ({ message }) => onError(message);
      return {
        post: (message, transfer) => worker.postMessage(message, transfer),
        terminate: () => worker.terminate(),
      };
    },
    close: () => URL.revokeObjectURL(address),
  };
}

/** What a worker of the web has and a thread of Node has not. */
const webNames = `
const { parentPort } = process.getBuiltinModule('node:worker_threads');
const postMessage = (message, transfer) => parentPort.postMessage(message, transfer);
let onmessage;
parentPort.on('message', (data) => onmessage({ data }));
`;

function nodeStarter(script: string, Worker: typeof NodeWorker): WorkerStarter {
  return {
    start(name, { onAnswer, onError }) {
      const worker = new Worker(webNames + script, { eval: true, name, execArgv: [] });
      // A model that waits for inputs keeps no process from ending; one that computes does.
      worker.unref();
      worker.on('message', (answer) => {
        worker.unref();
        onAnswer(answer);
      });
      worker.on('error', (error) => onError(String(error)));
      return {
        post(message, transfer) {
          worker.ref();
          worker.postMessage(message, transfer as ArrayBuffer[]);
        },
        terminate: () => void worker.terminate(),
      };
    },
    close() {},
  };
}
