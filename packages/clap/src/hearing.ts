// Which part of long sound is heard, where a person says so: the model's input stays as it is.

import { AudiozooError, type Resizing } from '@audiozoo/core';
import type { ClapConfig } from './config.js';

const crop = (which: string) => ({
  kind: 'number' as const,
  help: `frame that the ${which} crop of a fused model begins at`,
});

export const resizing: Resizing<ClapConfig> = {
  sizes: {
    cropOffset: { kind: 'number', help: 'sample that the part of long sound begins at; usually its middle' },
    cropOffsetFront: crop('first'),
    cropOffsetMiddle: crop('second'),
    cropOffsetBack: crop('third'),
    isLonger: { kind: 'boolean', help: 'whether a fused model takes sound for long; usually as it is' },
  },
  lengths: () => [{}],
  config(config, size) {
    for (const [name, value] of Object.entries(size)) {
      const fits = typeof value !== 'number' || (Number.isInteger(value) && value >= 0);
      const heard = (name === 'cropOffset') !== config.fusion;
      if (value !== undefined && !(fits && heard)) {
        throw new AudiozooError({
          code: 'argument',
          what: `${name} does not fit`,
          expected: heard
            ? 'a whole number from 0'
            : `none of a model that ${config.fusion ? 'fuses' : 'does not fuse'}`,
          got: `${value}`,
          hint: 'Leave it out to hear the usual part.',
          option: `size.${name}`,
        });
      }
    }
    return { ...config, hearing: { ...config.hearing, ...size } };
  },
};
