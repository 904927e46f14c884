// The front end of a model that hears sound itself: samples pass through, checked and padded.

import { type FrontEnd, type Tensor, tensor } from '@audiozoo/core';
import { checkClips, checkFinite } from './audio.js';
import type { FbankGraph } from './fbank-graph.js';

/** `usual` is the model's front end outside, which still shows features to those who ask. */
export function waveformFrontEnd(
  usual: FrontEnd,
  {
    frames,
    hopLength,
    framing,
    sampleCount,
  }: Pick<FbankGraph, 'frames' | 'hopLength' | 'framing' | 'sampleCount'>,
): FrontEnd {
  const { sampleRate } = usual;
  const windowLength = framing.minSamples;

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
    key: JSON.stringify(['waveform', { sampleRate, windowLength, sampleCount }]),

    inputs(clips) {
      checkClips(clips);
      for (const clip of clips) {
        framing.checkLength(clip.length);
        checkFinite(clip);
      }
      return batchOf(clips);
    },

    stream() {
      const shown = usual.stream();
      const latest = new Float32Array(windowLength + frames * hopLength); // the last sample comes last
      let received = 0;
      return {
        push(samples) {
          const features = shown.push(samples);
          const fitting = samples.subarray(-latest.length);
          latest.copyWithin(0, fitting.length);
          latest.set(fitting, latest.length - fitting.length);
          received += samples.length;
          return features;
        },
        inputs() {
          framing.checkLength(received);
          const heard = framing.frameCount(received);
          const start = Math.max(0, heard - frames) * hopLength;
          const end = (heard - 1) * hopLength + windowLength;
          const inLatest = (position: number) => position + latest.length - received;
          return batchOf([latest.subarray(inLatest(start), inLatest(end))]);
        },
      };
    },
  };
}
