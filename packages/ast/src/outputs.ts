// What an AST can be asked to show. Logits and embedding come by themselves; the rest is built on request.

import type { AttentionMaps, OutputSpecification } from '@audiozoo/core';
import { type AstConfig, classTokens, patchGrid } from './config.js';

/**
 * Outputs and their shapes after the batch. Those of each layer come as one tensor, layers first, or for one
 * layer alone: `hidden` and `hidden.3`, layers counted from 0.
 *
 * | name | shape | |
 * |---|---|---|
 * | `logits` | [labels] | where the model has a head |
 * | `embedding` | [D] | mean of the two class tokens after the last norm |
 * | `patches` | [patches, D] | projected patches, before positions are added |
 * | `tokens` | [N, D] | all tokens after the last norm, the two class tokens first |
 * | `hidden` | [layers, N, D] | tokens after each block |
 * | `attention` | [layers, heads, N, N] | probabilities of each block: 849 MB a clip for AST-base |
 * | `pooledAttention` | [layers, heads, 2, N] | those of the two class tokens' queries |
 * | `attentionMaps` | [layers, heads, frequency, time] | the same over the patch grid, mean of the two |
 * | `rollout` | [frequency, time] | what reaches the class tokens of each patch through all layers |
 */
export function outputs(config: AstConfig): Readonly<Record<string, OutputSpecification>> {
  const { embedDim, depth, heads, labels } = config;
  const { rows, columns } = patchGrid(config);
  const patches = rows * columns;
  const tokens = classTokens + patches;
  const ofEachLayer = Object.entries({
    hidden: [tokens, embedDim],
    attention: [heads, tokens, tokens],
    pooledAttention: [heads, classTokens, tokens],
    attentionMaps: [heads, rows, columns],
  });
  const onRequest = {
    patches: [patches, embedDim],
    tokens: [tokens, embedDim],
    rollout: [rows, columns],
    ...Object.fromEntries(ofEachLayer.map(([name, shape]) => [name, [depth, ...shape]])),
    ...Object.fromEntries(
      ofEachLayer.flatMap(([name, shape]) =>
        Array.from({ length: depth }, (_, layer) => [`${name}.${layer}`, shape]),
      ),
    ),
  };
  return {
    ...(labels.length > 0 && { logits: { shape: [labels.length] } }),
    embedding: { shape: [embedDim] },
    ...Object.fromEntries(
      Object.entries(onRequest).map(([name, shape]) => [name, { shape, onRequest: true }]),
    ),
  };
}

/** As in the official notebook, maps are of the two class tokens, averaged. */
export function attention({ depth, heads, frames }: AstConfig): AttentionMaps {
  return {
    whole: { output: 'rollout', description: 'rolled out through all layers' },
    layers: Array.from({ length: depth }, (_, layer) => `attentionMaps.${layer}`),
    heads,
    frames,
  };
}
