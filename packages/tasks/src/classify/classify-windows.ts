// Sound of any length, a window at a time: what labels over whole recordings, events and timelines stand on.

import { AudiozooError } from '@audiozoo/core';
import { checkOptions } from '@audiozoo/core/plugin';
import type { AudioPieces, AudioSource } from '@audiozoo/features';
import { windowSamples } from '../sound/clip-length.js';
import { cutWindows, type SoundWindow } from '../sound/cut-windows.js';
import { openSound } from '../sound/sound-pieces.js';
import { type AudioClassifier, checkClassifier } from './classifier.js';
import { type WindowOptions, windowOptionKinds } from './classify-options.js';
import { scoresOf } from './scores.js';

/** What is heard in a part of a recording. Times in seconds of the recording. */
export interface ScoredWindow {
  readonly start: number;
  readonly end: number;
  /** The moment that it stands for: its middle, as if it were not cut at the ends of the sound. */
  readonly time: number;
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
  const { window, hop, centered = false, batch = 1, onProgress, ...audioOptions } = options;
  const { sampleRate, minSamples, maxSamples } = classifier.frontEnd;
  const length = window === undefined ? windowSamples(classifier.frontEnd) : Math.round(window * sampleRate);
  if (!(length >= minSamples && length <= maxSamples)) {
    const [least, most] = [minSamples, maxSamples].map((samples) => samples / sampleRate);
    throw refuse('the window does not fit the model', `${least} to ${most} seconds`, `${window}`);
  }
  const hopSamples = hop === undefined ? length : Math.round(hop * sampleRate);
  if (!(hopSamples >= 1 && hopSamples < Infinity)) {
    throw refuse('the hop is not a time', 'seconds, above 0', `${hop}`);
  }
  const { start: begin = 0, signal, kernel } = audioOptions;
  const decoders = audioOptions.decoders ?? classifier.decoders;
  const pieces = await openSound(sound, sampleRate, { ...audioOptions, decoders });

  async function* score(windows: readonly SoundWindow[]): AsyncGenerator<ScoredWindow, void, undefined> {
    signal?.throwIfAborted();
    const { data, shape } = await classifier.logits(
      windows.map(({ samples }) => ({ samples, sampleRate })),
      { kernel, signal },
    );
    const labels = shape[1]!;
    const scored = windows.map(({ position, first, end }, row) => ({
      start: begin + first / sampleRate,
      end: begin + end / sampleRate,
      time: begin + (position + length / 2) / sampleRate,
      scores: scoresOf(data.subarray(row * labels, (row + 1) * labels), classifier.problemType),
    }));
    yield* scored;
    onProgress?.({ done: scored.at(-1)!.end - begin, total: pieces.seconds, unit: 'seconds' });
  }

  const waiting: SoundWindow[] = [];
  const grid = { length, hop: hopSamples, centered, minSamples };
  for await (const next of cutWindows(pieces, grid)) {
    waiting.push(next);
    if (waiting.length === batch) yield* score(waiting.splice(0));
  }
  if (waiting.length > 0) yield* score(waiting);
}

function refuse(what: string, expected: string, got: string): AudiozooError {
  return new AudiozooError({ code: 'argument', what, expected, got });
}
