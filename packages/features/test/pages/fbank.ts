import {
  createFbank,
  createMelSpectrogram,
  type FbankOptions,
  type MelSpectrogramOptions,
} from '@audiozoo/features';

// Pages compile nothing large on their main thread, which this is.
let instances = 0;
globalThis.WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(...given: ConstructorParameters<typeof WebAssembly.Instance>) {
    super(...given);
    instances++;
  }
};

export function features(samples: readonly number[], options: FbankOptions) {
  const { data } = createFbank(options).compute(Float32Array.from(samples));
  return { data: Array.from(data), instances };
}

export function melFeatures(samples: readonly number[], options: MelSpectrogramOptions) {
  const { data } = createMelSpectrogram(options).compute(Float32Array.from(samples));
  return { data: Array.from(data), instances };
}
