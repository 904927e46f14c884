import { AudiozooError } from '@audiozoo/core';
import { describeValue, listNames } from '@audiozoo/core/plugin';
import { areNumbers } from '../check-numbers.js';
import type { ScoredWindow } from '../classify/classify-windows.js';
import { checkEvent, type TimedEvent } from './clip-events.js';

/** A recording's events, and its scores along time. */
export interface ScoredClip {
  /** Its length. */
  readonly seconds: number;
  readonly reference: readonly TimedEvent[];
  /**
   * In the order of time, each beginning where the one before ends; scores in the order of the labels, −Infinity where
   * nothing is heard at any threshold.
   */
  readonly steps: readonly (Pick<ScoredWindow, 'start' | 'end'> & {
    readonly scores: Float32Array | Float64Array;
  })[];
}

/** Throws `argument` errors on steps with gaps, on events of other labels, and on a label without events. */
export function checkScoredClips(clips: readonly ScoredClip[], labels: readonly string[]): void {
  const known = new Set(labels);
  const missing = new Set(labels);
  clips.forEach(({ seconds, reference, steps }, clip) => {
    check(
      seconds > 0 && seconds < Infinity,
      `the length of clip ${clip}`,
      'seconds, above 0',
      describeValue(seconds),
    );
    for (const event of reference) {
      checkEvent(event);
      check(
        known.has(event.label),
        `an event of clip ${clip}`,
        'one of the labels',
        describeValue(event.label),
      );
      missing.delete(event.label);
    }
    steps.forEach(({ start, end, scores }, step) => {
      const fits = areNumbers(scores) && scores.length === labels.length && areRanks(scores);
      check(fits, `step ${step} of clip ${clip}`, `${labels.length} finite scores`, describeValue(scores));
      const follows = start < end && (step === 0 || Math.abs(start - steps[step - 1]!.end) < 1e-6);
      check(
        follows,
        `step ${step} of clip ${clip}`,
        'to begin where the one before ends',
        `${start} to ${end}`,
      );
    });
  });
  if (missing.size === 0 && labels.length > 0) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'labels without events cannot be judged',
    expected: 'an event of each label',
    got: `none of ${listNames([...missing])}`,
    hint: 'Leave out their scores.',
  });
}

function areRanks(scores: ArrayLike<number>): boolean {
  for (let label = 0; label < scores.length; label++) if (!(scores[label]! < Infinity)) return false;
  return true;
}

function check(fits: boolean, what: string, expected: string, got: string): void {
  if (!fits) throw new AudiozooError({ code: 'argument', what: `${what} cannot be used`, expected, got });
}
