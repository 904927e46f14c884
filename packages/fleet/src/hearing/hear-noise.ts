// What a model can, found by running it on noise.

import { seededRandom } from '@audiozoo/core/plugin';
import { eventHop, type LocalClassifier } from '@audiozoo/tasks';
import type { JobSettings } from '../job/job-settings.js';

/** Of noise, where the model hears clips of any length. */
const mostSeconds = 10;

const millisecondsToMeasure = 1000;

/** Seconds of sound that a job's model hears in a second: after a run that warms up, of a second of work. */
export async function soundRate(
  classifier: Pick<LocalClassifier, 'frontEnd' | 'logits' | 'alongTime'>,
  settings: Pick<JobSettings, 'hop' | 'events'>,
): Promise<number> {
  const isByWindows = settings.hop !== undefined || settings.events;
  const { windowSamples, maxSamples } = classifier.frontEnd;
  const noise = [noiseFor(classifier, isByWindows ? (windowSamples ?? maxSamples) : undefined)];
  await classifier.logits(noise);
  const start = performance.now();
  let runs = 0;
  const run = async () => {
    while (performance.now() - start < millisecondsToMeasure) {
      await classifier.logits(noise);
      runs++;
    }
  };
  await Promise.all([run(), run()]); // as shards are done
  const { samples, sampleRate } = noise[0]!;
  const seconds = secondsOfRun(samples.length / sampleRate, classifier, settings);
  return (runs * seconds) / ((performance.now() - start) / 1000);
}

/** How far a job gets in a sound by a run: where windows overlap, not as far as it hears. */
function secondsOfRun(
  heard: number,
  classifier: Pick<LocalClassifier, 'frontEnd' | 'alongTime'>,
  { hop, events }: Pick<JobSettings, 'hop' | 'events'>,
): number {
  if (hop !== undefined) return hop;
  if (events) return eventHop(classifier);
  return heard;
}

/** Numbers in an embedding. */
export async function embeddingSize(
  classifier: Pick<LocalClassifier, 'frontEnd' | 'outputs'>,
): Promise<number> {
  const { embedding } = await classifier.outputs(noiseFor(classifier), ['embedding']);
  return embedding!.data.length;
}

/** Throws what the model does, unless it hears noise: then nothing is wrong with it. */
export async function checkHears(classifier: Pick<LocalClassifier, 'frontEnd' | 'outputs'>): Promise<void> {
  await classifier.outputs(noiseFor(classifier), ['embedding']);
}

function noiseFor(
  { frontEnd: { sampleRate, maxSamples } }: Pick<LocalClassifier, 'frontEnd'>,
  length = Math.min(maxSamples, mostSeconds * sampleRate),
) {
  const { uniform } = seededRandom(0, [0, 0, 0]);
  return { samples: Float32Array.from({ length }, () => 0.2 * uniform() - 0.1), sampleRate };
}
