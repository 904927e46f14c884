// The checkpoints that LAION publishes on Hugging Face, whose pages there say Apache-2.0. What the larger ones were trained on
// and how many clips of ESC-50 they tell by words stands in github.com/LAION-AI/CLAP. Weights, of both towers, are counted; the
// authors publish no checksums.

import type { ZooEntry } from '@audiozoo/core';

const published = [
  {
    name: 'clap-htsat-unfused',
    sound: 'sound, 10 s at a time',
    weights: 153.5,
    bestFor: 'sounds that no list of labels has; search by words or by sound',
  },
  { name: 'clap-htsat-fused', sound: 'sound of up to 10 minutes', weights: 153.5 },
  { name: 'larger_clap_general', sound: 'sound, music and speech', weights: 193.9, esc50: 0.8998 },
  { name: 'larger_clap_music', sound: 'music', weights: 193.9, esc50: 0.9014 },
  { name: 'larger_clap_music_and_speech', sound: 'music and speech', weights: 193.9, esc50: 0.8925 },
];

export const zoo: readonly ZooEntry[] = published.map(({ name, sound, weights, bestFor, esc50 }) => ({
  name,
  description: `words and ${sound}, in one space`,
  ...(bestFor && { bestFor }),
  figures: esc50 ? { 'zero-shot ESC-50': esc50 } : {},
  weights,
  license: 'Apache-2.0',
  repository: `laion/${name}`,
}));
