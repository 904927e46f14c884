// How a class's detections in a clip change as its threshold falls. Steps come on from the highest score down, each
// joining the detections beside it, and only what that changes is counted again: not everything at every threshold.

import { roundToEven } from '../round-to-even.js';
import type { TimedEvent } from './clip-events.js';

/** What a threshold finds. */
export interface DetectionCounts {
  /** Events. */
  readonly found: number;
  /** Detections. */
  readonly false: number;
  /** Cross triggers by the seconds of the class that they were triggered by, summed over classes. */
  readonly crossed: number;
}

export interface DetectionChange {
  readonly threshold: number;
  readonly by: DetectionCounts;
}

export type Span = Pick<TimedEvent, 'start' | 'end'>;

/** Where a class is heard in a clip. */
export interface ClassInClip {
  readonly spans: readonly Span[];
  /** Of the class before each boundary of the clip's steps. */
  readonly secondsBefore: Float64Array; // [steps + 1]
}

/** Shares of time: see `DetectionCriteria`. */
export interface CoveringShares {
  readonly detectionTolerance: number;
  readonly referenceCoverage: number;
  readonly crossTriggerTolerance?: number;
}

/** `boundaries` of the steps in seconds [steps + 1], ascending. */
export function classInClip(spans: readonly Span[], boundaries: Float64Array): ClassInClip {
  const secondsBefore = new Float64Array(boundaries.length);
  for (const span of spans) {
    const first = Math.max(0, firstAbove(boundaries, span.start) - 1);
    for (let step = first; step < boundaries.length - 1 && boundaries[step]! < span.end; step++) {
      secondsBefore[step + 1]! += overlap(span, { start: boundaries[step]!, end: boundaries[step + 1]! });
    }
  }
  for (let step = 1; step < secondsBefore.length; step++) secondsBefore[step]! += secondsBefore[step - 1]!;
  return { spans, secondsBefore };
}

/**
 * The changes at each score from the highest down, those that change something. `others` are the other classes that the
 * clip has events of, each with its seconds in all clips. Takes time by the steps and their logarithm; by a detection's
 * events too where it changes between right and false.
 */
export function detectionChanges(
  boundaries: Float64Array, // [steps + 1]
  scores: Float64Array, // [steps]
  own: ClassInClip,
  others: readonly (ClassInClip & { readonly secondsInAll: number })[],
  { detectionTolerance, referenceCoverage, crossTriggerTolerance }: CoveringShares,
): DetectionChange[] {
  const firstOf = new Int32Array(scores.length).fill(-1); // of a detection by its last step; −1 where a step is off
  const lastOf = new Int32Array(scores.length).fill(-1); // and the other way round
  const crossedOf = new Float64Array(scores.length); // what a detection crosses, by its first step
  const isRight = new Uint8Array(scores.length); // likewise
  const coverage = createCoverage(own.spans, referenceCoverage);
  let wrong = 0;
  let crossed = 0;

  const seconds = (first: number, last: number) => boundaries[last + 1]! - boundaries[first]!;
  const covers = ({ secondsBefore }: ClassInClip, first: number, last: number, share: number) =>
    microseconds(secondsBefore[last + 1]! - secondsBefore[first]!) >=
    microseconds(share * seconds(first, last));
  const crossedBy = (first: number, last: number) => {
    if (crossTriggerTolerance === undefined) return 0;
    const hit = others.filter((other) => covers(other, first, last, crossTriggerTolerance));
    return hit.reduce((sum, { secondsInAll }) => sum + 1 / Math.max(secondsInAll, 1e-12), 0);
  };

  /** A step comes on, and is one detection with those that touch it. */
  const turnOn = (step: number) => {
    const before = step > 0 ? firstOf[step - 1]! : -1;
    const after = step + 1 < scores.length ? lastOf[step + 1]! : -1;
    const first = before === -1 ? step : before;
    const last = after === -1 ? step : after;
    const right = covers(own, first, last, detectionTolerance);
    const joined: [first: number, last: number][] = [];
    if (before !== -1) joined.push([before, step - 1]);
    if (after !== -1) joined.push([step + 1, after]);
    for (const [from, to] of joined) {
      if (!isRight[from]) {
        wrong--;
        crossed -= crossedOf[from]!;
      }
      if (Boolean(isRight[from]) !== right) {
        coverage.add({ start: boundaries[from]!, end: boundaries[to + 1]! }, right ? 1 : -1);
      }
    }
    if (right) coverage.add({ start: boundaries[step]!, end: boundaries[step + 1]! }, 1);
    else {
      wrong++;
      crossedOf[first] = crossedBy(first, last);
      crossed += crossedOf[first]!;
    }
    isRight[first] = right ? 1 : 0;
    firstOf[last] = first;
    lastOf[first] = last;
  };

  const order = Array.from(scores.keys()).filter((step) => scores[step]! > -Infinity);
  order.sort((a, b) => scores[b]! - scores[a]!);
  const changes: DetectionChange[] = [];
  let before: DetectionCounts = { found: 0, false: 0, crossed: 0 };
  order.forEach((step, place) => {
    turnOn(step);
    const threshold = scores[step]!;
    const next = order[place + 1];
    if (next !== undefined && scores[next] === threshold) return;
    const now = { found: coverage.found(), false: wrong, crossed };
    const by = addCounts(now, before, -1);
    before = now;
    if (by.found !== 0 || by.false !== 0 || by.crossed !== 0) changes.push({ threshold, by });
  });
  return changes;
}

export function addCounts(a: DetectionCounts, b: DetectionCounts, sign: 1 | -1): DetectionCounts {
  return {
    found: a.found + sign * b.found,
    false: a.false + sign * b.false,
    crossed: a.crossed + sign * b.crossed,
  };
}

interface Coverage {
  /** Takes a detection in, or out again. */
  add(detection: Span, sign: 1 | -1): void;
  /** How many events are covered by the share that it takes. */
  found(): number;
}

function createCoverage(spans: readonly Span[], share: number): Coverage {
  const events = spans.toSorted((a, b) => a.start - b.start);
  const latestEnds = new Float64Array(events.length); // of an event and those before it
  events.forEach(({ end }, event) => {
    latestEnds[event] = Math.max(end, latestEnds[event - 1] ?? 0);
  });
  const needed = events.map(({ start, end }) => microseconds(share * (end - start)));
  const covered = new Float64Array(events.length);
  const isFound = new Uint8Array(events.length);
  let found = 0;
  return {
    add(detection, sign) {
      for (let event = firstAbove(latestEnds, detection.start); event < events.length; event++) {
        if (events[event]!.start >= detection.end) break;
        covered[event]! += sign * overlap(events[event]!, detection);
        const isNow = microseconds(covered[event]!) >= needed[event]! ? 1 : 0;
        found += isNow - isFound[event]!;
        isFound[event] = isNow;
      }
    },
    found: () => found,
  };
}

/** The first place of ascending numbers that is above a value. */
function firstAbove(ascending: Float64Array, value: number): number {
  let [from, to] = [0, ascending.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (ascending[middle]! > value) to = middle;
    else from = middle + 1;
  }
  return from;
}

function overlap(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));
}

/** Shares that are met exactly would else hang on the last bits of sums. */
function microseconds(seconds: number): number {
  return roundToEven(seconds * 1e6);
}
