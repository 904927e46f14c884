// A model along time whose answers hang on where its window lies, as real ones do.

import { tensor } from '@audiozoo/core';
import type { AnswersAlongTime, ClassifierStream } from '@audiozoo/tasks';

export const sampleRate = 1000;
export const secondsPerStep = 0.04;
export const step = sampleRate * secondsPerStep;
/** Of the longest window. */
export const windowSteps = 50;

/**
 * Hears `loud` and `soft` by the mean of each step, less sure the nearer to the ends of its window, and leaning with the
 * mean of the whole window, as squeeze-and-excitation does.
 */
export function leaningModel(lean = 0) {
  const runs: number[] = [];
  const alongTime: AnswersAlongTime = {
    secondsPerStep,
    async logits(batch) {
      const clips = batch as readonly { readonly samples: Float32Array }[];
      const rows = clips.flatMap(({ samples }) => {
        runs.push(samples.length);
        const whole = samples.reduce((a, b) => a + b, 0) / samples.length;
        return Array.from({ length: samples.length / step }, (_, place) => {
          const mean = samples.slice(place * step, (place + 1) * step).reduce((a, b) => a + b, 0) / step;
          const tilt = lean * (place / windowSteps - 0.5 + whole);
          return [mean * 10 - 5 + tilt, 5 - Math.abs(mean - 0.25) * 40 + tilt];
        }).flat();
      });
      return tensor('float32', [clips.length, rows.length / 2 / clips.length, 2], Float32Array.from(rows));
    },
  };
  const streams: ClassifierStream[] = [];
  const classifier = {
    frontEnd: { sampleRate, minSamples: step, maxSamples: windowSteps * step },
    problemType: 'multi_label_classification' as const,
    labels: [{ name: 'loud' }, { name: 'soft', mid: '/m/soft' }],
    alongTime,
    logits: () => Promise.reject(new Error('of clips')),
    async stream(): Promise<ClassifierStream> {
      const stream: ClassifierStream = {
        push: async (samples) => tensor('float32', [samples.length, 1], samples.slice()),
        classify: () => Promise.reject(new Error('of clips')),
        close: async () => {},
      };
      streams.push(stream);
      return stream;
    },
  };
  return { classifier, runs };
}

/** Silence but for these steps. */
export function soundOf(
  steps: number,
  loud: readonly (readonly [number, number])[],
  level = 1,
): Float32Array {
  const samples = new Float32Array(steps * step);
  for (const [from, to] of loud) samples.fill(level, from * step, to * step);
  return samples;
}
