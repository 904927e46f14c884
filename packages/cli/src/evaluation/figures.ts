// The figures of an evaluation, over all clips and per model.

import {
  accuracy,
  averageScores,
  type ClassMetrics,
  confusionMatrix,
  evaluateScores,
  type ScoreTable,
  type TargetTable,
} from '@audiozoo/tasks';
import type { Clip } from './clip.js';
import type { Assignment, ModelScores } from './score-models.js';

/** `null` where there is no figure: no class with positives and negatives, or an infinite d′. */
export interface Figures {
  readonly mAP: number | null;
  readonly mAUC: number | null;
  readonly dPrime: number | null;
  /** Only of data with one label a clip. */
  readonly accuracy?: number | null;
}

export interface MemberFigures extends Figures {
  readonly model: string;
  /** Of a cross-validation: the one that the model has not heard in training. */
  readonly fold?: number;
  /** Clips that the figures are over. */
  readonly clips: number;
}

export interface EvaluationResult {
  /** What the evaluation gives: of the mean of all models' probabilities, or the mean over folds. */
  readonly figures: Figures;
  /** Clips that the figures are over. */
  readonly clips: number;
  readonly members: readonly MemberFigures[];
  /** Over all clips, in the order of the labels. */
  readonly perClass: readonly ClassMetrics[];
  /** Rows: the true class; columns: the class that was heard. Only of data with one label a clip. */
  readonly confusion?: readonly (readonly number[])[];
  /** Probabilities [clips, labels], NaN where a clip failed. */
  readonly scores: Float64Array;
}

/**
 * Brings the models' scores together. A clip that failed in one model is left out everywhere, so that all
 * figures are over the same clips.
 */
export function summarizeScores(
  clips: readonly Clip[],
  assignments: readonly Assignment[],
  { tables, failures }: ModelScores,
  labels: number,
  isCrossValidation: boolean,
): EvaluationResult {
  const sound = (places: readonly number[]) => places.filter((place) => !failures.has(place));
  const scores = isCrossValidation ? joinFolds(tables, assignments, labels) : averageScores(tables);
  for (const place of failures.keys()) scores.fill(Number.NaN, place * labels, (place + 1) * labels);

  const members = assignments.map(({ model, places }, index) => {
    const { perClass, confusion, ...figures } = computeFigures(tables[index]!, clips, sound(places), labels);
    const fold = isCrossValidation && { fold: index + 1 };
    return { model, ...fold, clips: sound(places).length, ...figures };
  });
  const places = sound([...clips.keys()]);
  const { perClass, confusion, ...whole } = computeFigures(scores, clips, places, labels);
  return {
    figures: isCrossValidation ? meanFigures(members) : whole,
    clips: places.length,
    members,
    perClass,
    ...(confusion && { confusion }),
    scores,
  };
}

/** Each clip's scores from the model that it was assigned to. */
function joinFolds(
  tables: readonly Float32Array[],
  assignments: readonly Assignment[],
  labels: number,
): Float64Array {
  const joined = new Float64Array(tables[0]!.length).fill(Number.NaN);
  assignments.forEach(({ places }, model) => {
    for (const place of places) {
      joined.set(tables[model]!.subarray(place * labels, (place + 1) * labels), place * labels);
    }
  });
  return joined;
}

type Judgement = Figures & Pick<EvaluationResult, 'perClass' | 'confusion'>;

/** Judges the scores [clips, labels] of the clips at `places`. */
function computeFigures(
  scores: Float32Array | Float64Array,
  clips: readonly Clip[],
  places: readonly number[],
  labels: number,
): Judgement {
  const data = new Float64Array(places.length * labels);
  const truth = new Uint8Array(data.length);
  places.forEach((place, row) => {
    data.set(scores.subarray(place * labels, (place + 1) * labels), row * labels);
    for (const label of clips[place]!.labels) truth[row * labels + label] = 1;
  });
  const table: ScoreTable = { dtype: 'float64', shape: [places.length, labels], data };
  const targets: TargetTable = { dtype: 'uint8', shape: table.shape, data: truth };

  const { mAP, mAUC, dPrime, perClass } = evaluateScores(table, targets);
  const figures = { mAP: orNull(mAP), mAUC: orNull(mAUC), dPrime: orNull(dPrime) };
  if (clips.some((clip) => clip.labels.length > 1)) return { ...figures, perClass };
  const counts = confusionMatrix(table, targets).data;
  return {
    ...figures,
    accuracy: orNull(accuracy(table, targets)),
    perClass,
    confusion: Array.from({ length: labels }, (_, label) =>
      Array.from(counts.subarray(label * labels, (label + 1) * labels)),
    ),
  };
}

/** What a cross-validation gives: the mean of each figure. */
function meanFigures(folds: readonly Figures[]): Figures {
  const mean = (figure: keyof Figures) => {
    const values = folds.map((figures) => figures[figure]).filter((value) => typeof value === 'number');
    return values.length < folds.length ? null : values.reduce((a, b) => a + b) / folds.length;
  };
  return { mAP: mean('mAP'), mAUC: mean('mAUC'), dPrime: mean('dPrime'), accuracy: mean('accuracy') };
}

/** What JSON can hold. */
function orNull(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
