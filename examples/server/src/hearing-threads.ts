// Several threads that hear, as one: whoever has the least to do is asked next, who dies is replaced, and what it had
// to do is done by another.

import { setTimeout as sleep } from 'node:timers/promises';
import { abortable } from './abortable.js';
import { aboutToStop } from './about-to-stop.js';
import type { Heard, Hearing, Question, Tell, ThreadCounts, Topic } from './hearing.js';
import type { HearingThread } from './hearing-thread.js';
import { Problem } from './problem.js';

export interface HearingThreads extends Hearing {
  readonly counts: ThreadCounts;
  /** Refuses what comes, cancels what is under way, and ends the threads as soon as that has stopped. */
  close(): Promise<void>;
}

/** Milliseconds until a start that failed is tried again: twice as many after each, up to the most. */
export interface BackOff {
  readonly first: number;
  readonly most: number;
}

/** How often a question that waits for a thread looks for one, in milliseconds. Few ever do. */
const look = 20;
/** Milliseconds in which a thread that is deaf comes to itself or is replaced. */
const deafPatience = 1500;

/**
 * Starts threads. Rejects when one of them does not come to be ready; of those that die later, or cannot be replaced
 * then, `onFailure` hears.
 */
export async function startHearingThreads(
  count: number,
  start: () => Promise<HearingThread>,
  onFailure: (error: unknown) => void,
  backOff: BackOff = { first: 500, most: 30_000 },
): Promise<HearingThreads> {
  // All of them, even when one has failed: the process must not end while another is in native code.
  const started = await Promise.allSettled(Array.from({ length: count }, start));
  const threads = started.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = started.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await Promise.all(threads.map((thread) => thread.close()));
    throw failed.reason;
  }
  const closing = new AbortController();
  const counts = { replaced: 0, failedStarts: 0, retried: 0 };
  /** Whether the last start that was tried has failed. */
  let cannotStart = false;
  /** Those that hear something on which another thread may have died. */
  const endangered = new Set<HearingThread>();

  async function keep(index: number): Promise<void> {
    for (;;) {
      await threads[index]!.ended;
      if (closing.signal.aborted) return;
      onFailure(threads[index]!.end);
      const next = await startAnother();
      if (!next) return;
      threads[index] = next;
      counts.replaced++;
      if (closing.signal.aborted) await next.close();
    }
  }

  /** Undefined when it is told to close before that succeeds. */
  async function startAnother(): Promise<HearingThread | undefined> {
    const { signal } = closing;
    for (let wait = backOff.first; !signal.aborted; wait = Math.min(2 * wait, backOff.most)) {
      try {
        const thread = await start();
        cannotStart = false;
        return thread;
      } catch (error) {
        cannotStart = true;
        counts.failedStarts++;
        onFailure(error);
      }
      await sleep(wait, undefined, { signal, ref: false }).catch(() => {});
    }
    return undefined;
  }
  const kept = threads.map((_, index) => keep(index));

  /**
   * Uses the thread that has the least to do. One that stands still is not used, unless there is no other for longer
   * than that should last.
   */
  async function onThread<Result>(
    use: (thread: HearingThread) => Promise<Result>,
    signal: AbortSignal,
    fits: (thread: HearingThread) => boolean = () => true,
  ): Promise<Result> {
    const begun = performance.now();
    for (;;) {
      if (closing.signal.aborted) throw aboutToStop(); // a thread that closes would end before its answer
      const alive = threads.filter((thread) => !thread.end);
      if (alive.length === 0 && cannotStart) throw nobodyHears();
      const mayBeDeaf = performance.now() - begun > deafPatience;
      const fitting = alive.filter((thread) => fits(thread) && (mayBeDeaf || !thread.isDeaf));
      if (fitting.length > 0) {
        return use(fitting.reduce((best, thread) => (thread.busy < best.busy ? thread : best)));
      }
      await sleep(look);
      signal.throwIfAborted();
    }
  }

  /** Each on a thread where no other such question is: what ended one thread takes no innocent with it twice. */
  function hearAgain<About extends Topic>(
    question: Question<About>,
    signal: AbortSignal,
    tell: Tell | undefined,
  ): Promise<Heard<About>> {
    counts.retried++;
    const hear = async (thread: HearingThread) => {
      endangered.add(thread);
      try {
        return await thread.hear(question, signal, tell);
      } finally {
        endangered.delete(thread);
      }
    };
    return onThread(hear, signal, (thread) => !endangered.has(thread));
  }

  return {
    models: threads[0]!.models,
    counts: {
      get ready() {
        return threads.filter((thread) => !thread.end).length;
      },
      get replaced() {
        return counts.replaced;
      },
      get failedStarts() {
        return counts.failedStarts;
      },
      get retried() {
        return counts.retried;
      },
    },
    get failure() {
      return threads.find(({ failure }) => failure)?.failure;
    },
    async hear<About extends Topic>(
      question: Question<About>,
      signal: AbortSignal,
      tell?: Tell,
    ): Promise<Heard<About>> {
      let asked: HearingThread | undefined;
      const told = tell && tellingOnce(tell);
      try {
        return await onThread((thread) => (asked = thread).hear(question, signal, told?.()), signal);
      } catch (error) {
        if (!asked || error !== asked.end) throw error;
        if (closing.signal.aborted) throw aboutToStop();
        if (asked.lost === 1) throw error; // who was alone with a thread that died is no innocent
        return abortable(hearAgain(question, signal, told?.()), signal);
      }
    },
    listen(question, signal, tell) {
      return onThread((thread) => thread.listen!(question, signal, tell), signal);
    },
    async close() {
      closing.abort();
      await Promise.all(threads.map((thread) => thread.close()));
      await Promise.all(kept);
    },
  };
}

/** What is told again when a question is asked again comes through once: parts come in the same order. */
function tellingOnce(tell: Tell): () => Tell {
  let told = 0;
  return () => {
    let place = 0;
    return (part) => {
      if (++place <= told) return;
      told = place;
      tell(part);
    };
  };
}

function nobodyHears(): Problem {
  return new Problem(
    503,
    {
      code: 'runtime',
      what: 'every thread that hears has ended, and none could be started again',
      hint: 'Try again in 5 s: so does the server.',
    },
    5,
  );
}
