// How well detected events agree with annotated ones, as sed_eval counts: by segments of time in which a class is heard
// or not, and by events whose onsets and offsets are met.

import { AudiozooError } from '@audiozoo/core';
import { describeValue } from '@audiozoo/core/plugin';
import type { SoundEvent } from '../events/event-options.js';
import { type ClipEvents, checkClips, labelsOf, type TimedEvent } from './clip-events.js';
import { countMatches } from './count-matches.js';

/** `undefined` where nothing tells: precision without detected, recall without annotated ones, F1 without either. */
export interface F1 {
  readonly f1: number | undefined;
  readonly precision: number | undefined;
  readonly recall: number | undefined;
}

export interface EventF1 {
  /** Over all segments or events, whatever their class ("micro"). */
  readonly overall: F1;
  /** Means over the classes that have a figure ("macro"). */
  readonly macro: F1;
  /** Of each class that occurs, by label. */
  readonly perClass: readonly (F1 & Pick<SoundEvent, 'label'>)[];
}

export interface EventCollar {
  /** Seconds that an onset or offset may be off: 0.2 when absent. */
  readonly collar?: number;
  /** Share of the annotated event's length that its offset may be off, if that is more: 0.5 when absent. */
  readonly shareOfLength?: number;
}

/**
 * F1 over segments: those that a class's events touch are heard, the others are not. `segment` is in seconds, 1 when
 * absent. Matches sed_eval's SegmentBasedMetrics. Throws `argument` errors on events that cannot be.
 */
export function segmentF1(clips: readonly ClipEvents[], segment = 1): EventF1 {
  checkClips(clips);
  if (!(segment > 0)) {
    throw new AudiozooError({
      code: 'argument',
      what: 'segments cannot be of that length',
      expected: 'seconds, above 0',
      got: describeValue(segment),
    });
  }
  const segmentsOf = (events: readonly TimedEvent[]) =>
    coveredSegments(events.map(({ start, end }) => [Math.floor(start / segment), Math.ceil(end / segment)]));
  return judge(clips, (reference, detected) => {
    const counts = { reference: segmentsOf(reference), detected: segmentsOf(detected) };
    const either = segmentsOf([...reference, ...detected]);
    return { ...counts, right: counts.reference + counts.detected - either };
  });
}

/**
 * F1 over events: a detected one is right if its onset and its offset are those of an annotated one of its class, one
 * to one, as many as can be paired. Matches sed_eval's EventBasedMetrics. Throws as `segmentF1` does.
 */
export function eventF1(
  clips: readonly ClipEvents[],
  { collar = 0.2, shareOfLength = 0.5 }: EventCollar = {},
): EventF1 {
  checkClips(clips);
  const meets = (reference: TimedEvent, detected: TimedEvent) =>
    Math.abs(reference.start - detected.start) <= collar &&
    Math.abs(reference.end - detected.end) <=
      Math.max(collar, shareOfLength * (reference.end - reference.start));
  return judge(clips, (reference, detected) => ({
    reference: reference.length,
    detected: detected.length,
    right: countMatches(
      detected.map((event) => [...reference.keys()].filter((at) => meets(reference[at]!, event))),
    ),
  }));
}

interface Counts {
  readonly reference: number;
  readonly detected: number;
  readonly right: number;
}

const nothing: Counts = { reference: 0, detected: 0, right: 0 };

/** Counts each class in each clip. */
function judge(
  clips: readonly ClipEvents[],
  count: (reference: readonly TimedEvent[], detected: readonly TimedEvent[]) => Counts,
): EventF1 {
  const labels = labelsOf(clips);
  const counts = new Map(labels.map((label) => [label, nothing]));
  for (const clip of clips) {
    for (const label of labelsOf([clip])) {
      const ofLabel = (events: readonly TimedEvent[]) => events.filter((event) => event.label === label);
      counts.set(label, add(counts.get(label)!, count(ofLabel(clip.reference), ofLabel(clip.detected))));
    }
  }
  const perClass = labels.map((label) => ({ label, ...figures(counts.get(label)!) }));
  const mean = (figure: keyof F1) => {
    const values = perClass.map((one) => one[figure]).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : values.reduce((a, b) => a + b) / values.length;
  };
  return {
    overall: figures([...counts.values()].reduce(add, nothing)),
    macro: { f1: mean('f1'), precision: mean('precision'), recall: mean('recall') },
    perClass,
  };
}

function add(a: Counts, b: Counts): Counts {
  return {
    reference: a.reference + b.reference,
    detected: a.detected + b.detected,
    right: a.right + b.right,
  };
}

function figures({ reference, detected, right }: Counts): F1 {
  const precision = detected === 0 ? undefined : right / detected;
  const recall = reference === 0 ? undefined : right / reference;
  if (precision === undefined || recall === undefined) return { f1: undefined, precision, recall };
  return { f1: right === 0 ? 0 : (2 * precision * recall) / (precision + recall), precision, recall };
}

/** How many whole numbers lie in any of the ranges [from, to): counted, not listed, for a range may be of any length. */
function coveredSegments(ranges: readonly (readonly [from: number, to: number])[]): number {
  let covered = 0;
  let reached = 0;
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    covered += Math.max(0, to - Math.max(from, reached));
    reached = Math.max(reached, to);
  }
  return covered;
}
