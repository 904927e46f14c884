// Takes down what the model sees on its way, as far as it was asked for: what nobody reads is not computed.

import type { Ops } from '@audiozoo/core';
import { attentionMaps, rollout } from './attention-map.js';
import { type AstConfig, classTokens } from './config.js';
import { outputs } from './outputs.js';

export interface ActivationRecorder<T> {
  /** Whether the last block must compute every token, not the class tokens alone. */
  readonly everyToken: boolean;
  /** Tokens [B, N, D] that come out of a layer's block. */
  hidden(layer: number, tokens: T): void;
  /** Query [B, N or classTokens, D] and key [B, N, D] of a layer. */
  attention(layer: number, query: T, key: T): void;
  /** All that was asked for of it, by name. */
  outputs(): Record<string, T>;
}

/** `asked` are names of outputs.ts. */
export function createActivationRecorder<T>(
  ops: Ops<T>,
  config: AstConfig,
  asked: ReadonlySet<string>,
): ActivationRecorder<T> {
  const { depth, heads } = config;
  const last = depth - 1;
  const single = new Map<string, T>();
  const layered = new Map<string, T[]>();
  const mixing: T[] = []; // attention of each layer, mean over its heads

  const wants = (name: string, layer: number) => asked.has(name) || asked.has(`${name}.${layer}`);
  const keep = (name: string, layer: number, value: T) => {
    if (asked.has(`${name}.${layer}`)) single.set(`${name}.${layer}`, value);
    if (asked.has(name)) layered.set(name, [...(layered.get(name) ?? []), value]);
  };

  /** The tensors of all layers as one, [B, layers, ...]. */
  const stack = (name: string, layers: readonly T[]): T => {
    const { shape } = outputs(config)[`${name}.0`]!;
    return ops.concat(
      layers.map((layer) => ops.reshape(layer, [-1, 1, ...shape])),
      1,
    );
  };

  return {
    everyToken: asked.has('tokens') || wants('hidden', last) || wants('attention', last),

    hidden: (layer, tokens) => keep('hidden', layer, tokens),

    attention(layer, query, key) {
      const wantsRollout = asked.has('rollout');
      const wantsAll = wants('attention', layer) || (wantsRollout && layer < last);
      const wantsPooled = wants('pooledAttention', layer) || wants('attentionMaps', layer) || wantsRollout;
      if (!wantsAll && !wantsPooled) return;

      const queries = wantsAll ? query : ops.slice(query, 1, 0, classTokens);
      const attention = ops.attentionProbabilities(queries, key, { heads }); // [B, heads, N or 2, N]
      keep('attention', layer, attention);
      if (wantsRollout) mixing.push(ops.mean(attention, 1)); // [B, N or 2, N]
      if (!wantsPooled) return;
      const pooled = wantsAll ? ops.slice(attention, 2, 0, classTokens) : attention; // [B, heads, 2, N]
      keep('pooledAttention', layer, pooled);
      if (wants('attentionMaps', layer)) keep('attentionMaps', layer, attentionMaps(ops, pooled, config));
    },

    outputs: () => ({
      ...Object.fromEntries(single),
      ...Object.fromEntries([...layered].map(([name, layers]) => [name, stack(name, layers)])),
      ...(asked.has('rollout') && { rollout: rollout(ops, mixing, config) }),
    }),
  };
}
