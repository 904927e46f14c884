// What a CED can be asked to show. Logits and embedding come by themselves; the rest is built on request.

import type { OutputSpecification } from '@audiozoo/core';
import { type CedConfig, patchGrid } from './config.js';

/**
 * Outputs and their shapes after the batch.
 *
 * | name | shape | |
 * |---|---|---|
 * | `logits` | [labels] | before the sigmoid |
 * | `embedding` | [D] | mean of all tokens after the last norm |
 * | `patches` | [N, D] | projected patches, before positions are added |
 * | `hidden.3` | [N, D] | tokens after a block, counted from 0 |
 * | `tokens` | [N, D] | all tokens after the last norm: lowest frequencies first, in the order of time |
 */
export function outputs(config: CedConfig): Readonly<Record<string, OutputSpecification>> {
  const { embedDim, depth, labels } = config;
  const { rows, columns } = patchGrid(config);
  const ofTokens = { shape: [rows * columns, embedDim], onRequest: true };
  const hidden = Array.from({ length: depth }, (_, layer) => [`hidden.${layer}`, ofTokens]);
  return {
    logits: { shape: [labels.length] },
    embedding: { shape: [embedDim] },
    patches: ofTokens,
    tokens: ofTokens,
    ...Object.fromEntries(hidden),
  };
}
