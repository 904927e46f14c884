// Logits to what people read.

import type { Label, ProblemType } from '@audiozoo/core';

export interface ScoredLabel {
  readonly label: string;
  /** From 0 to 1: a probability of its own (multi-label), or a share of 1 (single-label). */
  readonly score: number;
  /** Place among the model's labels. */
  readonly index: number;
  /** AudioSet's machine identifier, where the label has one. */
  readonly mid?: string;
}

/** Sigmoid for multi-label models, softmax for single-label ones. */
export function scoresOf(logits: Float32Array, problemType: ProblemType): Float64Array {
  if (problemType === 'multi_label_classification') {
    return Float64Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
  }
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** The `topK` best labels, best first; equal scores in the model's order. */
export function rankLabels(scores: Float64Array, labels: readonly Label[], topK: number): ScoredLabel[] {
  return [...scores.keys()]
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, topK)
    .map((index) => {
      const { name, mid } = labels[index]!;
      return { label: name, score: scores[index]!, index, ...(mid !== undefined && { mid }) };
    });
}
