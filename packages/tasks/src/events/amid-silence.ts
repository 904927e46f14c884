import { AudiozooError } from '@audiozoo/core';
import type { Audio } from '@audiozoo/features';
import type { AudioClassifier } from '../classify/classifier.js';
import { windowSamples } from '../sound/clip-length.js';

type WindowClassifier = Pick<
  AudioClassifier,
  'frontEnd' | 'problemType' | 'logits' | 'alongTime' | 'decoders'
>;

/**
 * Hears windows in the middle of as much silence as fills the model's. Throws an `argument` error for models that answer along
 * time, which need no short windows.
 */
export function hearingAmidSilence({ frontEnd, problemType, logits, alongTime, decoders }: WindowClassifier) {
  if (alongTime) {
    throw new AudiozooError({
      code: 'argument',
      what: 'this model answers along time: its windows stand in their sound',
      expected: 'a model that answers once for each window',
      got: 'amidSilence',
      hint: 'Leave it out: such models tell what follows closely apart, to a step.',
      option: 'amidSilence',
    });
  }
  const whole = windowSamples(frontEnd);
  return {
    frontEnd,
    problemType,
    decoders,
    logits: (windows: readonly Audio[], options?: Parameters<typeof logits>[1]) =>
      logits(
        windows.map(({ samples, sampleRate }) => ({ samples: amidSilence(samples, whole), sampleRate })),
        options,
      ),
  };
}

function amidSilence(samples: Float32Array, length: number): Float32Array {
  if (samples.length >= length) return samples;
  const whole = new Float32Array(length);
  whole.set(samples, Math.floor((length - samples.length) / 2));
  return whole;
}
