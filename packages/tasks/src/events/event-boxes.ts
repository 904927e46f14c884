// Sound event bounding boxes (Ebbers et al., Interspeech 2024): where a class begins and ends is decided by how its score
// changes, and how sure it is by its mean over the box. So a threshold chooses among events and never changes their times.

import { AudiozooError, type Label } from '@audiozoo/core';
import { checkOptions, describeValue, type OptionKinds } from '@audiozoo/core/plugin';
import { roundToEven } from '../round-to-even.js';
import type { TimedScores } from './boundary-between.js';
import { byStart } from './detect-events.js';
import type { SoundEvent } from './event-options.js';
import { smoothedSteps } from './smoothed-steps.js';

export interface EventBoxesOptions {
  /** An event's score is above: 0.5 when absent. */
  readonly threshold?: number | undefined;
  /** Seconds over which a change shows, half before it and half behind: 0.5 when absent. */
  readonly stepSeconds?: number | undefined;
  /** Neighbors are one event if the lowest score between is less than this below the highest of each: 1 when absent. */
  readonly mergeDifference?: number | undefined;
  /** And if those are less than so many times that one: 2 when absent. */
  readonly mergeRatio?: number | undefined;
}

const eventBoxesOptionKinds = {
  threshold: 'number',
  stepSeconds: 'number',
  mergeDifference: 'number',
  mergeRatio: 'number',
} as const satisfies OptionKinds<EventBoxesOptions>;

/**
 * Scores of windows in the order of time → events, by their start; `labels` are those of the scores. An event's score is
 * the mean along it. Matches the change-detection-based boxes of the package sebbs, of which the options are one set of its
 * parameters. All windows are needed at once, unlike for `hearEvents`. Throws `argument` errors for options that do not fit.
 */
export function eventBoxes(
  windows: readonly TimedScores[],
  labels: readonly Label[],
  options: EventBoxesOptions = {},
): SoundEvent[] {
  checkOptions('eventBoxes', options, eventBoxesOptionKinds);
  const { threshold = 0.5, stepSeconds = 0.5, mergeDifference = 1, mergeRatio = 2 } = options;
  check(threshold >= 0, 'threshold', 'a score, at least 0', threshold);
  check(stepSeconds > 0 && stepSeconds < Infinity, 'stepSeconds', 'seconds, above 0', stepSeconds);
  check(mergeDifference >= 0, 'mergeDifference', 'a difference of scores, at least 0', mergeDifference);
  check(mergeRatio >= 0, 'mergeRatio', 'a ratio, at least 0', mergeRatio);
  const steps = smoothedSteps(windows, { medianFilter: 1 });
  if (steps.length === 0) return [];
  const begin = steps[0]!.start;
  const boundaries = new Float64Array(steps.length + 1);
  steps.forEach(({ end }, step) => {
    boundaries[step + 1] = end - begin;
  });
  return labels
    .flatMap(({ name, mid }, index) => {
      const scores = Float64Array.from(steps, (step) => step.scores[index]!);
      const segments = segmentsOf(piecesAlong(scores, boundaries, stepSeconds));
      return boxesOf(segments, mergeDifference, mergeRatio)
        .filter(({ score }) => score > threshold)
        .map(
          ({ start, end, score }): SoundEvent => ({
            label: name,
            start: begin + start,
            end: begin + end,
            score,
            index,
            ...(mid !== undefined && { mid }),
          }),
        );
    })
    .sort(byStart);
}

/** Between two moments at which something enters or leaves the filter; in between, its response is a straight line. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly score: number;
  /** What is heard in the half filter behind the piece's end, less what is heard in the half before. */
  readonly response: number;
  /** The same at its start. */
  readonly responseBefore: number;
}

/** Shorter times are rounding. */
const shortest = 1e-7;

/** The sums run along, in this order: which of two equal responses is the higher one is a matter of their last bits. */
function piecesAlong(scores: Float64Array, boundaries: Float64Array, stepSeconds: number): Piece[] {
  const half = stepSeconds / 2;
  const last = scores.length; // the silence behind; −1 is that before
  const at = (step: number) => scores[step] ?? 0;
  const endOf = (step: number) => boundaries[step + 1] ?? Infinity;
  let [leaving, middle, entering] = [-1, 0, 0]; // steps at the filter's beginning, middle and end
  let [before, behind, center] = [0, 0, 0];
  for (; endOf(entering) <= half; entering++) {
    behind += at(entering) * (boundaries[entering + 1]! - boundaries[entering]!);
  }
  behind += at(entering) * (half - boundaries[entering]!);

  const moments = Float64Array.from(
    [...boundaries, ...boundaries.map((time) => time + half), ...boundaries.map((time) => time - half)],
    (time) => roundToEven(time * 1e8) / 1e8,
  ).sort();
  let responseBefore = (2 * (behind - before)) / stepSeconds;
  const pieces: Piece[] = [];
  for (let place = 1; place < moments.length && moments[place]! <= boundaries[last]!; place++) {
    const [start, end] = [moments[place - 1]!, moments[place]!];
    const seconds = end - start;
    if (end < shortest || seconds < shortest) continue;
    before = before - seconds * at(leaving) + seconds * at(middle);
    behind = behind - seconds * at(middle) + seconds * at(entering);
    center += seconds;
    const response = (2 * (behind - before)) / stepSeconds;
    pieces.push({ start, end, score: at(middle), response, responseBefore });
    responseBefore = response;
    if (endOf(middle) - center < shortest) middle++;
    if (endOf(leaving) - (center - half) < shortest) leaving++;
    if (endOf(entering) - (center + half) < shortest) entering++;
  }
  return pieces;
}

interface Segment {
  readonly start: number;
  readonly end: number;
  readonly mean: number;
  readonly least: number;
  readonly most: number;
}

/** By turns what is before and between events, and events: from where the response is highest to where it is lowest. */
function segmentsOf(pieces: readonly Piece[]): Segment[] {
  const starts: number[] = []; // the pieces that segments begin with
  pieces.forEach(({ response, responseBefore }, place) => {
    const wasRising = place === 0 || responseBefore > pieces[place - 1]!.responseBefore;
    const isRising = response > responseBefore;
    const isInEvent = starts.length % 2 === 1;
    if (isInEvent ? isRising && !wasRising : wasRising && !isRising) starts.push(place);
  });
  const bounds = [0, ...starts, pieces.length];
  return bounds.slice(1).map((to, place) => segmentOf(pieces, bounds[place]!, to));
}

function segmentOf(pieces: readonly Piece[], from: number, to: number): Segment {
  const within = pieces.slice(from, to);
  const start = pieces[from]?.start ?? 0;
  const end = pieces[to]?.start ?? pieces.at(-1)?.end ?? 0;
  const sum = within.reduce((total, piece) => total + (piece.end - piece.start) * piece.score, 0);
  return {
    start,
    end,
    mean: sum / Math.max(end - start, shortest),
    least: within.reduce((least, { score }) => Math.min(least, score), Infinity),
    most: within.reduce((most, { score }) => Math.max(most, score), 0),
  };
}

interface Box {
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

/** Events, with what lies between those that are one. */
function boxesOf(segments: readonly Segment[], mergeDifference: number, mergeRatio: number): Box[] {
  const events = segments.filter((_, place) => place % 2 === 1);
  const [only, second] = events;
  if (!second) return only ? [{ start: only.start, end: only.end, score: only.mean }] : [];
  const groups: Segment[][] = [];
  events.forEach((event, place) => {
    const gap = segments[2 * place]!;
    const lowest = gap.least + 1e-3;
    const isClose = ({ most }: Segment) =>
      (most + 1e-3) / lowest < mergeRatio && most + 1e-3 - lowest < mergeDifference;
    if (place > 0 && isClose(events[place - 1]!) && isClose(event)) groups.at(-1)!.push(gap, event);
    else groups.push([event]);
  });
  return groups.map((group) => {
    const seconds = group.reduce((sum, { start, end }) => sum + (end - start), 0);
    const sum = group.reduce((total, { start, end, mean }) => total + (end - start) * mean, 0);
    return { start: group[0]!.start, end: group.at(-1)!.end, score: sum / (seconds + 1e-6) };
  });
}

function check(fits: boolean, option: string, expected: string, got: number): void {
  if (fits) return;
  throw new AudiozooError({
    code: 'argument',
    what: `the ${option} cannot be used`,
    expected,
    got: describeValue(got),
    option,
  });
}
