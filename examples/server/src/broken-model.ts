// A model whose weights are damaged, or that its runtime cannot run, answers nobody. Whether that is so, or only one
// sound was too much for it, a sound that suits every model tells.

import { AudiozooError } from '@audiozoo/core';
import type { Classifier } from './classifier.js';

/** Seconds, where the model can hear so much at a time. */
const probeSeconds = 1;
const probeLoudness = 0.1;

/** Why a model gives no numbers for quiet noise; undefined when it does. */
export async function breakageOf(name: string, classifier: Classifier): Promise<AudiozooError | undefined> {
  try {
    const data = await answerOf(classifier);
    return data.every(Number.isFinite)
      ? undefined
      : broken(`the model ${name} gives NaN or infinite numbers`);
  } catch (error) {
    return broken(`the model ${name} cannot be run`, error);
  }
}

async function answerOf(classifier: Classifier): Promise<Float32Array> {
  const noise = quietNoise(classifier);
  if (classifier.labels.length === 0) return classifier.embed(noise);
  return (await classifier.logits([noise])).data;
}

/** Also of errors that come from a thread. */
export function isModelBroken(error: unknown): boolean {
  return AudiozooError.isInstance(error) && error.details?.isModelBroken === true;
}

function broken(what: string, thrown?: unknown): AudiozooError {
  return new AudiozooError({
    code: 'runtime',
    what,
    expected: 'finite logits',
    hint: 'Its weights may be damaged: whoever runs the server should load them anew.',
    details: { isModelBroken: true },
    cause: thrown,
  });
}

function quietNoise({ frontEnd }: Classifier) {
  const { sampleRate, minSamples, maxSamples } = frontEnd;
  const length = Math.min(maxSamples, Math.max(minSamples, probeSeconds * sampleRate));
  let state = 1;
  const samples = Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return probeLoudness * (state / 2 ** 31 - 1);
  });
  return { samples, sampleRate };
}
