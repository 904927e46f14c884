// Where in the spectrogram the class tokens look. Both are over the patch grid [frequency, time] and the mean
// of the two class tokens, as in the official notebook.

import type { Ops } from '@audiozoo/core';
import { type AstConfig, classTokens, patchGrid } from './config.js';

/** Attention of the class tokens' queries [B, heads, 2, N] → [B, heads, frequency, time]. */
export function attentionMaps<T>(ops: Ops<T>, attention: T, config: AstConfig): T {
  const { rows, columns } = patchGrid(config);
  const pooled = ops.mean(attention, 2); // [B, heads, N]
  const patches = ops.slice(pooled, 2, classTokens, classTokens + rows * columns);
  return ops.reshape(patches, [-1, config.heads, rows, columns]);
}

/**
 * Attention rollout (Abnar and Zuidema: "Quantifying Attention Flow in Transformers", ACL 2020): each block
 * passes on half of what it mixes and half of what came in, so the product of ½(A + I) over all layers says how
 * much of each patch reaches the class tokens. `layers` are the heads' means [B, N, N]; of the last layer the
 * class tokens' rows suffice. → [B, frequency, time].
 *
 * It goes from the last layer back, so that one row is multiplied instead of N; the halves are taken at the end.
 * What never left the class tokens, by I alone, is no patch's and stays out of the row.
 */
export function rollout<T>(ops: Ops<T>, layers: readonly T[], config: AstConfig): T {
  const { rows, columns } = patchGrid(config);
  const tokens = classTokens + rows * columns;
  const reached = layers.toReversed().reduce<T | undefined>((later, attention) => {
    const pooled = ops.mean(ops.slice(attention, 1, 0, classTokens), 1); // [B, N]
    const own = ops.reshape(pooled, [-1, 1, tokens]);
    return later === undefined ? own : ops.add(ops.add(ops.matmul(later, attention), later), own);
  }, undefined)!; // [B, 1, N]
  const patches = ops.slice(reached, 2, classTokens, tokens);
  return ops.reshape(ops.scale(patches, 2 ** -layers.length), [-1, rows, columns]);
}
