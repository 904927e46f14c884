// Clips of several requests in one run of a model: those that come within a wait of the first, or while the run before
// goes on.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Audio } from '@audiozoo/features';
import { abortable } from './abortable.js';
import type { Classifier } from './classifier.js';

export interface BatchLimits {
  /** Milliseconds that a clip waits for others. */
  readonly wait: number;
  /** Clips in a run, at most. */
  readonly most: number;
}

interface Waiting {
  readonly clip: Audio;
  readonly signal: AbortSignal;
  resolve(logits: Float32Array): void;
  reject(error: unknown): void;
}

/**
 * A function from a clip to its logits: [labels]. Rejects with the signal's reason as soon as that is aborted, which
 * takes nothing from the others, and with what the model throws at this clip alone.
 */
export function clipBatches(classifier: Pick<Classifier, 'logits'>, { wait, most }: BatchLimits) {
  let waiting: Waiting[] = [];
  let isRunning = false;
  let fill = () => {};

  async function run(clips: readonly Waiting[]): Promise<void> {
    if (clips.length === 0) return;
    try {
      const { data, shape } = await classifier.logits(clips.map(({ clip }) => clip));
      const labels = shape[1]!;
      for (const [row, { resolve }] of clips.entries()) {
        resolve(data.slice(row * labels, (row + 1) * labels));
      }
    } catch (error) {
      if (clips.length === 1) return clips[0]!.reject(error);
      for (const clip of clips) await run([clip]); // one that the model refuses is no fault of the others
    }
  }

  async function runAll(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) {
      if (waiting.length < most) {
        const full = new Promise<void>((resolve) => (fill = resolve));
        await Promise.race([sleep(wait), full]);
      }
      const wanted = waiting.filter(({ signal }) => !signal.aborted);
      waiting = wanted.splice(most);
      await run(wanted);
    }
    isRunning = false;
  }

  return (clip: Audio, signal: AbortSignal): Promise<Float32Array> => {
    const logits = new Promise<Float32Array>((resolve, reject) => {
      waiting.push({ clip, signal, resolve, reject });
    });
    if (waiting.length >= most) fill();
    if (!isRunning) void runAll();
    return abortable(logits, signal);
  };
}
