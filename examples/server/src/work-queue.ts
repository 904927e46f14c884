// As many requests at once as keep the cores busy, as many more that wait, and no more: a queue without an end
// would answer all of them too late.

import { Problem } from './problem.js';

export interface WorkQueueOptions {
  /** How many work at the same time. */
  readonly atOnce: number;
  /** How many more may wait. */
  readonly waiting: number;
}

export interface WorkQueue {
  /** Requests that have a place and wait for their turn, or for the rest of their body. */
  readonly waiting: number;
  /** Requests that work. */
  readonly working: number;
  /**
   * Takes a place, which the request has from its first byte on, `receive`s, and `work`s when it is its turn.
   * Throws a 503 problem when there is no place, and the signal's reason when aborted while it waits.
   */
  run<Received, Result>(
    receive: () => Promise<Received>,
    work: (received: Received) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result>;
  /** Resolves when no request has a place. */
  empty(): Promise<void>;
}

/** How much the newest work counts in the time that the next is expected to take. */
const newest = 0.1;

export function createWorkQueue({ atOnce, waiting }: WorkQueueOptions): WorkQueue {
  let places = 0;
  let working = 0;
  let usualSeconds = 0.1;
  const turns: (() => void)[] = [];
  const whenEmpty: (() => void)[] = [];

  async function turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (working < atOnce) {
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
      return places - working;
    },
    get working() {
      return working;
    },
    async run(receive, work, signal) {
      if (places >= atOnce + waiting) {
        const seconds = Math.max(1, Math.ceil((usualSeconds * places) / atOnce));
        const got = `${places} requests under way`;
        const mend = `Try again in ${seconds} s.`;
        throw new Problem(503, { code: 'runtime', what: 'the queue is full', got, mend }, seconds);
      }
      places++;
      try {
        const received = await receive();
        await turn(signal);
        const begun = performance.now();
        try {
          return await work(received);
        } finally {
          usualSeconds += newest * ((performance.now() - begun) / 1000 - usualSeconds);
          next();
        }
      } finally {
        places--;
        if (places === 0) for (const resolve of whenEmpty.splice(0)) resolve();
      }
    },
    empty: () => (places === 0 ? Promise.resolve() : new Promise((resolve) => whenEmpty.push(resolve))),
  };
}
