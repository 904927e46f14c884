// The checkpoints that the authors publish, with the figures and weights of their README (github.com/RicherMans/CED). Their
// pages on Hugging Face say Apache-2.0; their code is under GPL-3.0. They publish no checksums, so none stand here.

import type { ZooEntry } from '@audiozoo/core';

const published = [
  { size: 'tiny', mAP: 0.481, weights: 5.5, bestFor: 'labels of clips of any length, at little cost' },
  { size: 'mini', mAP: 0.49, weights: 9.6, bestFor: 'the same, a little better' },
  { size: 'small', mAP: 0.496, weights: 22, bestFor: 'the same, better' },
  { size: 'base', mAP: 0.5, weights: 86, bestFor: 'the best labels here' },
];

export const zoo: readonly ZooEntry[] = published.map(({ size, mAP, weights, bestFor }) => ({
  name: `ced-${size}`,
  description: 'AudioSet, distilled',
  bestFor,
  figures: { mAP },
  weights,
  license: 'Apache-2.0',
  repository: `mispeech/ced-${size}`,
}));
