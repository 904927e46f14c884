// The dimensions of the tower of words, which a page of sound alone does not carry.

import type { JsonObject } from '@audiozoo/core';
import { configReader } from '@audiozoo/core/plugin';
import { largest, type ProjectionConfig, section } from './config.js';

export interface ClapTextConfig extends ProjectionConfig {
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  readonly mlpDim: number;
  readonly words: number;
  readonly types: number;
  readonly positions: number;
  readonly padding: number;
  readonly normEpsilon: number;
  /** Tokens of a text that the model is loaded for. */
  readonly tokens: number;
}

/** config.json → the tower of words. Throws `model` errors. */
export function readTextConfig(config: JsonObject): ClapTextConfig {
  const model = configReader('text_config of config.json', section(config, 'text_config'));
  const width = model.count('hidden_size', 768, largest.width);
  const heads = model.count('num_attention_heads', 12, largest.width);
  if (width % heads !== 0) throw model.wrong('num_attention_heads', `a divisor of ${width}`, heads);
  const positions = model.count('max_position_embeddings', 514, largest.positions);
  const padding = model.number('pad_token_id', 1);
  model.oneOf('hidden_act', 'gelu');
  model.oneOf('projection_hidden_act', 'relu');
  const words = model.count('vocab_size', 50_265);
  if (!Number.isInteger(padding) || padding < 0 || padding >= words) {
    throw model.wrong('pad_token_id', 'a token of the vocabulary', padding);
  }
  const tokens = positions - padding - 1;
  if (tokens < 2) throw model.wrong('max_position_embeddings', `at least ${padding + 3}`, positions);
  return {
    projectionDim: configReader('config.json', config).count('projection_dim', 512, largest.width),
    ...{ width, heads, positions, padding, words, tokens },
    depth: model.count('num_hidden_layers', 12, largest.depth),
    mlpDim: model.count('intermediate_size', 3072, 4 * largest.width),
    types: model.count('type_vocab_size', 1, 16),
    normEpsilon: model.positive('layer_norm_eps', 1e-12),
  };
}
