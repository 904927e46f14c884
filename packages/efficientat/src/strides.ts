// The strides of mn's four strided blocks as people say them, of a checkpoint and of a new model alike: 2,2,2,1.

import type { Setting, SettingValues } from '@audiozoo/core';
import { unfitSetting } from '@audiozoo/core/plugin';
import { areStrides, largest } from './config.js';

export const stridesSetting = {
  kind: 'string',
  help: 'of the four strided blocks of mn; usually 2,2,2,2',
} as const satisfies Setting;

/** Undefined where nobody said them. Throws an `argument` error. */
export function readStrides({ strides }: SettingValues): readonly number[] | undefined {
  if (strides === undefined) return undefined;
  const parts = `${strides}`.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  if (areStrides(parts)) return parts;
  throw unfitSetting(
    'strides',
    `four whole numbers from 1 to ${largest.stride}, such as 2,2,2,1`,
    `${strides}`,
  );
}
