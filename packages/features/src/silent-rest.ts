// Front ends of models that hear silence behind short sound, where others are given frames of padding.

import { AudiozooError, type FrontEnd } from '@audiozoo/core';
import type { FeatureExtractor } from './feature-extractor.js';

/** How sound is heard that goes on as silence until it makes all `frames` of the input. */
export interface SilentRest {
  /** Frames that sound must make to be heard; more are heard in whole multiples of them. */
  readonly minFrames: number;
  /** Frames of the longest clip: those past `frames` count in what hangs on the whole clip, but are not heard. */
  readonly clipFrames: number;
}

/** The front end `padding`, with silence in the place of its padding; `name` and `frames` are its input's. */
export function withSilentRest(
  padding: FrontEnd,
  extractor: FeatureExtractor,
  { name, frames, minFrames, clipFrames }: SilentRest & { readonly name: string; readonly frames: number },
): FrontEnd {
  const { sampleRate } = padding;
  const fewest = (frames: number) => extractor.maxSamples(frames - 1) + 1;
  const minSamples = Math.max(extractor.minSamples, fewest(minFrames));
  const maxSamples = extractor.maxSamples(clipFrames);

  const filled = (samples: Float32Array): Float32Array => {
    if (samples.length < minSamples) throw tooShort(samples.length);
    if (samples.length >= fewest(frames)) return samples.subarray(0, maxSamples);
    const result = new Float32Array(fewest(frames));
    result.set(samples);
    return result;
  };

  const tooShort = (got: number) =>
    new AudiozooError({
      code: 'audio-too-short',
      what: `the sound is shorter than ${minFrames} frames`,
      expected: `at least ${minSamples} samples (${minSamples / sampleRate} seconds)`,
      got: `${got}`,
      hint: 'Put silence behind it, or take more of the recording.',
    });

  // What is padded, and where the silence begins, hangs on the sound.
  const { fromFeatures: _, ...rest } = padding;
  return {
    ...rest,
    key: JSON.stringify([padding.key, minFrames, clipFrames]),
    minSamples,
    maxSamples,
    inputs: (clips) => padding.inputs(clips.map(filled)),
    stream() {
      const { push, inputs } = padding.stream();
      return {
        push,
        inputs() {
          const result = inputs();
          extractor.finishClip?.(result[name]!.data); // with the silence that is not heard yet
          return result;
        },
      };
    },
  };
}
