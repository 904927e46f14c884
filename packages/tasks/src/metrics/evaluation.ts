// The figures that papers on audio tagging give, as the official AST code computes them (stats.py).

import { AudiozooError, type Tensor } from '@audiozoo/core';
import { formatShape } from '@audiozoo/core/plugin';
import { checkNumbers } from '../check-numbers.js';
import { type ClassMetrics, classMetrics } from './class-metrics.js';
import { normalQuantile } from './normal-quantile.js';

/** Scores of clips, the higher the likelier: [clips, labels]. */
export type ScoreTable = Tensor<'float32'> | Tensor<'float64'>;

/** 1 where a clip has a label, 0 where not: [clips, labels]. */
export type TargetTable = Tensor<'uint8'>;

export interface Evaluation {
  readonly clips: number;
  /** Mean average precision over the classes that have one; undefined when none has. */
  readonly mAP: number | undefined;
  /** Mean area under the ROC curve, likewise. */
  readonly mAUC: number | undefined;
  /** d′ of the mean area: Infinity where every class is told apart without a fault. */
  readonly dPrime: number | undefined;
  /** In the order of the labels. */
  readonly perClass: readonly ClassMetrics[];
}

/**
 * mAP, mAUC and d′ of scores, and each class's own. Classes without positives or without negatives have no
 * figures and are left out of the means. Throws `argument` errors on tables that do not go together and on
 * scores that are NaN.
 */
export function evaluateScores(scores: ScoreTable, targets: TargetTable): Evaluation {
  const [clips, labels] = checkTables(scores, targets);
  const perClass = Array.from({ length: labels }, (_, label) =>
    classMetrics(column(scores, label), column(targets, label)),
  );
  const mAUC = meanOfDefined(perClass.map(({ rocAuc }) => rocAuc));
  return {
    clips,
    mAP: meanOfDefined(perClass.map(({ averagePrecision }) => averagePrecision)),
    mAUC,
    dPrime: mAUC === undefined ? undefined : dPrime(mAUC),
    perClass,
  };
}

/** How far apart two normal distributions lie that give this area under the ROC curve: √2 · Φ⁻¹(AUC). */
export function dPrime(rocAuc: number): number {
  return Math.SQRT2 * normalQuantile(rocAuc);
}

/**
 * Which class was heard as which: int32 [labels, labels], a row per true class, a column per class of the
 * highest score. Of equal scores, and of several labels of a clip, the first counts, as in NumPy's argmax.
 */
export function confusionMatrix(scores: ScoreTable, targets: TargetTable): Tensor<'int32'> {
  const [clips, labels] = checkTables(scores, targets);
  const counts = new Int32Array(labels * labels);
  for (let clip = 0; clip < clips; clip++) {
    const truth = indexOfHighest(row(targets, clip));
    const heard = indexOfHighest(row(scores, clip));
    counts[truth * labels + heard]!++;
  }
  return { dtype: 'int32', shape: [labels, labels], data: counts };
}

/** The share of clips whose highest score is that of their label. NaN when there is no clip. */
export function accuracy(scores: ScoreTable, targets: TargetTable): number {
  const { data, shape } = confusionMatrix(scores, targets);
  const labels = shape[0]!;
  let right = 0;
  for (let label = 0; label < labels; label++) right += data[label * (labels + 1)]!;
  return right / scores.shape[0]!;
}

function checkTables(scores: ScoreTable, targets: TargetTable): [clips: number, labels: number] {
  const [shape, targetShape] = [scores, targets].map((table) =>
    Array.isArray(table?.shape) ? (table.shape as readonly number[]) : [],
  ) as [readonly number[], readonly number[]];
  const [clips, labels] = shape;
  for (const table of [scores, targets]) checkNumbers('the data of a table', table?.data);
  if (shape.length === 2 && targetShape.length === 2) {
    if (clips === targetShape[0] && labels === targetShape[1]) return [clips!, labels!];
  }
  throw new AudiozooError({
    code: 'argument',
    what: 'scores and truth do not go together',
    expected: 'two tables of one shape, [clips, labels]',
    got: `${formatShape(shape)} and ${formatShape(targetShape)}`,
  });
}

function column<T extends ScoreTable | TargetTable>({ shape, data }: T, label: number): Float64Array {
  const [clips, labels] = shape as readonly [number, number];
  const values = new Float64Array(clips);
  for (let clip = 0; clip < clips; clip++) values[clip] = data[clip * labels + label]!;
  return values;
}

function row<T extends ScoreTable | TargetTable>({ shape, data }: T, clip: number): ArrayLike<number> {
  const labels = shape[1]!;
  return data.subarray(clip * labels, (clip + 1) * labels);
}

function indexOfHighest(values: ArrayLike<number>): number {
  let highest = 0;
  for (let index = 1; index < values.length; index++) {
    if (values[index]! > values[highest]!) highest = index;
  }
  return highest;
}

function meanOfDefined(values: readonly (number | undefined)[]): number | undefined {
  const defined = values.filter((value) => value !== undefined);
  return defined.length === 0 ? undefined : defined.reduce((a, b) => a + b) / defined.length;
}
