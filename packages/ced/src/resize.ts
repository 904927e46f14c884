// CED hears clips of any length as they are: each number of patches is a size of its own.

import { AudiozooError, type Resizing } from '@audiozoo/core';
import { type CedConfig, patchGrid } from './config.js';

export const resizing: Resizing<CedConfig> = {
  sizes: { frames: { kind: 'count', help: 'longest clip in frames of 10 ms' } },
  everyLength: true,

  lengths(config) {
    const { frames, patchSize } = config;
    return Array.from({ length: patchGrid(config).columns }, (_, index) => ({
      frames: Math.min(frames, (index + 2) * patchSize - 1),
    }));
  },

  config(config, { frames = config.frames }: { readonly frames?: number }) {
    const { patchSize, storedFrames } = config;
    if (frames >= patchSize && frames <= storedFrames) return { ...config, frames };
    throw new AudiozooError({
      code: 'argument',
      what: 'frames does not fit',
      expected: `${patchSize} to ${storedFrames}, as the model has position embeddings for`,
      got: `${frames}`,
      option: 'size.frames',
    });
  },
};
