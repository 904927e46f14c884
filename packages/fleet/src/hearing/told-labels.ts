// Scores as results tell them.

import { type LocalClassifier, rankLabels, scoresOf } from '@audiozoo/tasks';
import type { LabelChoice } from '../job/job-settings.js';
import type { LabelScore, ResultRow } from '../results/result-row.js';

/** The labels that a job tells of logits. Throws a `runtime` error where they are not finite. */
export function toldLabels(
  logits: Float32Array,
  { labels, problemType }: Pick<LocalClassifier, 'labels' | 'problemType'>,
  choice: LabelChoice,
): Pick<ResultRow, 'labels' | 'scores'> {
  const scores = scoresOf(logits, problemType);
  if (choice.kind === 'all') return { scores: Array.from(scores, toldScore) };
  const ranked = rankLabels(scores, labels, choice.kind === 'top' ? choice.k : labels.length);
  const told = ranked.map(({ label, score }): LabelScore => ({ label, score: toldScore(score) }));
  return { labels: choice.kind === 'top' ? told : told.filter(({ score }) => score >= choice.score) };
}

/** Six digits that count: arithmetic in float32 gives no more. */
export function toldScore(score: number): number {
  return Number(score.toPrecision(6));
}

/** To a microsecond, for what comes of adding steps. */
export function toldTime(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
