// The checkpoints that the authors publish: names, figures and addresses from the README of the official
// code (github.com/YuanGongND/ast). Each is on Hugging Face too, under MIT. The authors publish neither
// sizes nor checksums, so none stand here.

import type { ZooEntry } from '@audiozoo/core';
import { audioset, type DataSet, speechCommands } from './data-set.js';

export const zoo: readonly ZooEntry[] = [
  onAudioset('ca0b1v2nlxzyeb4', 10, 0.4593, '10-10-0.4593', 'weights averaged'),
  onAudioset('1tv0hovue1bxupk', 10, 0.4495, '10-10-0.450', 'run 1 of 3'),
  onAudioset('6u5sikl4b9wo4u5', 10, 0.4483, '10-10-0.448', 'run 2 of 3'),
  onAudioset('kt6i0v9fvfm1mbq', 10, 0.4475, '10-10-0.448-v2', 'run 3 of 3'),
  onAudioset('snfhx3tizr4nuc8', 12, 0.4467, '12-12-0.447'),
  onAudioset('z18s6pemtnxm4k7', 14, 0.4431, '14-14-0.443'),
  onAudioset('mdsa4t1xmcimia6', 16, 0.4422, '16-16-0.442'),
  {
    name: 'speechcommands_10_10_0.9812',
    description: 'Speech Commands V2, stride 10',
    figures: { accuracy: 0.9812 },
    checkpoint: {
      url: 'https://www.dropbox.com/s/q0tbqpwv44pquwy/speechcommands_10_10_0.9812.pth?dl=1',
      conversion: conversion(speechCommands, 10),
    },
    repository: 'MIT/ast-finetuned-speech-commands-v2',
  },
];

/** `mark` is the end of the name on Hugging Face, whose authors rounded the figures. */
function onAudioset(folder: string, stride: number, mAP: number, mark: string, how?: string): ZooEntry {
  const name = `audioset_${stride}_${stride}_${mAP}`;
  return {
    name,
    description: `AudioSet, stride ${stride}${how ? `, ${how}` : ''}`,
    figures: { mAP },
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
