// Clips that come one by one, to the model in batches of those that are there: none waits for a batch to fill.

import type { Audio, AudioOptions } from '@audiozoo/features';
import type { AudioClassifier } from './classifier.js';

export interface ClipBatchesOptions extends Pick<AudioOptions, 'kernel' | 'signal'> {
  /** Clips per run of the model, at most. */
  readonly batch: number;
  /** Runs at a time, with the making of their inputs. */
  readonly concurrency: number;
}

interface Waiting {
  readonly clip: Audio;
  resolve(logits: Float32Array): void;
  reject(error: unknown): void;
}

/** A function from a clip to its logits: [labels]. */
export function clipBatches(
  classifier: Pick<AudioClassifier, 'logits'>,
  { batch, concurrency, ...options }: ClipBatchesOptions,
): (clip: Audio) => Promise<Float32Array> {
  const waiting: Waiting[] = [];
  let runs = 0;

  const run = async (clips: readonly Waiting[]): Promise<void> => {
    try {
      const { data, shape } = await classifier.logits(
        clips.map(({ clip }) => clip),
        options,
      );
      const labels = shape[1]!;
      for (const [row, { resolve }] of clips.entries()) {
        resolve(data.slice(row * labels, (row + 1) * labels)); // the reader's own, to keep or to post
      }
    } catch (error) {
      if (clips.length === 1) return clips[0]!.reject(error);
      // One clip that the model refuses must not take the others with it.
      for (const clip of clips) await run([clip]);
    }
  };
  const start = (): void => {
    while (runs < concurrency && waiting.length > 0) {
      runs++;
      void run(waiting.splice(0, batch)).then(() => {
        runs--;
        start();
      });
    }
  };
  return (clip) =>
    new Promise((resolve, reject) => {
      waiting.push({ clip, resolve, reject });
      start();
    });
}
