// A model over features and the same over sound itself, on one backend. For pages and for Node.

import { ast } from '@audiozoo/ast';
import type { Backend } from '@audiozoo/core';
import { randomTensor } from '@audiozoo/core/testing';
import { loadClassifier } from '@audiozoo/tasks';

/** Logits of sounds as long as the shortest, one that is padded, and the longest, as one batch. */
export async function logitsOfBoth(backend: Backend, directory: string) {
  const logits = async (input: 'features' | 'waveform') => {
    const classifier = await loadClassifier(directory, { models: [ast], backend, input, cache: false });
    const { minSamples, maxSamples, sampleRate } = classifier.frontEnd;
    const sounds = [minSamples, 5000, maxSamples].map((length, seed) => ({
      samples: randomTensor([length], seed + 1, 0.1).data,
      sampleRate,
    }));
    const { data } = await classifier.logits(sounds).finally(() => classifier.dispose());
    return [...data];
  };
  return { features: await logits('features'), waveform: await logits('waveform') };
}
