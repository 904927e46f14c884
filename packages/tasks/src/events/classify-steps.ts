// Sound of any length through a model that answers along time: windows overlap, and count most in their middles, where
// they know what comes before and after.

import { AudiozooError } from '@audiozoo/core';
import type { AudioPieces, AudioSource } from '@audiozoo/features';
import type { AnswersAlongTime, AudioClassifier } from '../classify/classifier.js';
import type { WindowOptions } from '../classify/classify-options.js';
import type { ScoredWindow } from '../classify/classify-windows.js';
import { scoresOf } from '../classify/scores.js';
import { windowLength } from '../sound/clip-length.js';
import { cutWindows, type SoundWindow } from '../sound/cut-windows.js';
import { openSound } from '../sound/sound-pieces.js';
import { createStepJoiner } from './step-joiner.js';

export interface StepOptions extends Omit<WindowOptions, 'centered'> {
  readonly hop: number;
}

/**
 * The scores of each step, in the order of time. A step's scores
 * are the mean of those that windows give it, weighed by a squared sine over the window. Memory is bounded by a batch of
 * windows, their steps and one piece. Throws as `classifyWindows` does.
 */
export async function* classifySteps(
  classifier: Pick<AudioClassifier, 'frontEnd' | 'problemType' | 'decoders'>,
  alongTime: AnswersAlongTime,
  sound: AudioSource | AudioPieces,
  options: StepOptions,
): AsyncGenerator<ScoredWindow, void, undefined> {
  const { secondsPerStep } = alongTime;
  const { frontEnd, problemType } = classifier;
  const { sampleRate, minSamples } = frontEnd;
  const { window, hop, batch = 1, onProgress, ...audioOptions } = options;
  const { start: begin = 0, signal, kernel } = audioOptions;
  const step = secondsPerStep * sampleRate;
  const length = windowLength(window, frontEnd, 2 * step);
  const stepsApart = Math.floor((hop * sampleRate) / step + 1e-9);
  if (!(stepsApart >= 1 && stepsApart * step <= length)) {
    throw new AudiozooError({
      code: 'argument',
      what: 'the hop does not fit the window',
      expected: `${secondsPerStep} to ${length / sampleRate} seconds, the window`,
      got: `${hop}`,
      option: 'hop',
    });
  }
  const decoders = audioOptions.decoders ?? classifier.decoders;
  const pieces = await openSound(sound, sampleRate, { ...audioOptions, decoders });
  const joiner = createStepJoiner();
  const weightOf = (place: number) => Math.sin((Math.PI * (place + 0.5)) / Math.ceil(length / step)) ** 2;
  let firstStep = 0; // of the next window, counted from the beginning of the sound
  let seconds = 0; // heard

  const timed = ({
    step,
    scores,
  }: {
    readonly step: number;
    readonly scores: Float64Array;
  }): ScoredWindow => {
    const start = step * secondsPerStep;
    return {
      start: begin + start,
      end: begin + Math.min(start + secondsPerStep, seconds),
      time: begin + start + secondsPerStep / 2,
      scores,
    };
  };

  async function* score(windows: readonly SoundWindow[]): AsyncGenerator<ScoredWindow, void, undefined> {
    if (windows.length === 0) return;
    signal?.throwIfAborted();
    const clips = windows.map(({ samples }) => ({ samples, sampleRate }));
    const answers = stepsOf(await alongTime.logits(clips, { kernel, signal }));
    for (const [place, { end }] of windows.entries()) {
      seconds = end / sampleRate;
      // Steps behind the end tell of padding.
      const steps = Math.min(
        answers[place]!.length,
        Math.ceil((seconds - firstStep * secondsPerStep) / secondsPerStep - 1e-9),
      );
      joiner.add(
        firstStep,
        answers[place]!.slice(0, steps).map((logits) => scoresOf(logits, problemType)),
        weightOf,
      );
      firstStep += stepsApart;
      yield* joiner.take(firstStep).map(timed);
    }
    onProgress?.({ done: seconds, total: pieces.seconds, unit: 'seconds' });
  }

  let waiting: SoundWindow[] = [];
  const grid = { length, hop: Math.round(stepsApart * step), centered: false, minSamples };
  for await (const next of cutWindows(pieces, grid)) {
    // Clips of one batch are of one length: the last window may be shorter.
    if (waiting.length === batch || waiting.some(({ samples }) => samples.length !== next.samples.length)) {
      yield* score(waiting);
      waiting = [];
    }
    waiting.push(next);
  }
  yield* score(waiting);
  yield* joiner.take(Number.POSITIVE_INFINITY).map(timed);
}

/** Of each clip the logits of each step. */
export function stepsOf({
  data,
  shape,
}: {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}): Float32Array[][] {
  const [clips, steps, labels] = shape as readonly [number, number, number];
  return Array.from({ length: clips }, (_, clip) =>
    Array.from({ length: steps }, (_, step) => {
      const first = (clip * steps + step) * labels;
      return data.subarray(first, first + labels);
    }),
  );
}
