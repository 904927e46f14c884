// How well weights tell clips apart that they were not trained on.

import type { ProblemType } from '@audiozoo/core';
import { type Tensor, tensor } from '@audiozoo/core';
import { accuracy, confusionMatrix, type Evaluation, evaluateScores, scoresOf } from '@audiozoo/tasks';
import type { Loss } from '../loss/loss.js';
import { targetOf } from './clips/clip-batches.js';

export interface Judgement {
  /** The mean over clips, of their logits: the official code takes it of what a sigmoid has been put over. */
  readonly loss: number;
  /** The share of clips whose highest score is that of their label. */
  readonly accuracy: number;
  /** Undefined where no label has clips and lacks some. */
  readonly mAP: number | undefined;
  readonly evaluation: Evaluation;
  /** [labels, labels], a row per true class. */
  readonly confusion: Tensor<'int32'>;
  /** [clips, labels] */
  readonly scores: Tensor<'float32'>;
}

/** Logits [clips, labels] and what each clip's labels are. */
export function judgeLogits(
  logits: Tensor<'float32'>,
  clips: readonly { readonly labels: readonly number[] }[],
  { loss, problemType }: { readonly loss: Loss; readonly problemType: ProblemType },
): Judgement {
  const [count, labels] = logits.shape as [number, number];
  const wanted = tensor('float32', [count, labels], new Float32Array(count * labels));
  clips.forEach((clip, row) => {
    wanted.data.set(targetOf(clip, labels), row * labels);
  });
  const scores = tensor('float32', [count, labels], new Float32Array(count * labels));
  for (let row = 0; row < count; row++) {
    const range = [row * labels, (row + 1) * labels] as const;
    scores.data.set(scoresOf(logits.data.subarray(...range), problemType), range[0]);
  }
  const targets = tensor('uint8', wanted.shape, Uint8Array.from(wanted.data));
  const evaluation = evaluateScores(scores, targets);
  return {
    loss: loss.sum(logits, wanted) / loss.count(wanted),
    accuracy: accuracy(scores, targets),
    mAP: evaluation.mAP,
    evaluation,
    confusion: confusionMatrix(scores, targets),
    scores,
  };
}
