// The frames of `torch.stft` and librosa: frame f lies around sample f · hopLength, and the signal goes on behind its ends
// for half a Fourier transform. A window that is shorter than the transform lies in its middle.

import { checkLength, type Framing, type SignalPadding } from './framing.js';

export const paddingNames = ['reflect', 'zeros', 'none'] as const satisfies SignalPadding[];
export type PaddingName = (typeof paddingNames)[number];

/** Lengths in samples. */
interface Placement {
  readonly sampleRate: number;
  readonly fftLength: number;
  readonly windowLength: number;
  readonly hopLength: number;
  readonly padding: PaddingName;
}

/** For signals whose first `signalStart` samples do not count. */
export function createCenteredFraming(placement: Placement, signalStart: number): Framing {
  const { sampleRate, fftLength, windowLength, hopLength, padding } = placement;
  const room = padding === 'none' ? 0 : Math.floor(fftLength / 2); // before the signal, and behind it
  const firstWindow = signalStart - room + Math.floor((fftLength - windowLength) / 2);
  const shortest = { reflect: room + 1, zeros: 1, none: fftLength };
  const minSamples = signalStart + shortest[padding];

  return {
    padding,
    signalStart,
    minSamples,
    frameCount: (sampleCount) =>
      sampleCount < minSamples
        ? 0
        : 1 + Math.floor((sampleCount - signalStart + 2 * room - fftLength) / hopLength),
    maxSamples: (frames) => signalStart + fftLength - 2 * room + frames * hopLength - 1,
    checkLength: (sampleCount) => checkLength(sampleCount, minSamples, sampleRate),
    frameStart: (frame) => firstWindow + frame * hopLength,
    copyOverEnds(buffer, bufferStart, sampleCount, start, frame) {
      for (let index = 0; index < frame.length; index++) {
        let position = start + index;
        const outside = position < signalStart || position >= sampleCount;
        if (outside && padding === 'zeros') {
          frame[index] = 0;
          continue;
        }
        if (position < signalStart) position = 2 * signalStart - position;
        if (position >= sampleCount) position = 2 * (sampleCount - 1) - position;
        frame[index] = buffer[position - bufferStart]!;
      }
    },
  };
}
