import type { ScoredWindow } from '../classify/classify-windows.js';

export type TimedScores = Pick<ScoredWindow, 'start' | 'end' | 'scores'> & { readonly time?: number };

/** Windows that meet are taken to, for their times come from divisions. */
const rounding = 1e-6;

/** When one window stops to speak and the next begins: where they meet, or, of windows that do not, half way between their middles. */
export function boundaryBetween(window: TimedScores, next: TimedScores): number {
  if (Math.abs(window.end - next.start) < rounding) return next.start;
  return (timeOf(window) + timeOf(next)) / 2;
}

export function timeOf({ start, end, time = (start + end) / 2 }: TimedScores): number {
  return time;
}
