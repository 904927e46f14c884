// Convolutions and means take clips of any length as they are: each number of frames is a size of its own.

import { AudiozooError, type Resizing } from '@audiozoo/core';
import { type EfficientatConfig, largest } from './config.js';

export const resizing: Resizing<EfficientatConfig> = {
  sizes: { frames: { kind: 'count', help: 'longest clip in frames, usually of 10 ms' } },
  everyLength: true,

  lengths: ({ frames }) => Array.from({ length: frames }, (_, index) => ({ frames: index + 1 })),

  config(config, size) {
    const frames = Number(size.frames ?? config.frames);
    if (frames <= largest.frames) return { ...config, frames };
    throw new AudiozooError({
      code: 'argument',
      what: 'frames does not fit',
      expected: `1 to ${largest.frames}`,
      got: `${frames}`,
      option: 'size.frames',
    });
  },
};
