import type { FineTuned } from '../fine-tuned.js';

/** What came of a training, for files and programs. */
export interface TrainingSummary extends Pick<FineTuned, 'trainable' | 'learningRate' | 'device' | 'epochs'> {
  readonly recipe: FineTuned['recipe'];
  readonly labels: readonly string[];
  readonly trainedCount: number;
  readonly statistics: FineTuned['statistics'] | null;
  readonly chosen: FineTuned['chosen'];
  /** By the validation clips; null where there are none. */
  readonly validation: {
    readonly loss: number;
    readonly accuracy: number;
    readonly mAP: number | null;
  } | null;
  /** How many were heard. */
  readonly clips: { readonly training: number; readonly validation: number };
  readonly cut: number;
  readonly bad: readonly { readonly file: string; readonly error: string }[];
  readonly assumptions: readonly string[];
}

export function summarizeTraining(tuned: FineTuned): TrainingSummary {
  const { trainable, recipe, learningRate, device, labels, trainedCount, statistics, epochs } = tuned;
  const { chosen, judgement, clips, cut, bad, assumptions } = tuned;
  return {
    ...{ trainable, recipe, learningRate, device, labels: labels.map(({ name }) => name) },
    ...{ trainedCount, statistics: statistics ?? null, epochs, chosen },
    validation: judgement
      ? { loss: judgement.loss, accuracy: judgement.accuracy, mAP: judgement.mAP ?? null }
      : null,
    clips: { training: clips.training.length, validation: clips.validation.length },
    cut,
    bad: bad.map(({ name, error }) => ({ file: name, error: messageOf(error) })),
    assumptions,
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
