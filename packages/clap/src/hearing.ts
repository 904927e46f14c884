// Which part of long sound is heard, where a person says so: the model's input stays as it is.

import { AudiozooError, type Resizing } from '@audiozoo/core';
import type { ClapConfig } from './config.js';

export const resizing: Resizing<ClapConfig> = {
  sizes: {
    cropOffset: { kind: 'number', help: 'sample that the part of long sound begins at; usually its middle' },
    cropOffsetFront: { kind: 'number', help: 'frame that the first crop of a fused model begins at' },
    cropOffsetMiddle: { kind: 'number', help: 'frame that its second crop begins at' },
    cropOffsetBack: { kind: 'number', help: 'frame that its third crop begins at' },
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
          expected: heard ? 'a whole number from 0' : 'none for this model',
          got: `${value}`,
          option: `size.${name}`,
        });
      }
    }
    return { ...config, hearing: { ...config.hearing, ...size } };
  },
};
