// Mel spectrograms of whole signals and of such that come in pieces.

import { createCenteredFraming } from './centered-framing.js';
import type { FeatureExtractor, Features } from './feature-extractor.js';
import type { FrameAnalysis } from './frame-analysis.js';
import { createFrameExtractor, type Frames } from './frame-extractor.js';
import {
  type MelSpectrogramOptions,
  type MelSpectrogramSettings,
  readMelSpectrogramOptions,
} from './mel-spectrogram-options.js';
import { createMelTriangles, trianglePeaks } from './mel-triangles.js';
import { createPreemphasis, createWholePreemphasis } from './preemphasis.js';
import { createWindow } from './window.js';

/** The constant term of torch's and scipy's `blackman` window. */
const blackmanCoefficient = 0.42;

/**
 * Mel spectrograms as `torchaudio.transforms.MelSpectrogram` and `librosa.feature.melspectrogram` compute them, in
 * float64 inside. Throws an `argument` error that names an option that is wrong.
 *
 * A stream gives the frames of the whole signal; those that reach over its end come with `finish`. With `topDb`, what is
 * raised hangs on the clip's loudest number, which is not known before its end: streams leave frames as they are, and
 * `finishClip` raises those that are looked at together, as `compute` does with all. So each window of a long or
 * endless sound has a floor of its own, as in the scripts of the models' authors, which cut sound into windows first.
 */
export function createMelSpectrogram(options: MelSpectrogramOptions = {}): FeatureExtractor {
  const settings = readMelSpectrogramOptions(options);
  const { preemphasis, topDb } = settings;
  return createFrameExtractor({
    key: JSON.stringify(['mel spectrogram', settings]),
    sampleRate: settings.sampleRate,
    frequencies: trianglePeaks(settings),
    ...melSpectrogramFrames(settings),
    ...(preemphasis !== 0 && {
      prepareSignal: createWholePreemphasis(preemphasis),
      beginSignal: () => createPreemphasis(preemphasis),
    }),
    ...(topDb !== undefined && { finishClip: (data) => raise(data, topDb) }),
  });
}

/** The frames of `createMelSpectrogram`, and what it computes of each. */
export const melSpectrogramFrames = (settings: MelSpectrogramSettings): Frames => ({
  framing: createCenteredFraming(settings, settings.preemphasis === 0 ? 0 : 1),
  analysis: analysisOf(settings),
});

/** The mel spectrogram of one signal: `createMelSpectrogram(options).compute(samples)`. For many signals keep that. */
export function melSpectrogram(samples: Float32Array, options: MelSpectrogramOptions = {}): Features {
  return createMelSpectrogram(options).compute(samples);
}

function analysisOf(settings: MelSpectrogramSettings): FrameAnalysis {
  const { windowLength, hopLength, fftLength, power, log, offset, floor } = settings;
  const tens = log === 'decibels' ? 20 / power : 1;
  return {
    windowLength,
    hopLength,
    fftLength,
    removeDcOffset: false,
    preemphasis: 0, // that of a frame; the signal's comes before
    window: windowOf(settings),
    usePower: power === 2,
    filters: createMelTriangles(settings),
    logarithm:
      log === 'none' ? undefined : { offset, least: floor, scale: log === 'ln' ? 1 : tens / Math.LN10 },
  };
}

function windowOf({ window, windowLength, periodicWindow }: MelSpectrogramSettings): Float64Array {
  if (typeof window !== 'string') return Float64Array.from(window);
  return periodicWindow
    ? createWindow(window, windowLength + 1, blackmanCoefficient).slice(0, windowLength)
    : createWindow(window, windowLength, blackmanCoefficient);
}

/** Raises what is more than `range` below the loudest. */
function raise(data: Float32Array, range: number): void {
  const floor = loudest(data) - range;
  for (let index = 0; index < data.length; index++) data[index] = Math.max(data[index]!, floor);
}

function loudest(data: Float32Array): number {
  // Four maxima, because a single one would wait for itself at each number.
  let a = Number.NEGATIVE_INFINITY;
  let b = a;
  let c = a;
  let d = a;
  const aligned = data.length & ~3;
  for (let index = 0; index < aligned; index += 4) {
    a = Math.max(a, data[index]!);
    b = Math.max(b, data[index + 1]!);
    c = Math.max(c, data[index + 2]!);
    d = Math.max(d, data[index + 3]!);
  }
  for (let index = aligned; index < data.length; index++) a = Math.max(a, data[index]!);
  return Math.max(a, b, c, d);
}
