// A reader that never returns cannot be stopped from within its thread: another one watches, keeps the input that it
// hangs on, and ends the process.

import { Worker } from 'node:worker_threads';
import { corpus } from './corpus.js';

const mostSeconds = 60;
const mostBytes = 2 ** 24;

export interface Watchdog {
  /** A case begins: the one before is done. */
  begin(reader: string, bytes: Uint8Array): void;
  /** Nothing is being read. */
  rest(): void;
}

export function createWatchdog(): Watchdog {
  const state = new Int32Array(new SharedArrayBuffer(8)); // which case, and its bytes
  const shared = new Uint8Array(new SharedArrayBuffer(mostBytes));
  const names = new Uint8Array(new SharedArrayBuffer(256));
  const code = `
    const { workerData: { state, shared, names, folder, mostSeconds } } = require('node:worker_threads');
    const { mkdirSync, writeFileSync } = require('node:fs');
    let last = 0;
    let since = Date.now();
    setInterval(() => {
      if (state[0] !== last || state[0] === 0) {
        last = state[0];
        since = Date.now();
      } else if (Date.now() - since > 1000 * mostSeconds) {
        const name = Buffer.from(names).toString().replace(/\\0+$/, '');
        mkdirSync(folder + '/' + name, { recursive: true });
        const path = folder + '/' + name + '/hang-' + last + '.bin';
        writeFileSync(path, Buffer.from(shared.slice(0, state[1])));
        console.error(path + ': does not return');
        process.kill(process.pid, 'SIGKILL');
      }
    }, 1000);`;
  const worker = new Worker(code, {
    eval: true,
    workerData: { state, shared, names, folder: corpus, mostSeconds },
  });
  worker.unref();
  let count = 0;
  return {
    begin(reader, bytes) {
      shared.set(bytes.subarray(0, mostBytes));
      names.fill(0);
      names.set(new TextEncoder().encode(reader));
      state[1] = Math.min(bytes.length, mostBytes);
      state[0] = ++count;
    },
    rest() {
      state[0] = 0;
    },
  };
}
