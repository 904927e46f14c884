// From predictions, each of a window of sound, to spans of time that carry a label.

import type { ScoredLabel } from '@audiozoo/tasks';
import { isNameless } from './label-color.js';

export interface Prediction {
  /** Seconds where the window of sound ends. */
  readonly time: number;
  readonly labels: readonly ScoredLabel[];
}

export interface LabelSpan {
  readonly label: string;
  readonly index: number;
  readonly start: number;
  readonly end: number;
  /** The best score in the span. */
  readonly score: number;
  /** Which of the rows below one another it stands in. */
  readonly lane: number;
}

export interface SpanOptions {
  /** Seconds of sound behind each prediction. */
  readonly window: number;
  /** Seconds from one prediction to the next. */
  readonly hop: number;
  /** Labels below this score are not shown. */
  readonly threshold: number;
  /** Labels of fewer consecutive predictions are not shown: they come where a window cuts a sound. */
  readonly predictions: number;
  readonly lanes: number;
}

/**
 * Spans of labels in consecutive predictions, in order of their beginning. A prediction stands for the
 * middle of its window: there a short sound is when most windows agree on it. What names no sound is no span.
 */
export function labelSpans(
  predictions: readonly Prediction[],
  { window, hop, threshold, predictions: fewest, lanes }: SpanOptions,
): LabelSpan[] {
  type Growing = { -readonly [Key in keyof Omit<LabelSpan, 'lane'>]: LabelSpan[Key] } & { count: number };
  const spans: Growing[] = [];
  const latest = new Map<number, Growing>();
  for (const { time, labels } of predictions) {
    // The first windows are not full yet; what they hear lies in what there is.
    const middle = time - Math.min(window, time) / 2;
    for (const { label, index, score } of labels) {
      if (score < threshold || isNameless(label)) continue;
      const before = latest.get(index);
      if (before && middle - hop / 2 - before.end < hop) {
        before.end = middle + hop / 2;
        before.score = Math.max(before.score, score);
        before.count++;
        continue;
      }
      const start = Math.max(0, middle - hop / 2);
      const span: Growing = { label, index, start, end: middle + hop / 2, score, count: 1 };
      spans.push(span);
      latest.set(index, span);
    }
  }
  // Neighbors overlap a little where windows of both agree: that is not two sounds at once.
  return inLanes(
    spans.filter(({ count }) => count >= fewest),
    lanes,
    hop,
  );
}

/** Spans in the order of their beginning, each in the first lane that is free but for `overlap` seconds; what finds none is left out. */
export function inLanes(spans: readonly Omit<LabelSpan, 'lane'>[], lanes: number, overlap = 0): LabelSpan[] {
  const ends = new Array<number>(lanes).fill(Number.NEGATIVE_INFINITY);
  return spans.flatMap(({ label, index, start, end, score }) => {
    const lane = ends.findIndex((taken) => taken <= start + overlap);
    if (lane < 0) return [];
    ends[lane] = end;
    return [{ label, index, start, end, score, lane }];
  });
}
