// Sound of any length, a window at a time: what labels over whole recordings, events and timelines stand on.

import { checkOptions } from '@audiozoo/core/plugin';
import type { AudioPieces, AudioSource } from '@audiozoo/features';
import { openWindows, type TimedWindow } from '../sound/open-windows.js';
import { type AudioClassifier, checkClassifier } from './classifier.js';
import { type WindowOptions, windowOptionKinds } from './classify-options.js';
import { scoresOf } from './scores.js';

/** What is heard in a part of a recording. Times in seconds of the recording. */
export interface ScoredWindow extends Omit<TimedWindow, 'samples'> {
  /** From 0 to 1, in the order of the labels: [labels]. */
  readonly scores: Float64Array;
}

/**
 * Scores sound of any length window by window, as it is read: files are decoded in a stream, and memory stays
 * flat however long they are. Takes classifiers in workers and ensembles too.
 *
 *     for await (const { start, end, scores } of classifyWindows(classifier, 'talk.wav', { hop: 1 })) …
 *
 * The last window holds what is left of the sound and is padded as every short clip is; when that is less
 * than the model's shortest clip (`frontEnd.minSamples`, 25 ms for AST) it is left out. Throws `argument` errors
 * for windows and hops that do not fit, those of reading, `audio-too-short` when there is no window at all,
 * `runtime` when the model's output is not finite, and the signal's reason when aborted.
 */
export async function* classifyWindows(
  classifier: Pick<AudioClassifier, 'frontEnd' | 'problemType' | 'logits' | 'decoders'>,
  sound: AudioSource | AudioPieces,
  options: WindowOptions = {},
): AsyncGenerator<ScoredWindow, void, undefined> {
  checkOptions('classifyWindows', options, windowOptionKinds);
  checkClassifier(classifier, 'logits');
  const { batch = 1, onProgress, ...windowOptions } = options;
  const { start: begin = 0, signal, kernel } = windowOptions;
  const { frontEnd, problemType } = classifier;
  const decoders = windowOptions.decoders ?? classifier.decoders;
  const { seconds, windows } = await openWindows(frontEnd, sound, { ...windowOptions, decoders });

  async function* score(clips: readonly TimedWindow[]): AsyncGenerator<ScoredWindow, void, undefined> {
    signal?.throwIfAborted();
    const { data, shape } = await classifier.logits(
      clips.map(({ samples }) => ({ samples, sampleRate: frontEnd.sampleRate })),
      { kernel, signal },
    );
    const labels = shape[1]!;
    yield* clips.map(({ samples: _, ...times }, row) => ({
      ...times,
      scores: scoresOf(data.subarray(row * labels, (row + 1) * labels), problemType),
    }));
    onProgress?.({ done: clips.at(-1)!.end - begin, total: seconds, unit: 'seconds' });
  }

  const waiting: TimedWindow[] = [];
  for await (const next of windows) {
    waiting.push(next);
    if (waiting.length === batch) yield* score(waiting.splice(0));
  }
  if (waiting.length > 0) yield* score(waiting);
}
