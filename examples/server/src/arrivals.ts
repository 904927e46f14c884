// Bodies on their way. Whoever sends too slowly is sent away, and loses the place at once to others who want it; so
// those who dawdle, however many, never keep out those who do not.

import { abortable } from './abortable.js';
import { Problem } from './problem.js';
import type { Sender } from './sender.js';

export interface ArrivalLimits {
  /** Bodies at the same time. */
  readonly most: number;
  /** The same from one network. */
  readonly perNetwork: number;
  /** Bytes a second that a body must come with. */
  readonly leastRate: number;
  /** Seconds by which it may be behind that. */
  readonly grace: number;
}

/** Why a body was not taken to its end. */
export type Refusal =
  | 'slow' // it came too slowly
  | 'displaced' // it came slowly, and another wanted its place
  | 'share' // its network had as many as it may
  | 'full'; // there were as many as may be

export interface Arrivals {
  /** Bodies that are still to come. */
  readonly count: number;
  readonly refused: Readonly<Record<Refusal, number>>;
  /**
   * Receives a body when there is room for it. Throws a 503 or 429 problem when there is none. Aborts the request with
   * a 408 problem when it comes too slowly.
   */
  receive<Received>(
    sender: Sender,
    receive: () => Promise<Received>,
    request: AbortController,
  ): Promise<Received>;
}

interface Arrival {
  readonly sender: Sender;
  readonly request: AbortController;
  seen: number;
  /** Bytes that it is ahead of what it must have come with. It begins with some, and may save up twice as many. */
  credit: number;
}

/** How often senders are looked at, in milliseconds. */
const look = 250;

export function createArrivals({ most, perNetwork, leastRate, grace }: ArrivalLimits): Arrivals {
  const first = leastRate * grace;
  const arrivals = new Set<Arrival>(); // the oldest in front
  const refused: Record<Refusal, number> = { slow: 0, displaced: 0, share: 0, full: 0 };
  let looking: NodeJS.Timeout | undefined;
  let looked = 0;

  function judge(): void {
    const now = performance.now();
    // When this process itself stood still, nobody could be seen to send.
    const seconds = Math.min(now - looked, 2 * look) / 1000;
    looked = now;
    for (const arrival of arrivals) {
      const bytes = arrival.sender.bytes();
      const saved = Math.min(2 * first, arrival.credit + bytes - arrival.seen);
      arrival.seen = bytes;
      arrival.credit = saved - leastRate * seconds;
    }
  }

  function dismissSlow(): void {
    judge();
    for (const arrival of arrivals) if (arrival.credit < 0) dismiss(arrival, 'slow');
  }

  function dismiss(arrival: Arrival, refusal: 'slow' | 'displaced'): void {
    refused[refusal]++;
    leave(arrival);
    arrival.request.abort(tooSlow(refusal, leastRate));
  }

  function enter(arrival: Arrival): void {
    arrivals.add(arrival);
    if (looking) return;
    looked = performance.now();
    looking = setInterval(dismissSlow, look).unref();
  }

  function leave(arrival: Arrival): void {
    arrivals.delete(arrival);
    if (arrivals.size > 0) return;
    clearInterval(looking);
    looking = undefined;
  }

  /** Takes the place of the slowest of these, unless all of them come as fast as they must. */
  function displace(candidates: readonly Arrival[]): boolean {
    judge();
    const slowest = candidates.reduce((worst, arrival) => (arrival.credit < worst.credit ? arrival : worst));
    if (slowest.credit >= first) return false;
    dismiss(slowest, 'displaced');
    return true;
  }

  function makeRoom(network: string): void {
    const neighbors = Array.from(arrivals).filter(({ sender }) => sender.network === network);
    if (neighbors.length >= perNetwork && !displace(neighbors)) {
      refused.share++;
      throw noRoom(429, 'too many requests are being sent from one address', neighbors.length);
    }
    if (arrivals.size >= most && !displace(Array.from(arrivals))) {
      refused.full++;
      throw noRoom(503, 'too many requests are being sent', arrivals.size);
    }
  }

  return {
    refused,
    get count() {
      return arrivals.size;
    },
    async receive(sender, receive, request) {
      makeRoom(sender.network);
      const arrival = { sender, request, seen: sender.bytes(), credit: first };
      enter(arrival);
      try {
        return await abortable(receive(), request.signal);
      } finally {
        leave(arrival);
      }
    },
  };
}

function tooSlow(refusal: 'slow' | 'displaced', leastRate: number): Problem {
  const others = refusal === 'displaced' ? ', and others wait' : '';
  return new Problem(408, {
    code: 'argument',
    what: `the body came too slowly${others}`,
    expected: `at least ${leastRate} bytes a second`,
    hint: 'Send less at a time, or over a faster connection.',
  });
}

function noRoom(status: number, what: string, requests: number): Problem {
  const got = `${requests} under way`;
  return new Problem(status, { code: 'runtime', what, got, hint: 'Try again in 1 s.' }, 1);
}
