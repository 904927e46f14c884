// Several threads that hear, as one: whoever has the least to do is asked next, and who dies is replaced.

import { aboutToStop } from './about-to-stop.js';
import type { Heard, Hearing, Question, Topic } from './hearing.js';
import type { HearingThread } from './hearing-thread.js';

export interface HearingThreads extends Hearing {
  /** Refuses what comes, cancels what is under way, and ends the threads as soon as that has stopped. */
  close(): Promise<void>;
}

/**
 * Starts threads. Rejects when one of them does not come to be ready; of those that die later, or cannot be replaced
 * then, `onFailure` hears.
 */
export async function startHearingThreads(
  count: number,
  start: () => Promise<HearingThread>,
  onFailure: (error: unknown) => void,
): Promise<HearingThreads> {
  // All of them, even when one has failed: the process must not end while another is in native code.
  const started = await Promise.allSettled(Array.from({ length: count }, start));
  const threads = started.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = started.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await Promise.all(threads.map((thread) => thread.close()));
    throw failed.reason;
  }
  let closing = false;

  async function keep(index: number): Promise<void> {
    for (;;) {
      await threads[index]!.ended;
      if (closing) return;
      onFailure(threads[index]!.failure);
      try {
        threads[index] = await start();
      } catch (error) {
        return onFailure(error);
      }
      if (closing) await threads[index].close();
    }
  }
  const kept = threads.map((_, index) => keep(index));

  return {
    models: threads[0]!.models,
    get failure() {
      return threads.find(({ failure }) => failure)?.failure;
    },
    async hear<About extends Topic>(question: Question<About>, signal: AbortSignal): Promise<Heard<About>> {
      if (closing) throw aboutToStop(); // a thread that closes would begin it, and end before its answer
      const next = threads.reduce((best, thread) => (prefers(thread, best) ? thread : best));
      return next.hear(question, signal);
    },
    async close() {
      closing = true;
      await Promise.all(threads.map((thread) => thread.close()));
      await Promise.all(kept);
    },
  };
}

/** Whether a question should go to the first rather than to the second. */
function prefers(first: HearingThread, second: HearingThread): boolean {
  if (first.failure || second.failure) return !first.failure;
  return first.busy < second.busy;
}
