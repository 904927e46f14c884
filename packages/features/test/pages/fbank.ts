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

export function features(samples: Float32Array, options: FbankOptions) {
  const { data } = createFbank(options).compute(samples);
  return { data, instances };
}

export function melFeatures(samples: Float32Array, options: MelSpectrogramOptions) {
  const { data } = createMelSpectrogram(options).compute(samples);
  return { data, instances };
}
