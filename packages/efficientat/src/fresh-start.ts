// A new mn from nothing, with the mlp head: random numbers as the authors' code draws them. What is not said is as in mn10.

import type { ComputedTensor, FreshStart, InitializationOptions, Settings, Shape } from '@audiozoo/core';
import {
  assumeUsual,
  freshWeights,
  requireLabels,
  storedParameters,
  unfitSetting,
} from '@audiozoo/core/plugin';
import {
  type EfficientatConfig,
  largest,
  usualFrames,
  usualFrontEnd,
  usualStrides,
  writeConfig,
} from './config.js';
import { parameters } from './model.js';
import { readStrides, stridesSetting } from './strides.js';

const settings = {
  width: { kind: 'number', help: 'factor on all channels; 1 in mn10, 0.4 in mn04, 0.1 in mn01' },
  strides: stridesSetting,
  frames: { kind: 'count', help: 'longest clip in frames; usually of 30 seconds' },
  melBins: { kind: 'count', help: 'mel bands of the input; usually 128' },
  hopLength: { kind: 'count', help: 'samples from one frame to the next; usually 320, 10 ms' },
  windowLength: { kind: 'count', help: 'samples of a window; usually 800, 25 ms' },
  fftLength: { kind: 'count', help: 'samples of a Fourier transform; usually 1024' },
  sampleRate: { kind: 'count', help: 'hertz; usually 32000. Mel bands end 1000 Hz below half of it' },
} as const satisfies Settings;

type Told = Partial<Record<Exclude<keyof typeof settings, 'strides'>, number>>;

export const freshStart: FreshStart = {
  settings,
  about: `Begins an mn from nothing, as the authors' code: kernels are normal with variance 2 / (their outputs times their size), linear
layers normal with deviation 0.01, biases 0, batch norms of mean 0 and variance 1, which have to train
as well. It takes many clips, or a small model: width=0.1.`,

  plan(options) {
    const assumptions: string[] = [];
    const config = newConfig(options, assumptions);
    return { ...writeConfig(config), tensors: tensorsOf(config, options), assumptions };
  },
};

const usual = usualFrontEnd('mn');
const { melBins, hopLength, windowLength, fftLength, sampleRate } = usual;
const base = { width: 1, melBins, hopLength, windowLength, fftLength, sampleRate };

function newConfig(options: InitializationOptions, assumptions: string[]): EfficientatConfig {
  const { labels, settings: given = {} } = options;
  requireLabels(labels);
  const told = given as Told;
  assumeUsual({ ...base, strides: `${usualStrides}` }, given, 'as in mn10', assumptions);
  const sizes = { ...base, ...told };
  const frames = told.frames ?? usualFrames(sizes);
  assumeUsual({ frames }, told, '30 seconds', assumptions);
  checkSizes({ ...sizes, frames });
  if (!options.problemType) {
    assumptions.push('single_label_classification: a clip is of one class.');
  }
  const { width, melBins, hopLength, windowLength, fftLength, sampleRate } = sizes;
  return {
    ...usual,
    variant: 'mn',
    head: 'mlp',
    weakHead: false,
    ...{ width, frames, melBins, hopLength, windowLength, fftLength, sampleRate },
    strides: readStrides(given) ?? usualStrides,
    highFrequency: highestFrequency(sampleRate),
    labels,
    problemType: options.problemType ?? 'single_label_classification',
  };
}

/** The authors leave 1000 Hz, by which they move it up and down in training. */
const highestFrequency = (sampleRate: number) => Math.floor(sampleRate / 2) - 1000;

function checkSizes(sizes: typeof base & { readonly frames: number }): void {
  const { width, hopLength, fftLength } = sizes;
  if (!(width > 0 && width <= largest.width)) {
    throw unfitSetting('width', `above 0, at most ${largest.width}`, width);
  }
  // Half a transform is mirrored at each end, around a sample that is there, and pre-emphasis takes the first one.
  const shortest = Math.floor(fftLength / 2) + 2;
  const bounds = {
    sampleRate: [2002, 768_000], // from where a band is left to where sound is read
    fftLength: [2, largest.fftLength],
    windowLength: [2, fftLength],
    hopLength: [1, largest.fftLength],
    melBins: [1, largest.melBins],
    frames: [Math.ceil(shortest / hopLength), largest.frames],
  } as const;
  for (const [name, [least, most]] of Object.entries(bounds)) {
    const size = sizes[name as keyof typeof bounds];
    if (size < least || size > most) throw unfitSetting(name, `${least} to ${most}`, size);
  }
}

/** By what each is: four axes are kernels, two a linear layer's weight, and one is of a batch norm or a bias. */
function tensorsOf(
  config: EfficientatConfig,
  { seed = 0 }: InitializationOptions,
): readonly ComputedTensor[] {
  const { constant, normal } = freshWeights(seed);
  return storedParameters(parameters(config)).map((each) => {
    const { name, shape } = each;
    if (shape.length === 4) return normal(each, kernelDeviation(shape));
    if (shape.length === 2) return normal(each, 0.01);
    return constant(each, /\.(weight|running_var)$/.test(name) ? 1 : 0);
  });
}

/** PyTorch's `kaiming_normal_` of `fan_out`, which counts the outputs of all groups. */
function kernelDeviation([outputs, , rows, columns]: Shape): number {
  return Math.sqrt(2 / (outputs! * rows! * columns!));
}
