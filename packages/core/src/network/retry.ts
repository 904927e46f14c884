// Trying again, as long as it gets somewhere.

import { TransientError } from './failure.js';

export interface RetryPolicy {
  /** Failures in a row after which to give up. */
  readonly failures: number;
  /** Milliseconds before the second try; each further wait is twice as long. */
  readonly firstWait: number;
  /** Longest wait in milliseconds that a server may ask for. */
  readonly longestWait: number;
}

/** For a person who wants the file, however long it takes. */
export const patientPolicy: RetryPolicy = { failures: 6, firstWait: 1000, longestWait: 120_000 };

/** For whoever waits for a model, and wants to know soon that it does not come. */
export const briefPolicy: RetryPolicy = { failures: 3, firstWait: 250, longestWait: 10_000 };

export interface Retry {
  /** What went wrong. */
  readonly error: Error;
  /** Milliseconds until the next try. */
  readonly wait: number;
}

export interface RetryOptions {
  readonly policy?: RetryPolicy | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
}

/** A try that brings this much starts the count of failures over: the way is slow, not blocked. */
const worthwhileBytes = 2 ** 20;

/**
 * Runs `attempt` until it succeeds, fails for good, or fails too often in a row. It reports the bytes that
 * it gained through `gained`.
 */
export async function persevere<T>(
  attempt: (gained: (bytes: number) => void) => Promise<T>,
  { policy = briefPolicy, signal, onRetry }: RetryOptions,
): Promise<T> {
  for (let failures = 0; ; ) {
    let bytes = 0;
    try {
      return await attempt((more) => {
        bytes += more;
      });
    } catch (failure) {
      signal?.throwIfAborted();
      if (!(failure instanceof TransientError)) throw failure;
      const { error, retryAfter } = failure;
      failures = bytes >= worthwhileBytes ? 1 : failures + 1;
      if (failures >= policy.failures || retryAfter > policy.longestWait) throw error;
      // Not all at the same moment, where a server comes back to many who wait for it.
      const backoff = policy.firstWait * 2 ** (failures - 1) * (1 + Math.random() / 4);
      const wait = Math.max(retryAfter, backoff);
      onRetry?.({ error, wait });
      await sleep(wait, signal);
    }
  }
}

async function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener('abort', () => resolve(clearTimeout(timer)), { once: true });
  });
  signal?.throwIfAborted();
}
