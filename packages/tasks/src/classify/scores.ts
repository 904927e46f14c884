// Logits to what people read.

import { AudiozooError, type Label, type ProblemType } from '@audiozoo/core';
import { checkOptions } from '@audiozoo/core/plugin';
import { checkNumbers } from '../check-numbers.js';

export interface ScoredLabel {
  readonly label: string;
  /** From 0 to 1: a probability of its own (multi-label), or a share of 1 (single-label). */
  readonly score: number;
  /** Place among the model's labels. */
  readonly index: number;
  /** AudioSet's machine identifier, where the label has one. */
  readonly mid?: string;
}

/**
 * Sigmoid for multi-label models, softmax for single-label ones. Throws a `runtime` error unless all logits are finite:
 * nothing compares to NaN, and what is ranked by it means nothing.
 */
export function scoresOf(logits: Float32Array, problemType: ProblemType): Float64Array {
  checkFiniteOutput(logits);
  if (problemType === 'multi_label_classification') {
    return Float64Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
  }
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** Throws a `runtime` error unless what a model gave is finite. */
export function checkFiniteOutput(values: Float32Array): void {
  checkNumbers('the logits', values);
  const wrong = values.find((value) => !Number.isFinite(value));
  if (wrong === undefined) return;
  throw new AudiozooError({
    code: 'runtime',
    what: "the model's output is not finite",
    expected: 'finite numbers',
    got: `${wrong}`,
    hint: 'The weights may be damaged, or too large for the precision: try `precision` float32.',
    option: 'precision',
  });
}

/** The `topK` best labels, best first; equal scores in the model's order. */
export function rankLabels(scores: Float64Array, labels: readonly Label[], topK: number): ScoredLabel[] {
  checkNumbers('the scores', scores);
  checkOptions('rankLabels', { topK, labels }, { topK: 'count', labels: 'list' });
  return [...scores.keys()]
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, topK)
    .map((index) => {
      if (!labels[index]) throw tooFewLabels(labels.length, scores.length);
      const { name, mid } = labels[index];
      return { label: name, score: scores[index]!, index, ...(mid !== undefined && { mid }) };
    });
}

function tooFewLabels(labels: number, scores: number): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: 'labels and scores do not go together',
    expected: `${scores} labels`,
    got: `${labels}`,
  });
}
