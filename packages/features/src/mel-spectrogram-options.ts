// The settings of a mel spectrogram, with torchaudio's defaults, and their checks.

import { checkOptions, type OptionKinds } from '@audiozoo/core/plugin';
import { rateBounds } from './audio.js';
import { type PaddingName, paddingNames } from './centered-framing.js';
import { lengthBounds, maxMelBins, refuse } from './fbank-options.js';
import { highestFrequency } from './mel-bank.js';
import { type MelScaleName, melScaleNames } from './mel-scales.js';
import { type WindowName, windowNames } from './window.js';

/** Every option that is absent has the default of `torchaudio.transforms.MelSpectrogram`. */
export interface MelSpectrogramOptions {
  /** Samples per second, 100 to 768000. Default 16000. */
  readonly sampleRate?: number | undefined;
  /** Samples in a Fourier transform, any number from 2; powers of two are fast. Default 400. */
  readonly fftLength?: number | undefined;
  /** Samples in a window, which lies in the middle of the transform. Default `fftLength`. */
  readonly windowLength?: number | undefined;
  /** What each frame is multiplied with: a window by name, or its `windowLength` numbers. Default `hanning`. */
  readonly window?: WindowName | readonly number[] | undefined;
  /** A window by name is periodic: one of a sample more, less its last. Otherwise symmetric. Default true. */
  readonly periodicWindow?: boolean | undefined;
  /** Samples from one frame's middle to the next one's. Default half the window. */
  readonly hopLength?: number | undefined;
  /**
   * Frame f lies around sample f · hopLength, and the signal goes on behind its ends: mirrored (`reflect`) or `zeros`.
   * `none`: frame f begins at sample f · hopLength and lies in the signal. Default `reflect`.
   */
  readonly padding?: PaddingName | undefined;
  /**
   * Share of the previous sample that is subtracted from each of the signal before anything else, 0 to 1. The first
   * sample is dropped then: the signal is one shorter. Default 0: none, and nothing is dropped.
   */
  readonly preemphasis?: number | undefined;
  /** Filter the power spectrum (2) or the magnitudes (1). Default 2. */
  readonly power?: 1 | 2 | undefined;
  /** Triangular filters. Default 128. */
  readonly melBins?: number | undefined;
  /** Hertz where the first filter begins. Default 0. */
  readonly lowFrequency?: number | undefined;
  /** Hertz where the last filter ends; 0 and below count from half the sample rate. Default 0. */
  readonly highFrequency?: number | undefined;
  /** The scale on which filters lie evenly. Default `htk`. */
  readonly melScale?: MelScaleName | undefined;
  /** `slaney` divides each filter by half its width in hertz. Default `none`. */
  readonly melNorm?: 'none' | 'slaney' | undefined;
  /** On which axis the sides of the triangles are straight. Default `hertz`; Kaldi's are in `mel`. */
  readonly triangles?: 'hertz' | 'mel' | undefined;
  /**
   * Hertz that the last frequency of the transform is taken to have. Default: what it has. torchaudio takes
   * ⌊sampleRate / 2⌋, which is another for odd sample rates and odd transforms.
   */
  readonly lastBinFrequency?: number | undefined;
  /**
   * What becomes of a filter's output x: with y = max(x + offset, floor), `ln` y, `log10` y, or `decibels`:
   * 10 · log₁₀ y of powers, 20 · log₁₀ y of magnitudes. Default `none`: x.
   */
  readonly log?: 'none' | 'ln' | 'log10' | 'decibels' | undefined;
  /** Added before the logarithm, 0 to 1e30. Default 0. */
  readonly offset?: number | undefined;
  /** The least number that a logarithm is taken of, 1e-300 to 1e30. Default 1e-10. */
  readonly floor?: number | undefined;
  /** Decibels below the clip's loudest number to which quieter ones are raised, 0 to 1e30. Default: none. */
  readonly topDb?: number | undefined;
}

type Given = { readonly [Name in keyof MelSpectrogramOptions]-?: NonNullable<MelSpectrogramOptions[Name]> };

/** All options filled in. */
export interface MelSpectrogramSettings extends Omit<Given, 'topDb'> {
  readonly topDb: number | undefined;
}

const optionKinds = {
  sampleRate: 'number',
  fftLength: 'count',
  windowLength: 'count',
  window: ['string', 'list'],
  periodicWindow: 'boolean',
  hopLength: 'count',
  padding: { choices: paddingNames },
  preemphasis: 'number',
  power: 'number',
  melBins: 'count',
  lowFrequency: 'number',
  highFrequency: 'number',
  melScale: { choices: melScaleNames },
  melNorm: { choices: ['none', 'slaney'] },
  triangles: { choices: ['hertz', 'mel'] },
  lastBinFrequency: 'number',
  log: { choices: ['none', 'ln', 'log10', 'decibels'] },
  offset: 'number',
  floor: 'number',
  topDb: 'number',
} as const satisfies OptionKinds<MelSpectrogramOptions>;

/** Fills in the defaults and checks everything. Throws an `argument` error that names the option. */
export function readMelSpectrogramOptions(options: MelSpectrogramOptions): MelSpectrogramSettings {
  checkOptions('the mel spectrogram', options, optionKinds);
  const { sampleRate = 16000, fftLength = 400, window = 'hanning', topDb } = options;
  const { windowLength = typeof window === 'string' ? fftLength : window.length } = options;
  const settings: MelSpectrogramSettings = {
    sampleRate,
    fftLength,
    windowLength,
    window,
    periodicWindow: options.periodicWindow ?? true,
    hopLength: options.hopLength ?? Math.max(1, Math.floor(windowLength / 2)),
    padding: options.padding ?? 'reflect',
    preemphasis: options.preemphasis ?? 0,
    power: options.power ?? 2,
    melBins: options.melBins ?? 128,
    lowFrequency: options.lowFrequency ?? 0,
    highFrequency: options.highFrequency ?? 0,
    melScale: options.melScale ?? 'htk',
    melNorm: options.melNorm ?? 'none',
    triangles: options.triangles ?? 'hertz',
    lastBinFrequency: options.lastBinFrequency ?? (sampleRate * Math.floor(fftLength / 2)) / fftLength,
    log: options.log ?? 'none',
    offset: options.offset ?? 0,
    floor: options.floor ?? 1e-10,
    topDb,
  };

  const within = (name: keyof MelSpectrogramOptions, low: number, high: number) => {
    const value = settings[name] as number;
    if (!(value >= low && value <= high)) throw refuse(name, `${low} to ${high}`, value);
  };
  within('sampleRate', rateBounds.lowest, rateBounds.highest);
  within('fftLength', 2, lengthBounds.window);
  within('windowLength', 2, fftLength);
  within('hopLength', 1, lengthBounds.hop);
  within('melBins', 1, maxMelBins);
  within('preemphasis', 0, 1);
  within('lastBinFrequency', 1, sampleRate);
  within('offset', 0, 1e30);
  within('floor', 1e-300, 1e30);
  if (settings.power !== 1 && settings.power !== 2) throw refuse('power', '1 or 2', settings.power);
  checkWindow(settings);
  if (topDb !== undefined) {
    within('topDb', 0, 1e30);
    if (settings.log !== 'decibels') throw refuse('topDb', "log: 'decibels' beside it", settings.log);
  }
  return { ...settings, highFrequency: highestFrequency(settings) };
}

function checkWindow({ window, windowLength }: MelSpectrogramSettings): void {
  if (typeof window === 'string') {
    if (!windowNames.includes(window)) throw refuse('window', windowNames.join(', '), window);
  } else if (window.length !== windowLength || !window.every(Number.isFinite)) {
    throw refuse('window', `${windowLength} finite numbers`, window);
  }
}
