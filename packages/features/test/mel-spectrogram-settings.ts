import type { MelSpectrogramOptions } from '@audiozoo/features';

const ced: MelSpectrogramOptions = {
  fftLength: 512,
  hopLength: 160,
  melBins: 64,
  log: 'decibels',
  topDb: 120,
};

const frameMn: MelSpectrogramOptions = {
  fftLength: 512,
  windowLength: 400,
  periodicWindow: false,
  hopLength: 160,
  preemphasis: 0.97,
  melScale: 'kaldi',
  triangles: 'mel',
  highFrequency: 7000,
  log: 'ln',
  floor: 1e-7,
};

const mn: MelSpectrogramOptions = {
  ...frameMn,
  sampleRate: 32_000,
  fftLength: 1024,
  windowLength: 800,
  hopLength: 320,
  highFrequency: 15_000,
  floor: 1e-10,
  offset: 1e-5,
};

const fusedClap: MelSpectrogramOptions = {
  sampleRate: 48_000,
  fftLength: 1024,
  hopLength: 480,
  melBins: 64,
  lowFrequency: 50,
  highFrequency: 14_000,
  log: 'decibels',
};

/** What published models hear. */
export const settings = {
  ced,
  mn,
  frameMn,
  fusedClap,
  unfusedClap: { ...fusedClap, melScale: 'slaney', melNorm: 'slaney' },
} as const satisfies Record<string, MelSpectrogramOptions>;
