// The settings of a filter bank, with torchaudio's defaults, and the checks that torchaudio makes of them.

import { AudiozooError } from '@audiozoo/core';
import { checkOptions, describeValue, type OptionKind } from '@audiozoo/core/plugin';
import { rateBounds } from './audio.js';
import { type WindowName, windowNames } from './window.js';

/** Every option that is absent has the default of `torchaudio.compliance.kaldi.fbank`. */
export interface FbankOptions {
  /** Samples per second, 100 to 768000. Default 16000. */
  readonly sampleRate?: number | undefined;
  /** Triangular filters, at least 4. Default 23. */
  readonly melBins?: number | undefined;
  /** Milliseconds that one frame spans. Default 25. */
  readonly frameLength?: number | undefined;
  /** Milliseconds from one frame's start to the next one's. Default 10. */
  readonly frameShift?: number | undefined;
  /** What each frame is multiplied with. Default `povey`. */
  readonly window?: WindowName | undefined;
  /** The constant term of the `blackman` window. Default 0.42. */
  readonly blackmanCoefficient?: number | undefined;
  /** Share of the previous sample that is subtracted from each, 0 to 1. Default 0.97. */
  readonly preemphasis?: number | undefined;
  /** Subtract each frame's mean from it. Default true. */
  readonly removeDcOffset?: boolean | undefined;
  /** Zero-pad frames to a power of two before the Fourier transform. Default true. */
  readonly roundToPowerOfTwo?: boolean | undefined;
  /** Only frames that lie inside the signal; otherwise the signal is mirrored at its ends. Default true. */
  readonly snipEdges?: boolean | undefined;
  /** Add a column with the frame's log energy: the first one, or the last if `htkCompatible`. Default false. */
  readonly useEnergy?: boolean | undefined;
  /** Take that energy before pre-emphasis and window. Default true. */
  readonly rawEnergy?: boolean | undefined;
  /** The least energy (not its logarithm); 0 for none. Default 1. */
  readonly energyFloor?: number | undefined;
  /** Put the energy last. Default false. */
  readonly htkCompatible?: boolean | undefined;
  /** Hertz where the first filter begins. Default 20. */
  readonly lowFrequency?: number | undefined;
  /** Hertz where the last filter ends; 0 and below count from half the sample rate. Default 0. */
  readonly highFrequency?: number | undefined;
  /** Warp of the frequency axis for vocal tract length normalization; 1 is none. Default 1. */
  readonly vtlnWarp?: number | undefined;
  /** Hertz of the warp's lower bend. Default 100. */
  readonly vtlnLow?: number | undefined;
  /** Hertz of the warp's upper bend; below 0 it counts from half the sample rate. Default −500. */
  readonly vtlnHigh?: number | undefined;
  /** Filter the power spectrum; otherwise the magnitudes. Default true. */
  readonly usePower?: boolean | undefined;
  /** Natural logarithm of the filters' outputs, floored at 2⁻²³. Default true. */
  readonly useLog?: boolean | undefined;
  /** Subtract each column's mean over the signal. Default false. */
  readonly subtractMean?: boolean | undefined;
  /** Standard deviation of the noise added to each frame's samples; 0 for none. Default 0. */
  readonly dither?: number | undefined;
  /** Integer that determines the noise: the same seed, the same features. Default 0. */
  readonly seed?: number | undefined;
}

/** All options filled in, with lengths in samples. */
export interface FbankSettings
  extends Required<{ [Key in keyof FbankOptions]: NonNullable<FbankOptions[Key]> }> {
  /** Samples in a frame. */
  readonly windowLength: number;
  /** Samples from one frame's start to the next one's. */
  readonly hopLength: number;
  /** Samples in a Fourier transform: the frame, zero-padded. */
  readonly fftLength: number;
}

const defaults = {
  sampleRate: 16000,
  melBins: 23,
  frameLength: 25,
  frameShift: 10,
  window: 'povey',
  blackmanCoefficient: 0.42,
  preemphasis: 0.97,
  removeDcOffset: true,
  roundToPowerOfTwo: true,
  snipEdges: true,
  useEnergy: false,
  rawEnergy: true,
  energyFloor: 1,
  htkCompatible: false,
  lowFrequency: 20,
  highFrequency: 0,
  vtlnWarp: 1,
  vtlnLow: 100,
  vtlnHigh: -500,
  usePower: true,
  useLog: true,
  subtractMean: false,
  dither: 0,
  seed: 0,
} as const satisfies Required<FbankOptions>;

const optionKinds = Object.fromEntries(
  Object.entries(defaults).map(([name, value]) => [name, typeof value as OptionKind]),
);

/** float32's epsilon, which torchaudio takes as the least energy of a filter in float64 too. */
export const leastEnergy = 2 ** -23;

export const maxMelBins = 4096;
/** The most samples in a window, and from one frame to the next. */
export const lengthBounds = { window: 2 ** 20, hop: 2 ** 30 } as const;

/** Fills in the defaults and checks everything. Throws an `argument` error that names the option. */
export function readFbankOptions(options: FbankOptions): FbankSettings {
  checkOptions('the filter bank', options, optionKinds);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  for (const [name, value] of Object.entries(given)) {
    if (Math.abs(value) === Infinity) throw refuse(name, 'a finite number', value);
  }
  const settings = { ...defaults, ...given } as Omit<
    FbankSettings,
    'windowLength' | 'hopLength' | 'fftLength'
  >;

  const within = (name: keyof FbankOptions, low: number, high: number) => {
    const value = settings[name] as number;
    if (value < low || value > high) throw refuse(name, `${low} to ${high}`, value);
  };
  within('sampleRate', rateBounds.lowest, rateBounds.highest);
  within('melBins', 4, maxMelBins);
  within('preemphasis', 0, 1);
  within('energyFloor', 0, Number.MAX_VALUE);
  within('dither', 0, Number.MAX_VALUE);
  for (const name of ['melBins', 'seed'] as const) {
    if (!Number.isSafeInteger(settings[name])) throw refuse(name, 'a whole number', settings[name]);
  }
  if (!windowNames.includes(settings.window)) throw refuse('window', windowNames.join(', '), settings.window);

  // In this order, as torchaudio truncates them: 44100 · 0.001 · 10 would be another number.
  const windowLength = Math.trunc(settings.sampleRate * settings.frameLength * 0.001);
  const hopLength = Math.trunc(settings.sampleRate * settings.frameShift * 0.001);
  if (!(windowLength >= 2 && windowLength <= lengthBounds.window)) {
    throw refuse('frameLength', `2 to ${lengthBounds.window} samples`, `${windowLength} samples`);
  }
  if (!(hopLength >= 1 && hopLength <= lengthBounds.hop)) {
    throw refuse('frameShift', `1 to ${lengthBounds.hop} samples`, `${hopLength} samples`);
  }
  const fftLength = settings.roundToPowerOfTwo ? 2 ** (32 - Math.clz32(windowLength - 1)) : windowLength;
  if (fftLength % 2 !== 0) {
    throw refuse('frameLength', 'an even number of samples, or roundToPowerOfTwo', `${fftLength} samples`);
  }
  return { ...settings, windowLength, hopLength, fftLength };
}

/** An `argument` error about one option. */
export function refuse(
  option: string,
  expected: string,
  got: unknown,
  what = 'cannot be used',
  hint?: string,
): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: `option ${option} ${what}`,
    option,
    expected,
    got: typeof got === 'string' ? got : describeValue(got),
    hint,
  });
}
