// The front end of a model that hears sound itself: samples pass through, checked and padded.

import { type FrontEnd, type Tensor, tensor } from '@audiozoo/core';
import { checkClips, checkFinite } from './audio.js';
import type { Framing } from './framing.js';

interface WaveformFrontEndOptions {
  readonly framing: Framing;
  /** Samples that the model is given of each clip. */
  readonly sampleCount: number;
  readonly latest: LatestSound;
}

/** What is heard of sound that comes in pieces: so many samples at most, from a multiple of `step` on. */
export interface LatestSound {
  readonly samples: number;
  readonly step: number;
}

/** `usual` is the model's front end outside, which still shows features to those who ask. */
export function waveformFrontEnd(
  usual: FrontEnd,
  { framing, sampleCount, latest }: WaveformFrontEndOptions,
): FrontEnd {
  const { minSamples } = usual;

  const batchOf = (clips: readonly Float32Array[]): Record<string, Tensor<'float32'>> => {
    const heard = clips.map((clip) => clip.subarray(0, sampleCount)); // no frame reads further
    const samples = new Float32Array(clips.length * sampleCount);
    heard.forEach((clip, index) => {
      samples.set(clip, index * sampleCount);
    });
    const lengths = Float32Array.from(heard, ({ length }) => length);
    return {
      samples: tensor('float32', [clips.length, sampleCount], samples),
      lengths: tensor('float32', [clips.length], lengths),
    };
  };

  return {
    ...usual,
    key: JSON.stringify(['waveform', { sampleRate: usual.sampleRate, minSamples, sampleCount, latest }]),

    inputs(clips) {
      checkClips(clips);
      for (const clip of clips) {
        if (clip.length < minSamples) usual.inputs([clip]); // throws, and says why
        checkFinite(clip);
      }
      return batchOf(clips);
    },

    stream() {
      const shown = usual.stream();
      const buffer = new Float32Array(latest.samples + latest.step); // the last sample comes last
      let received = 0;
      return {
        push(samples) {
          const features = shown.push(samples);
          const fitting = samples.subarray(-buffer.length);
          buffer.copyWithin(0, fitting.length);
          buffer.set(fitting, buffer.length - fitting.length);
          received += samples.length;
          return features;
        },
        inputs() {
          framing.checkLength(received);
          const start = Math.ceil(Math.max(0, received - latest.samples) / latest.step) * latest.step;
          return batchOf([buffer.slice(buffer.length - (received - start))]);
        },
      };
    },
  };
}
