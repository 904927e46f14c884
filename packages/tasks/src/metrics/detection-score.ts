// The polyphonic sound detection score (PSDS) of Bilen et al. (2020), exact over all thresholds as Ebbers et al. (2022)
// compute it: no threshold is chosen, so that scores are judged and not a choice.

import { AudiozooError } from '@audiozoo/core';
import { describeValue, listNames } from '@audiozoo/core/plugin';
import { areNumbers } from '../check-numbers.js';
import type { ScoredWindow } from '../classify/classify-windows.js';
import { checkEvent, type TimedEvent } from './clip-events.js';

/** A recording's events, and its scores along time. */
export interface ScoredClip {
  /** Its length. */
  readonly seconds: number;
  readonly reference: readonly TimedEvent[];
  /** In the order of time, each beginning where the one before ends; scores in the order of the labels. */
  readonly steps: readonly Pick<ScoredWindow, 'start' | 'end' | 'scores'>[];
}

export interface DetectionCriteria {
  /** Share of a detection that must lie in events of its class, or it is false. */
  readonly detectionTolerance: number;
  /** Share of an event that detections which are not false must cover, or it is missed. */
  readonly referenceCoverage: number;
  /** Share of a false detection in events of another class from which on it is a cross trigger. */
  readonly crossTriggerTolerance?: number;
  /** What a cross trigger counts beside a false one: 0 when absent. */
  readonly crossTriggerWeight?: number;
  /** How much the deviation among classes counts against their mean: 1 when absent. */
  readonly instabilityWeight?: number;
  /** False detections in an hour up to which the score looks: 100 when absent. */
  readonly mostFalseAnHour?: number;
}

/** PSDS1 of DCASE's task 4: when things are heard must be told well. */
export const psds1: DetectionCriteria = { detectionTolerance: 0.7, referenceCoverage: 0.7 };

/** PSDS2: classes must not be taken for each other. */
export const psds2: DetectionCriteria = {
  detectionTolerance: 0.1,
  referenceCoverage: 0.1,
  crossTriggerTolerance: 0.3,
  crossTriggerWeight: 0.5,
};

export interface DetectionScore {
  /** 0 to 1. */
  readonly score: number;
  /** Each class's own, in the order of the labels. */
  readonly perClass: readonly { readonly label: string; readonly score: number }[];
}

/**
 * PSDS of scores along time. Matches sed_scores_eval's intersection_based.psds. Throws `argument` errors on steps with
 * gaps, on events of other labels, and on a label without events: its share of found events is not defined.
 * Takes time by the square of a clip's steps.
 */
export function detectionScore(
  clips: readonly ScoredClip[],
  labels: readonly string[],
  criteria: DetectionCriteria,
): DetectionScore {
  const { instabilityWeight = 1, mostFalseAnHour = 100 } = criteria;
  checkScoredClips(clips, labels);
  const events = clips.map(({ reference }) =>
    labels.map((label) => reference.filter((event) => event.label === label)),
  );
  const totals = labels.map((_, label) => {
    const all = events.flatMap((ofClip) => ofClip[label]!);
    return { events: all.length, seconds: sum(all.map(({ start, end }) => end - start)) };
  });
  const curves = labels.map((_, label) => classCurve(clips, events, totals, label, criteria));

  const rates = [...new Set(curves.flatMap((curve) => curve.map(({ falseAnHour }) => falseAnHour)))];
  const places = curves.map(() => 0); // where each curve is
  const together = rates
    .sort((a, b) => a - b)
    .map((falseAnHour): CurvePoint => {
      const found = curves.map((curve, label) => {
        while (curve[places[label]! + 1] && curve[places[label]! + 1]!.falseAnHour <= falseAnHour)
          places[label]!++;
        return curve[places[label]!]!.found;
      });
      const mean = found.reduce((a, b) => a + b) / found.length;
      const variance = found.reduce((sum, share) => sum + (share - mean) ** 2, 0) / found.length;
      return { falseAnHour, found: Math.max(0, mean - instabilityWeight * Math.sqrt(variance)) };
    });
  return {
    score: areaUnder(together, mostFalseAnHour),
    perClass: curves.map((curve, label) => ({
      label: labels[label]!,
      score: areaUnder(curve, mostFalseAnHour),
    })),
  };
}

interface CurvePoint {
  /** Effective: with what cross triggers count. */
  readonly falseAnHour: number;
  /** Share of the events. */
  readonly found: number;
}

/** What a threshold finds. */
interface Counts {
  readonly found: number;
  readonly false: number;
  /** Cross triggers by the seconds of the class that they were triggered by, summed over classes. */
  readonly crossed: number;
}

/** The most events found at each rate of false ones, both ascending, from no detection on. */
function classCurve(
  clips: readonly ScoredClip[],
  events: readonly (readonly (readonly Span[])[])[], // [clips][labels]
  totals: readonly { readonly events: number; readonly seconds: number }[], // [labels]
  label: number,
  { crossTriggerWeight = 0, mostFalseAnHour = 100, ...criteria }: DetectionCriteria,
): CurvePoint[] {
  const seconds = sum(clips.map((clip) => clip.seconds));
  const otherLabels = Math.max(1, totals.length - 1);
  const changes = clips
    .flatMap(({ steps }, clip) => {
      const scores = steps.map((step) => step.scores[label]!);
      const others = events[clip]!.flatMap((spans, other) => {
        return other === label || spans.length === 0 ? [] : [{ spans, seconds: totals[other]!.seconds }];
      });
      return changesAlong(scores, (threshold) =>
        countDetections(detections(steps, scores, threshold), events[clip]![label]!, others, criteria),
      );
    })
    .sort((a, b) => b.threshold - a.threshold);
  const points: CurvePoint[] = [{ falseAnHour: 0, found: 0 }];
  let now: Counts = { found: 0, false: 0, crossed: 0 };
  changes.forEach(({ threshold, by }, place) => {
    now = combine(now, by, 1);
    if (changes[place + 1]?.threshold === threshold) return;
    const rate = now.false / seconds + (crossTriggerWeight * now.crossed) / otherLabels;
    points.push({ falseAnHour: rate * 3600, found: now.found / totals[label]!.events });
  });

  points.sort((a, b) => a.falseAnHour - b.falseAnHour || a.found - b.found);
  const curve: CurvePoint[] = [];
  for (const point of points) {
    const last = curve.at(-1);
    if (point.falseAnHour > mostFalseAnHour) break;
    if (last && point.found <= last.found) continue;
    if (last?.falseAnHour === point.falseAnHour) curve.pop();
    curve.push(point);
  }
  return curve;
}

interface Change {
  readonly threshold: number;
  readonly by: Counts;
}

/** How counts change as the threshold falls to each of the scores. */
function changesAlong(scores: readonly number[], countsAt: (threshold: number) => Counts): Change[] {
  let before: Counts = { found: 0, false: 0, crossed: 0 };
  return [...new Set(scores)]
    .sort((a, b) => b - a)
    .map((threshold) => {
      const counts = countsAt(threshold);
      const by = combine(counts, before, -1);
      before = counts;
      return { threshold, by };
    })
    .filter(({ by }) => by.found !== 0 || by.false !== 0 || by.crossed !== 0);
}

function combine(a: Counts, b: Counts, sign: 1 | -1): Counts {
  return {
    found: a.found + sign * b.found,
    false: a.false + sign * b.false,
    crossed: a.crossed + sign * b.crossed,
  };
}

type Span = Pick<TimedEvent, 'start' | 'end'>;

/** Where the scores are at the threshold or above. */
function detections(steps: ScoredClip['steps'], scores: readonly number[], threshold: number): Span[] {
  const found: { start: number; end: number }[] = [];
  let isOn = false;
  steps.forEach(({ start, end }, step) => {
    const wasOn = isOn;
    isOn = scores[step]! >= threshold;
    if (isOn && wasOn) found.at(-1)!.end = end;
    else if (isOn) found.push({ start, end });
  });
  return found;
}

function countDetections(
  found: readonly Span[],
  events: readonly Span[],
  others: readonly { readonly spans: readonly Span[]; readonly seconds: number }[],
  { detectionTolerance, referenceCoverage, crossTriggerTolerance }: DetectionCriteria,
): Counts {
  const right: Span[] = [];
  const wrong: Span[] = [];
  for (const span of found) (isCovered(span, events, detectionTolerance) ? right : wrong).push(span);
  const crossed = ({ spans, seconds }: (typeof others)[number]) =>
    wrong.filter((span) => isCovered(span, spans, crossTriggerTolerance!)).length / Math.max(seconds, 1e-12);
  return {
    found: events.filter((event) => isCovered(event, right, referenceCoverage)).length,
    false: wrong.length,
    crossed: crossTriggerTolerance === undefined ? 0 : sum(others.map(crossed)),
  };
}

function isCovered(span: Span, by: readonly Span[], share: number): boolean {
  const covered = sum(by.map((other) => overlap(span, other)));
  return microseconds(covered) >= microseconds(share * (span.end - span.start));
}

function overlap(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));
}

/** Shares that are met exactly would else hang on the last bits of sums. Halves go to the even number, as in NumPy. */
function microseconds(seconds: number): number {
  const exact = seconds * 1e6;
  const rounded = Math.round(exact);
  return rounded - exact === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Of the steps of a curve, each as high as its beginning, as a share of what it could be. */
function areaUnder(curve: readonly CurvePoint[], mostFalseAnHour: number): number {
  const areas = curve.map(({ falseAnHour, found }, place) => {
    return found * ((curve[place + 1]?.falseAnHour ?? mostFalseAnHour) - falseAnHour);
  });
  return sum(areas) / mostFalseAnHour;
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function checkScoredClips(clips: readonly ScoredClip[], labels: readonly string[]): void {
  const missing = new Set(labels);
  clips.forEach(({ seconds, reference, steps }, clip) => {
    check(
      seconds > 0 && seconds < Infinity,
      `the length of clip ${clip}`,
      'seconds, above 0',
      describeValue(seconds),
    );
    for (const event of reference) {
      checkEvent(event);
      check(
        labels.includes(event.label),
        `an event of clip ${clip}`,
        'one of the labels',
        describeValue(event.label),
      );
      missing.delete(event.label);
    }
    steps.forEach(({ start, end, scores }, step) => {
      const fits =
        areNumbers(scores) && scores.length === labels.length && Array.from(scores).every(Number.isFinite);
      check(fits, `step ${step} of clip ${clip}`, `${labels.length} finite scores`, describeValue(scores));
      const follows = start < end && (step === 0 || Math.abs(start - steps[step - 1]!.end) < 1e-6);
      check(
        follows,
        `step ${step} of clip ${clip}`,
        'to begin where the one before ends',
        `${start} to ${end}`,
      );
    });
  });
  if (missing.size === 0 && labels.length > 0) return;
  throw new AudiozooError({
    code: 'argument',
    what: 'labels without events cannot be judged',
    expected: 'an event of each label',
    got: `none of ${listNames([...missing])}`,
    hint: 'Leave out their scores.',
  });
}

function check(fits: boolean, what: string, expected: string, got: string): void {
  if (!fits) throw new AudiozooError({ code: 'argument', what: `${what} cannot be used`, expected, got });
}
