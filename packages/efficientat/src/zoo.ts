// The checkpoints that the authors publish on GitHub, both repositories under MIT: addresses as their code has them
// (models/mn/model.py of EfficientAT, config.py of PretrainedSED), figures of mn as in the names of the files. Of frame_mn the
// authors give no figure, and of neither a checksum.

import type { ConversionOptions, ZooEntry } from '@audiozoo/core';

const releases = 'https://github.com/fschmid56';

interface Published {
  readonly name: string;
  readonly mAP: number;
  readonly description: string;
  readonly weights: number;
  readonly bestFor?: string;
  readonly settings?: ConversionOptions['settings'];
}

const size = (width: string, mAP: number, weights: number, bestFor?: string): Published => ({
  name: `mn${width}_as`,
  mAP,
  description: 'AudioSet',
  weights,
  ...(bestFor && { bestFor }),
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
  size('01', 0.298, 0.12),
  size('02', 0.378, 0.32),
  size('04', 0.432, 0.98, 'labels, with the least weights'),
  size('05', 0.443, 1.43),
  size('10', 0.471, 4.88, 'labels, with few weights'),
  size('20', 0.478, 17.91, 'the same, wider'),
  size('30', 0.482, 39.09),
  size('40', 0.484, 68.43),
  {
    name: 'mn40_as_ext',
    mAP: 0.487,
    description: 'AudioSet, trained longer',
    weights: 68.43,
    bestFor: 'the best labels of convolutions',
  },
  mn10('hop_5', 0.475, 'frames of 5 ms', { hopLength: 160 }),
  mn10('hop_15', 0.463, 'frames of 15 ms', { hopLength: 480 }),
  mn10('hop_20', 0.456, 'frames of 20 ms', { hopLength: 640 }),
  mn10('hop_25', 0.447, 'frames of 25 ms', { hopLength: 800 }),
  mn10('mels_40', 0.453, '40 mel bands', { melBins: 40 }),
  mn10('mels_64', 0.461, '64 mel bands', { melBins: 64 }),
  mn10('mels_256', 0.474, '256 mel bands', { melBins: 256 }),
  { name: 'mn10_as_fc', mAP: 0.465, description: 'AudioSet, fully convolutional head', weights: 3.48 },
  ...['2221', '2211'].map((strides) => ({
    name: `mn10_as_fc_s${strides}`,
    mAP: 0.466,
    description: `AudioSet, fully convolutional head, strides ${[...strides].join(', ')}`,
    weights: 3.48,
    settings: { strides: [...strides].join(',') },
  })),
];

export const zoo: readonly ZooEntry[] = [
  ...published.map(({ name, mAP, description, weights, bestFor, settings }) => ({
    name,
    description,
    ...(bestFor && { bestFor }),
    figures: { mAP },
    weights,
    license: 'MIT',
    checkpoint: {
      url: `${releases}/EfficientAT/releases/download/v0.0.1/${name}_mAP_${Math.round(1000 * mAP)}.pt`,
      ...(settings && { conversion: { settings } }),
    },
  })),
  ...[
    { name: 'frame_mn06', weights: 1.62, bestFor: 'when sounds begin and end, with the least weights' },
    { name: 'frame_mn10', weights: 3.83, bestFor: 'when sounds begin and end' },
  ].map((published) => ({
    ...published,
    description: 'AudioSet-Strong, every 40 ms',
    figures: {},
    license: 'MIT',
    checkpoint: {
      url: `${releases}/PretrainedSED/releases/download/v0.0.1/${published.name}_strong_1.pt`,
    },
  })),
];
