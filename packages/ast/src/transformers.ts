import type { JsonObject } from '@audiozoo/core';

/** What Python's transformers must be told of a model: it has one epsilon for all, the head too. */
export function transformers({
  head_layer_norm_eps: epsilon,
  layer_norm_eps: other,
}: JsonObject): readonly string[] {
  if (typeof epsilon !== 'number' || epsilon === other) return [];
  return [
    '# transformers takes the epsilon of the encoder here too.',
    `classifier.model.classifier.layernorm.eps = ${epsilon}`,
  ];
}
