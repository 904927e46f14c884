// The checkpoints that the authors publish: names, figures and addresses from the README of the official
// code (github.com/YuanGongND/ast). Each is on Hugging Face too, in the organization MIT, whose pages say BSD-3-Clause. The
// authors publish no checksums, so none stand here; weights are counted.

import type { ZooEntry } from '@audiozoo/core';
import { audioset, type DataSet, speechCommands } from './data-set.js';

const license = 'BSD-3-Clause';

/** Weights by stride: larger strides have fewer position embeddings. */
const millions = { 10: 86.6, 12: 86.3, 14: 86.2, 16: 86.1 };

export const zoo: readonly ZooEntry[] = [
  {
    ...onAudioset('ca0b1v2nlxzyeb4', 10, 0.4593, '10-10-0.4593', 'weights averaged'),
    bestFor: 'maps of attention; the reference, to be trained further',
  },
  onAudioset('1tv0hovue1bxupk', 10, 0.4495, '10-10-0.450', 'run 1 of 3'),
  onAudioset('6u5sikl4b9wo4u5', 10, 0.4483, '10-10-0.448', 'run 2 of 3'),
  onAudioset('kt6i0v9fvfm1mbq', 10, 0.4475, '10-10-0.448-v2', 'run 3 of 3'),
  onAudioset('snfhx3tizr4nuc8', 12, 0.4467, '12-12-0.447'),
  onAudioset('z18s6pemtnxm4k7', 14, 0.4431, '14-14-0.443'),
  onAudioset('mdsa4t1xmcimia6', 16, 0.4422, '16-16-0.442'),
  {
    name: 'speechcommands_10_10_0.9812',
    description: 'Speech Commands V2, stride 10',
    bestFor: '35 spoken words',
    figures: { accuracy: 0.9812 },
    weights: 85.4,
    license,
    checkpoint: {
      url: 'https://www.dropbox.com/s/q0tbqpwv44pquwy/speechcommands_10_10_0.9812.pth?dl=1',
      conversion: conversion(speechCommands, 10),
    },
    repository: 'MIT/ast-finetuned-speech-commands-v2',
  },
];

/** `mark` is the end of the name on Hugging Face, whose authors rounded the figures. */
function onAudioset(
  folder: string,
  stride: keyof typeof millions,
  mAP: number,
  mark: string,
  how?: string,
): ZooEntry {
  const name = `audioset_${stride}_${stride}_${mAP}`;
  return {
    name,
    description: `AudioSet, stride ${stride}${how ? `, ${how}` : ''}`,
    figures: { mAP },
    weights: millions[stride],
    license,
    checkpoint: {
      url: `https://www.dropbox.com/s/${folder}/${name}.pth?dl=1`,
      conversion: conversion(audioset, stride),
    },
    repository: `MIT/ast-finetuned-audioset-${mark}`,
  };
}

/** What would be assumed otherwise: all of them are AST-base with patches of 16×16. */
function conversion({ labels, problemType, mean, std, frames }: DataSet, stride: number) {
  const settings = { fstride: stride, tstride: stride, frames, melBins: 128, heads: 12, mean, std };
  return { labels, problemType, settings };
}
