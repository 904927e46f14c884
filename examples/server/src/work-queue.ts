// As many requests at once as keep the cores busy, as many more that wait, and no more: a queue without an end
// would answer all of them too late.

import { Problem } from './problem.js';

export interface WorkQueueOptions {
  /** How many work at the same time. */
  readonly atOnce: number;
  /** How many more may wait when another comes. */
  readonly waiting: number;
  /** How many may come at the same time. */
  readonly arriving: number;
}

export interface WorkQueue {
  /** Requests whose body is still to come. */
  readonly arriving: number;
  /** Requests that are whole and wait for their turn. */
  readonly waiting: number;
  /** Requests that work. */
  readonly working: number;
  /**
   * Lets a request in, `receive`s it, and `work`s when it is its turn. Who comes slowly keeps nobody from working,
   * and whoever was let in and has sent everything is not sent away. Throws a 503 problem when there is no room,
   * and the signal's reason when aborted while it waits.
   */
  run<Received, Result>(
    receive: () => Promise<Received>,
    work: (received: Received) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result>;
  /** Resolves when there is no request left. */
  empty(): Promise<void>;
}

/** How much the newest work counts in the time that the next is expected to take. */
const newest = 0.1;

export function createWorkQueue(most: WorkQueueOptions): WorkQueue {
  let arriving = 0;
  let working = 0;
  let present = 0;
  let usualSeconds = 0.1;
  const turns: (() => void)[] = [];
  const whenEmpty: (() => void)[] = [];

  function checkRoom(): void {
    const whole = working + turns.length;
    if (whole >= most.atOnce + most.waiting) {
      throw noRoom('the queue is full', whole, Math.ceil((usualSeconds * whole) / most.atOnce));
    }
    if (arriving >= most.arriving) throw noRoom('too many requests are being sent', arriving, 1);
  }

  async function arrive<Received>(receive: () => Promise<Received>): Promise<Received> {
    arriving++;
    try {
      return await receive();
    } finally {
      arriving--;
    }
  }

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
    get arriving() {
      return arriving;
    },
    get waiting() {
      return turns.length;
    },
    get working() {
      return working;
    },
    async run(receive, work, signal) {
      checkRoom();
      present++;
      try {
        const received = await arrive(receive);
        await turn(signal);
        const begun = performance.now();
        try {
          return await work(received);
        } finally {
          usualSeconds += newest * ((performance.now() - begun) / 1000 - usualSeconds);
          next();
        }
      } finally {
        present--;
        if (present === 0) for (const resolve of whenEmpty.splice(0)) resolve();
      }
    },
    empty: () => (present === 0 ? Promise.resolve() : new Promise((resolve) => whenEmpty.push(resolve))),
  };
}

function noRoom(what: string, requests: number, estimate: number): Problem {
  const seconds = Math.max(1, estimate);
  const got = `${requests} under way`;
  return new Problem(503, { code: 'runtime', what, got, mend: `Try again in ${seconds} s.` }, seconds);
}
