// The checkpoints that the authors publish, with the figures of their paper (arXiv:2308.11957). Their pages on Hugging Face
// say Apache-2.0. The authors publish no checksums, so none stand here.

import type { ZooEntry } from '@audiozoo/core';

const published = [
  { size: 'tiny', mAP: 0.481, weights: 5.5 },
  { size: 'mini', mAP: 0.49, weights: 9.6 },
  { size: 'small', mAP: 0.496, weights: 22 },
  { size: 'base', mAP: 0.5, weights: 86 },
];

export const zoo: readonly ZooEntry[] = published.map(({ size, mAP, weights }) => ({
  name: `ced-${size}`,
  description: 'AudioSet, distilled',
  figures: { mAP },
  weights,
  license: 'Apache-2.0',
  repository: `mispeech/ced-${size}`,
}));
