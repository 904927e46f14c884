// Processes that tests begin and kill.

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ProducerTask, WorkerTask } from './tasks.js';

export interface TestProcess {
  readonly child: ChildProcess;
  /** All that it has said. */
  readonly said: () => string;
  /** Resolves once it has said this. */
  says(words: RegExp): Promise<void>;
  /** Resolves with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export const startWorker = (task: WorkerTask, options?: { readonly clock?: number }) =>
  start('worker-process.mjs', task, options);
export const startProducer = (task: ProducerTask) => start('producer-process.mjs', task);

/** `clock` shifts what the process takes for the time, in milliseconds. */
function start(script: string, task: unknown, { clock = 0 }: { readonly clock?: number } = {}): TestProcess {
  const wrong = `const now = Date.now.bind(Date); Date.now = () => now() + ${clock};`;
  const args = [
    ...(clock === 0 ? [] : ['--import', `data:text/javascript,${encodeURIComponent(wrong)}`]),
    ...[fileURLToPath(new URL(script, import.meta.url)), JSON.stringify(task)],
  ];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      text += data;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<number | string>((resolve) =>
    child.once('exit', (code, signal) => {
      resolve(code ?? signal!);
      for (const listener of listeners) listener();
    }),
  );
  return {
    child,
    ended,
    said: () => text,
    says: (words) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (words.test(text)) resolve();
          else if (child.exitCode !== null || child.signalCode !== null)
            reject(new Error(`it ended: ${text}`));
          else return;
          listeners.delete(look);
        };
        listeners.add(look);
        look();
      }),
  };
}
