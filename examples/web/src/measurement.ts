// How long one run takes here: one window of sound to its labels, in the worker and back, as the page uses it.

import type { AudioClassifier } from '@audiozoo/tasks';

export interface Measurement {
  /** Milliseconds for one window, the median of several runs. */
  readonly milliseconds: number;
  /** Seconds of sound in a window. */
  readonly window: number;
  /** How many seconds of sound it can hear in one second. */
  readonly realTimeFactor: number;
}

const mostRuns = 9;
/** Runs are repeated for so long, in milliseconds. A large model on a slow machine gets one. */
const budget = 600;

/** Also warms the model up: the first run on any device is the slowest, and is not counted if others follow. */
export async function measure(
  classifier: Pick<AudioClassifier, 'classify' | 'embed' | 'labels' | 'frontEnd'>,
  signal: AbortSignal,
): Promise<Measurement> {
  const { sampleRate, maxSamples, windowSamples = maxSamples } = classifier.frontEnd;
  const times: number[] = [];
  const begin = performance.now();
  do {
    // Made anew each time, since samples may be handed over to the worker.
    const samples = Float32Array.from({ length: windowSamples }, () => 0.1 * (Math.random() - 0.5));
    const before = performance.now();
    if (classifier.labels.length === 0) await classifier.embed({ samples, sampleRate }, { signal });
    else await classifier.classify({ samples, sampleRate }, { topK: 1, signal });
    times.push(performance.now() - before);
  } while (times.length < mostRuns && performance.now() - begin < budget);

  const counted = (times.length > 1 ? times.slice(1) : times).sort((a, b) => a - b);
  const milliseconds = counted[counted.length >> 1]!;
  const window = windowSamples / sampleRate;
  return { milliseconds, window, realTimeFactor: (1000 * window) / milliseconds };
}

/** 0.94 → 0.94, 17.3 → 17, 1234 → 1,234: two or three digits are as much as a measurement is worth. */
export function formatMeasured(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: value < 100 ? 2 : 3 });
}
