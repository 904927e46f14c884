// How well each class is told from the others.

import type { FineTuned } from '../fine-tune/fine-tuned.js';

export interface ClassFigures {
  readonly name: string;
  /** Clips of it that were trained on. */
  readonly trained: number;
  /** Clips of it that it was judged by. */
  readonly judged: number;
  /** The share of clips heard as it that are. Undefined where none was heard so, and where nothing was judged. */
  readonly precision: number | undefined;
  /** The share of its clips that were heard as it. Undefined where it has none. */
  readonly recall: number | undefined;
  /** Undefined where it has no clips, or all. */
  readonly averagePrecision: number | undefined;
}

/** What a score must reach where clips have several labels. */
export const heardFrom = 0.5;

/** Whether each clip that was judged has one label, so that of a clip's scores the highest counts. */
export function haveOneLabel({ clips }: Pick<FineTuned, 'clips'>): boolean {
  return clips.validation.every(({ labels }) => labels.length === 1);
}

/** In the order of the labels. */
export function classFigures({ labels, clips, judgement }: FineTuned): ClassFigures[] {
  const countsOf = (some: FineTuned['clips']['training']) => {
    const counts = new Int32Array(labels.length);
    for (const clip of some) for (const label of clip.labels) counts[label]!++;
    return counts;
  };
  const trained = countsOf(clips.training);
  const judged = countsOf(clips.validation);
  const heard = new Int32Array(labels.length);
  const right = new Int32Array(labels.length);
  const isHighest = haveOneLabel({ clips });
  if (judgement) {
    clips.validation.forEach((clip, row) => {
      const scores = judgement.scores.data.subarray(row * labels.length, (row + 1) * labels.length);
      for (const label of isHighest ? [indexOfHighest(scores)] : labelsFrom(scores)) {
        heard[label]!++;
        if (clip.labels.includes(label)) right[label]!++;
      }
    });
  }
  return labels.map(({ name }, label) => ({
    ...{ name, trained: trained[label]!, judged: judged[label]! },
    precision: heard[label]! > 0 ? right[label]! / heard[label]! : undefined,
    recall: judgement && judged[label]! > 0 ? right[label]! / judged[label]! : undefined,
    averagePrecision: judgement?.evaluation.perClass[label]?.averagePrecision,
  }));
}

function indexOfHighest(scores: Float32Array): number {
  return scores.reduce((highest, score, label) => (score > scores[highest]! ? label : highest), 0);
}

function labelsFrom(scores: Float32Array): number[] {
  return [...scores.keys()].filter((label) => scores[label]! >= heardFrom);
}
