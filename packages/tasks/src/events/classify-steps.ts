// Sound of any length through a model that answers along time: windows overlap, and each tells only of its middle,
// where it knows what comes before and after.

import { AudiozooError } from '@audiozoo/core';
import type { AudioPieces, AudioSource } from '@audiozoo/features';
import type { AnswersAlongTime, AudioClassifier } from '../classify/classifier.js';
import type { WindowOptions } from '../classify/classify-options.js';
import type { ScoredWindow } from '../classify/classify-windows.js';
import { scoresOf } from '../classify/scores.js';
import { windowSamples } from '../sound/clip-length.js';
import { cutWindows } from '../sound/cut-windows.js';
import { openSound } from '../sound/sound-pieces.js';

export interface StepOptions extends Omit<WindowOptions, 'centered' | 'batch'> {}

/**
 * The scores of each step, in the order of time. Windows are half their length apart when `hop` is absent; steps belong
 * to the window whose middle is nearest. Memory is bounded by one window, its steps and one piece. Throws as
 * `classifyWindows` does.
 */
export async function* classifySteps(
  classifier: Pick<AudioClassifier, 'frontEnd' | 'problemType' | 'decoders'>,
  { secondsPerStep, logits }: AnswersAlongTime,
  sound: AudioSource | AudioPieces,
  options: StepOptions = {},
): AsyncGenerator<ScoredWindow, void, undefined> {
  const { frontEnd, problemType } = classifier;
  const { sampleRate, minSamples, maxSamples } = frontEnd;
  const { window, hop, onProgress, ...audioOptions } = options;
  const { start: begin = 0, signal, kernel } = audioOptions;
  const step = secondsPerStep * sampleRate;
  const length = window === undefined ? windowSamples(frontEnd) : Math.round(window * sampleRate);
  if (!(length >= Math.max(minSamples, 2 * step) && length <= maxSamples)) {
    const [least, most] = [Math.max(minSamples, 2 * step), maxSamples].map((samples) => samples / sampleRate);
    throw refuse('the window does not fit the model', `${least} to ${most} seconds`, `${window}`);
  }
  const stepsApart = Math.floor((hop === undefined ? length / 2 : hop * sampleRate) / step + 1e-9);
  if (!(stepsApart >= 1 && stepsApart * step <= length)) {
    const range = `${secondsPerStep} to ${length / sampleRate} seconds, the window`;
    throw refuse('the hop does not fit the window', range, `${hop}`);
  }
  const stepsLeftOut = Math.floor((length / step - stepsApart) / 2); // at the beginning of each window but the first
  const decoders = audioOptions.decoders ?? classifier.decoders;
  const pieces = await openSound(sound, sampleRate, { ...audioOptions, decoders });

  const grid = { length, hop: Math.round(stepsApart * step), centered: false, minSamples };
  let waiting: ScoredWindow[] = []; // the latest window's steps, of which the next may know more
  let firstStep = 0; // of the window, counted from the beginning of the sound
  for await (const { samples, end } of cutWindows(pieces, grid)) {
    signal?.throwIfAborted();
    const { data, shape } = await logits({ samples, sampleRate }, { kernel, signal });
    const [, steps, labels] = shape as readonly [number, number, number];
    const from = firstStep === 0 ? 0 : stepsLeftOut;
    const scored: ScoredWindow[] = [];
    const seconds = end / sampleRate;
    for (let place = from; place < steps; place++) {
      const start = (firstStep + place) * secondsPerStep;
      if (start >= seconds) break; // padding
      scored.push({
        start: begin + start,
        end: begin + Math.min(start + secondsPerStep, seconds),
        time: begin + start + secondsPerStep / 2,
        scores: scoresOf(data.subarray(place * labels, (place + 1) * labels), problemType),
      });
    }
    // The next window, if there is one, tells from `stepsLeftOut` of its own on.
    const kept = stepsApart + stepsLeftOut - from;
    yield* scored.slice(0, kept);
    waiting = scored.slice(kept);
    firstStep += stepsApart;
    onProgress?.({ done: seconds, total: pieces.seconds, unit: 'seconds' });
  }
  yield* waiting;
}

function refuse(what: string, expected: string, got: string): AudiozooError {
  return new AudiozooError({ code: 'argument', what, expected, got });
}
