// As many requests at once as keep the cores busy, as many more that wait, and no more: a queue without an end
// would answer all of them too late.

import { Problem } from './problem.js';

export interface WorkQueueOptions {
  /** How many work at the same time. */
  readonly atOnce: number;
  /** How many more may wait when another comes. */
  readonly waiting: number;
}

export interface WorkQueue {
  /** Requests that wait for their turn. */
  readonly waiting: number;
  /** Requests that work. */
  readonly working: number;
  /** Throws a 503 problem when no other should come. Who is let in then is not sent away later. */
  checkRoom(): void;
  /** Works when it is its turn. Throws the signal's reason when aborted while it waits. */
  run<Result>(work: () => Promise<Result>, signal: AbortSignal): Promise<Result>;
}

/** How much the newest work counts in the time that the next is expected to take. */
const newest = 0.1;

export function createWorkQueue(most: WorkQueueOptions): WorkQueue {
  let working = 0;
  let usualSeconds = 0.1;
  const turns: (() => void)[] = [];

  async function turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (working < most.atOnce) {
      working++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const leave = () => {
        turns.splice(turns.indexOf(begin), 1);
        reject(signal.reason);
      };
      const begin = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      signal.addEventListener('abort', leave, { once: true });
      turns.push(begin);
    });
  }

  /** Whoever is next works in the place of the one who is done. */
  function next(): void {
    const begin = turns.shift();
    if (begin) begin();
    else working--;
  }

  return {
    get waiting() {
      return turns.length;
    },
    get working() {
      return working;
    },
    checkRoom() {
      const whole = working + turns.length;
      if (whole < most.atOnce + most.waiting) return;
      const seconds = Math.max(1, Math.ceil((usualSeconds * whole) / most.atOnce));
      const got = `${whole} under way`;
      const hint = `Try again in ${seconds} s.`;
      throw new Problem(503, { code: 'runtime', what: 'the queue is full', got, hint }, seconds);
    },
    async run(work, signal) {
      await turn(signal);
      const begun = performance.now();
      try {
        return await work();
      } finally {
        usualSeconds += newest * ((performance.now() - begun) / 1000 - usualSeconds);
        next();
      }
    },
  };
}
