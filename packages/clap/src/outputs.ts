// What a CLAP can be asked to show of sound.

import type { OutputSpecification } from '@audiozoo/core';
import { type ClapConfig, stageOf } from './config.js';

/**
 * Outputs and their shapes after the batch.
 *
 * | name | shape | |
 * |---|---|---|
 * | `embedding` | [projectionDim] | of length 1, in the space of sound and words |
 * | `pooled` | [D] | mean of all tokens after the last norm |
 * | `image` | [256, 256] | the normalized spectrogram as the model lays it out |
 * | `patches` | [N, D] | projected patches after their norm |
 * | `hidden.2.0` | [N, D] | tokens of a stage after a block |
 * | `tokens` | [N, D] | tokens after the last norm |
 */
export function outputs(config: ClapConfig): Readonly<Record<string, OutputSpecification>> {
  const { depths, imageSize, projectionDim } = config;
  const ofStage = (index: number) => {
    const { width, side } = stageOf(config, index);
    return { shape: [side * side, width], onRequest: true };
  };
  const hidden = depths.flatMap((depth, index) =>
    Array.from({ length: depth }, (_, block) => [`hidden.${index}.${block}`, ofStage(index)] as const),
  );
  const last = depths.length - 1;
  return {
    embedding: { shape: [projectionDim] },
    pooled: { shape: [stageOf(config, last).width] },
    image: { shape: [imageSize, imageSize], onRequest: true },
    patches: ofStage(0),
    tokens: ofStage(last),
    ...Object.fromEntries(hidden),
  };
}
