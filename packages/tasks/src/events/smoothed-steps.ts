import { AudiozooError } from '@audiozoo/core';
import { checkOptions, describeValue, type OptionKinds } from '@audiozoo/core/plugin';
import type { ScoredWindow } from '../classify/classify-windows.js';
import { boundaryBetween, type TimedScores } from './boundary-between.js';

export interface SmoothedStepsOptions {
  /** Windows or steps, an odd number, whose median takes the place of the score of the middle one: 3 when absent, 1 for none. */
  readonly medianFilter?: number | undefined;
}

const smoothedStepsOptionKinds = {
  medianFilter: 'number',
} as const satisfies OptionKinds<SmoothedStepsOptions>;

/**
 * Windows in the order of time, which may overlap, as steps of which each begins where the one before ends, smoothed: what
 * `detectEvents` compares with its thresholds, for `detectionScore`. A window speaks up to where it meets the
 * next, or half way to its middle; the first and last also for the ends of the sound. Throws `argument` errors for options that do not fit.
 */
export function smoothedSteps(
  windows: readonly TimedScores[],
  options: SmoothedStepsOptions = {},
): Pick<ScoredWindow, 'start' | 'end' | 'scores'>[] {
  checkOptions('smoothedSteps', options, smoothedStepsOptionKinds);
  const { medianFilter = 3 } = options;
  if (!(medianFilter % 2 === 1 && medianFilter > 0)) {
    throw new AudiozooError({
      code: 'argument',
      what: 'the medianFilter cannot be used',
      expected: 'an odd number',
      got: describeValue(medianFilter),
      option: 'medianFilter',
    });
  }
  const last = windows.length - 1;
  return windows.map((window, place) => {
    const radius = Math.min((medianFilter - 1) / 2, place, last - place);
    const neighbors = windows.slice(place - radius, place + radius + 1);
    const values = new Float64Array(neighbors.length);
    return {
      start: place === 0 ? window.start : boundaryBetween(windows[place - 1]!, window),
      end: place === last ? window.end : boundaryBetween(window, windows[place + 1]!),
      scores: window.scores.map((_, label) => {
        neighbors.forEach((neighbor, index) => {
          values[index] = neighbor.scores[label]!;
        });
        return values.sort()[radius]!;
      }),
    };
  });
}
