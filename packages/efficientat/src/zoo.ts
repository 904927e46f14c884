// The checkpoints that the authors publish on GitHub, both repositories under MIT. The figures of mn are those in the names
// of the files; of frame_mn the authors give none, and of neither a checksum.

import type { ConversionOptions, ZooEntry } from '@audiozoo/core';

const releases = 'https://github.com/fschmid56';

interface Published {
  readonly name: string;
  readonly mAP: number;
  readonly description: string;
  readonly weights?: number;
  readonly settings?: ConversionOptions['settings'];
}

const size = (width: string, mAP: number, weights: number): Published => ({
  name: `mn${width}_as`,
  mAP,
  description: 'AudioSet',
  weights,
});

const mn10 = (
  variant: string,
  mAP: number,
  difference: string,
  settings: ConversionOptions['settings'],
): Published => ({
  name: `mn10_as_${variant}`,
  mAP,
  description: `AudioSet, ${difference}`,
  weights: 4.88,
  ...(settings && { settings }),
});

const published: readonly Published[] = [
  { name: 'mn01_as', mAP: 0.298, description: 'AudioSet, a tenth of the channels of mn10' },
  { name: 'mn02_as', mAP: 0.378, description: 'AudioSet, a fifth of the channels of mn10' },
  size('04', 0.432, 0.98),
  size('05', 0.443, 1.43),
  size('10', 0.471, 4.88),
  size('20', 0.478, 17.91),
  size('30', 0.482, 39.09),
  size('40', 0.484, 68.43),
  { name: 'mn40_as_ext', mAP: 0.487, description: 'AudioSet, trained longer', weights: 68.43 },
  mn10('hop_5', 0.475, 'frames of 5 ms', { hopLength: 160 }),
  mn10('hop_15', 0.463, 'frames of 15 ms', { hopLength: 480 }),
  mn10('hop_20', 0.456, 'frames of 20 ms', { hopLength: 640 }),
  mn10('hop_25', 0.447, 'frames of 25 ms', { hopLength: 800 }),
  mn10('mels_40', 0.453, '40 mel bands', { melBins: 40 }),
  mn10('mels_64', 0.461, '64 mel bands', { melBins: 64 }),
  mn10('mels_256', 0.474, '256 mel bands', { melBins: 256 }),
  { name: 'mn10_as_fc', mAP: 0.465, description: 'AudioSet, fully convolutional head' },
  ...['2221', '2211'].map((strides) => ({
    name: `mn10_as_fc_s${strides}`,
    mAP: 0.466,
    description: `AudioSet, fully convolutional head, strides ${[...strides].join(', ')}`,
    settings: { strides: [...strides].join(',') },
  })),
];

export const zoo: readonly ZooEntry[] = [
  ...published.map(({ name, mAP, description, weights, settings }) => ({
    name,
    description,
    figures: { mAP },
    ...(weights !== undefined && { weights }),
    license: 'MIT',
    checkpoint: {
      url: `${releases}/EfficientAT/releases/download/v0.0.1/${name}_mAP_${Math.round(1000 * mAP)}.pt`,
      ...(settings && { conversion: { settings } }),
    },
  })),
  ...['06', '10'].map((width) => ({
    name: `frame_mn${width}`,
    description: 'AudioSet-Strong, every 40 ms',
    weights: width === '06' ? 1.62 : 3.83,
    figures: {},
    license: 'MIT',
    checkpoint: { url: `${releases}/PretrainedSED/releases/download/v0.0.1/frame_mn${width}.pt` },
  })),
];
