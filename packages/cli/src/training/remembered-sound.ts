// Sound of clips that has been decoded once, for whoever asks for it again: trainings of other folds, and later epochs.

import type { TrainingClip, TrainingSet } from '@audiozoo/training';

/** Bytes of samples that are remembered; what does not fit is decoded each time. */
const mostBytes = 256e6;

interface Remembered {
  readonly sampleRate: number;
  readonly maxSamples: number;
  readonly samples: Float32Array;
}

/** The same clips, whose sound is decoded once as far as it fits into `budget` bytes. */
export function rememberSound(set: TrainingSet, budget = mostBytes): TrainingSet {
  let left = budget;
  const remember = (clip: TrainingClip): TrainingClip => {
    let known: Remembered | undefined;
    return {
      ...clip,
      async sound(sampleRate, options) {
        const { maxSamples = Infinity } = options;
        if (known?.sampleRate === sampleRate && maxSamples <= known.maxSamples) {
          return known.samples.slice(0, maxSamples); // a copy: whoever augments it may write on it
        }
        const samples = await clip.sound(sampleRate, options);
        const freed = known?.samples.byteLength ?? 0;
        if (samples.byteLength <= left + freed) {
          left += freed - samples.byteLength;
          known = { sampleRate, maxSamples, samples: samples.slice() };
        }
        return samples;
      },
    };
  };
  return { ...set, clips: set.clips.map(remember) };
}
