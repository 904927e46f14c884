// The polyphonic sound detection score (PSDS) of Bilen et al. (2020), exact over all thresholds as Ebbers et al. (2022)
// compute it: no threshold is chosen, so that scores are judged and not a choice.

import {
  addCounts,
  type ClassInClip,
  type CoveringShares,
  classInClip,
  type DetectionCounts,
  detectionChanges,
} from './detection-changes.js';
import { checkScoredClips, type ScoredClip } from './scored-clip.js';

export interface DetectionCriteria extends CoveringShares {
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
 */
export function detectionScore(
  clips: readonly ScoredClip[],
  labels: readonly string[],
  criteria: DetectionCriteria,
): DetectionScore {
  const { instabilityWeight = 1, mostFalseAnHour = 100 } = criteria;
  checkScoredClips(clips, labels);
  const places = new Map(labels.map((label, place) => [label, place]));
  const timelines = clips.map((clip) => timelineOf(clip, places));
  const totals = labels.map((_, label): ClassTotals => {
    const spans = timelines.flatMap(({ classes }) => classes.get(label)?.spans ?? []);
    return { events: spans.length, seconds: sum(spans.map(({ start, end }) => end - start)) };
  });
  const curves = labels.map((_, label) => classCurve(clips, timelines, totals, label, criteria));

  const rates = [...new Set(curves.flatMap((curve) => curve.map(({ falseAnHour }) => falseAnHour)))];
  const reached = curves.map(() => 0); // points of each curve
  const together = rates
    .sort((a, b) => a - b)
    .map((falseAnHour): CurvePoint => {
      const found = curves.map((curve, label) => {
        while (curve[reached[label]! + 1] && curve[reached[label]! + 1]!.falseAnHour <= falseAnHour)
          reached[label]!++;
        return curve[reached[label]!]!.found;
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

/** Of a class, in all clips. */
interface ClassTotals {
  readonly events: number;
  readonly seconds: number;
}

/** When a clip's steps are, and the classes that it has events of. */
interface Timeline {
  readonly boundaries: Float64Array; // [steps + 1]
  readonly classes: ReadonlyMap<number, ClassInClip>; // by place of the label
}

function timelineOf({ reference, steps }: ScoredClip, places: ReadonlyMap<string, number>): Timeline {
  const boundaries = new Float64Array(steps.length + 1);
  steps.forEach(({ start, end }, step) => {
    boundaries[step] = start;
    boundaries[step + 1] = end;
  });
  const classes = new Map<number, ClassInClip>();
  for (const label of new Set(reference.map((event) => event.label))) {
    const spans = reference.filter((event) => event.label === label);
    classes.set(places.get(label)!, classInClip(spans, boundaries));
  }
  return { boundaries, classes };
}

/** The most events found at each rate of false ones, both ascending, from no detection on. */
function classCurve(
  clips: readonly ScoredClip[],
  timelines: readonly Timeline[],
  totals: readonly ClassTotals[],
  label: number,
  { crossTriggerWeight = 0, mostFalseAnHour = 100, ...shares }: DetectionCriteria,
): CurvePoint[] {
  const seconds = sum(clips.map((clip) => clip.seconds));
  const otherLabels = Math.max(1, totals.length - 1);
  const changes = clips
    .flatMap(({ steps }, clip) => {
      const { boundaries, classes } = timelines[clip]!;
      const scores = Float64Array.from(steps, (step) => step.scores[label]!);
      const own = classes.get(label) ?? classInClip([], boundaries);
      const others = [...classes].flatMap(([other, ofClip]) =>
        other === label ? [] : [{ ...ofClip, secondsInAll: totals[other]!.seconds }],
      );
      return detectionChanges(boundaries, scores, own, others, shares);
    })
    .sort((a, b) => b.threshold - a.threshold);
  const points: CurvePoint[] = [{ falseAnHour: 0, found: 0 }];
  let now: DetectionCounts = { found: 0, false: 0, crossed: 0 };
  changes.forEach(({ threshold, by }, place) => {
    now = addCounts(now, by, 1);
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
