// Answers of windows that overlap, joined to one for each step: their mean, in which each counts for what it knows. The
// weights fall to nothing where a window's part in the answer ends, so that scores go on smoothly from window to window.

import { averageScores } from '../classify/average-scores.js';

export interface JoinedStep {
  /** Counted from the beginning of the sound. */
  readonly step: number;
  readonly scores: Float64Array;
}

export interface StepJoiner {
  /** Takes a window's scores, of consecutive steps. `weightOf` is asked with a step's place, and whether any window told of it. */
  add(
    firstStep: number,
    scores: readonly Float64Array[],
    weightOf: (place: number, isTold: boolean) => number,
  ): void;
  /** The steps before this one, of which no other window will tell. What no window told of is left out. */
  take(before: number): JoinedStep[];
}

export function createStepJoiner(): StepJoiner {
  const waiting: { readonly scores: Float64Array[]; readonly weights: number[] }[] = [];
  let taken = 0; // steps before those that wait
  return {
    add(firstStep, scores, weightOf) {
      scores.forEach((told, place) => {
        const index = firstStep + place - taken;
        if (index < 0) return;
        while (waiting.length <= index) waiting.push({ scores: [], weights: [] });
        const step = waiting[index]!;
        const weight = weightOf(place, step.scores.length > 0);
        if (weight === 0) return;
        step.scores.push(told);
        step.weights.push(weight);
      });
    },
    take(before) {
      const first = taken;
      const done = waiting.splice(0, Math.max(0, before - taken));
      taken += done.length;
      return done.flatMap(({ scores, weights }, index) =>
        scores.length === 0 ? [] : [{ step: first + index, scores: averageScores(scores, weights) }],
      );
    },
  };
}
