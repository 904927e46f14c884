// The checkpoints that LAION publishes on Hugging Face; their pages there say Apache-2.0. The authors publish no checksums.

import type { ZooEntry } from '@audiozoo/core';

const published = [
  { name: 'clap-htsat-unfused', sound: 'sound, 10 s at a time' },
  { name: 'clap-htsat-fused', sound: 'sound of up to 10 minutes' },
  { name: 'larger_clap_general', sound: 'sound, music and speech' },
  { name: 'larger_clap_music', sound: 'music' },
  { name: 'larger_clap_music_and_speech', sound: 'music and speech' },
];

export const zoo: readonly ZooEntry[] = published.map(({ name, sound }) => ({
  name,
  description: `words and ${sound}, in one space`,
  figures: {},
  license: 'Apache-2.0',
  repository: `laion/${name}`,
}));
