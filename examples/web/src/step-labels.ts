// The best labels of each step of a sound, in little memory: an hour has 90,000 steps.

import type { AudioClassifier, ScoredLabel, ScoredWindow } from '@audiozoo/tasks';

const kept = 5;

export interface StepLabels {
  /** Takes the scores of the next step. */
  push(step: Pick<ScoredWindow, 'scores'>): void;
  /** The best labels of the step at this time, best first; undefined where there is none. */
  at(seconds: number): ScoredLabel[] | undefined;
  /** The best of all that was pushed. */
  whole(): ScoredLabel[];
}

export function createStepLabels(labels: AudioClassifier['labels'], secondsPerStep: number): StepLabels {
  const width = Math.min(kept, labels.length);
  const highest = new Float64Array(labels.length);
  let places = new Uint16Array(1024 * width);
  let scores = new Float32Array(1024 * width);
  let steps = 0;

  const best = (values: Float64Array) =>
    [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b).slice(0, width);
  const scored = (index: number, score: number): ScoredLabel => ({
    label: labels[index]!.name,
    score,
    index,
  });

  return {
    push({ scores: told }) {
      if ((steps + 1) * width > places.length) {
        const [morePlaces, moreScores] = [
          new Uint16Array(2 * places.length),
          new Float32Array(2 * places.length),
        ];
        morePlaces.set(places);
        moreScores.set(scores);
        [places, scores] = [morePlaces, moreScores];
      }
      best(told).forEach((index, rank) => {
        places[steps * width + rank] = index;
        scores[steps * width + rank] = told[index]!;
      });
      told.forEach((score, index) => {
        highest[index] = Math.max(highest[index]!, score);
      });
      steps++;
    },
    at(seconds) {
      const step = Math.floor(seconds / secondsPerStep);
      if (step < 0 || step >= steps) return undefined;
      return Array.from({ length: width }, (_, rank) =>
        scored(places[step * width + rank]!, scores[step * width + rank]!),
      );
    },
    whole: () => best(highest).map((index) => scored(index, highest[index]!)),
  };
}
