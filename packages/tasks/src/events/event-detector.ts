// Events from scores that come one after another: each as soon as it is certain.

import { AudiozooError, type Label } from '@audiozoo/core';
import { checkOptions, describeValue } from '@audiozoo/core/plugin';
import { areNumbers } from '../check-numbers.js';
import { boundaryBetween, type TimedScores } from './boundary-between.js';
import {
  type DetectEventsOptions,
  type LabelDetection,
  labelDetectionKinds,
  type SoundEvent,
  thresholdKinds,
} from './event-options.js';

export interface EventDetector {
  /** Takes the next window. Returns the events that are certain now. */
  push(window: TimedScores): SoundEvent[];
  finish(): SoundEvent[];
  /** What sounds where the latest judgement ends: events that have begun and not ended. */
  sounding(): SoundEvent[];
  /** Seconds up to which is judged: 0 before there is a judgement. */
  readonly until: number;
}

interface Run {
  readonly start: number;
  end: number;
  score: number;
}

/** What is known of a label: an event that a next one may still join, and where its score is high right now. */
interface Track {
  readonly index: number;
  readonly on: number;
  readonly off: number;
  /** Windows on both sides that the median takes in. */
  readonly reach: number;
  before?: Run | undefined;
  current?: Run | undefined;
}

/** Times come from divisions, so that equal ones may differ in their last bits. */
const rounding = 1e-9;

/** `secondsApart` are the windows; `undefined` where there is but one, which no median smooths. */
export function createEventDetector(
  labels: readonly Label[],
  options: DetectEventsOptions,
  secondsApart: number | undefined,
): EventDetector {
  check(Array.isArray(labels), 'labels', "the model's", describeValue(labels));
  checkOptions('threshold', options.threshold ?? {}, thresholdKinds);
  const { threshold = {}, medianFilter = 3, minDuration = 0, mergeGap = 0 } = options;
  check(
    medianFilter % 2 === 1 && medianFilter > 0,
    'medianFilter',
    'an odd number',
    `${medianFilter}`,
    'medianFilter',
  );
  check(minDuration >= 0, 'minDuration', 'seconds, at least 0', `${minDuration}`, 'minDuration');
  check(mergeGap >= 0, 'mergeGap', 'seconds, at least 0', `${mergeGap}`, 'mergeGap');
  check(
    options.medianFilter === undefined || options.medianSeconds === undefined,
    'medianFilter',
    'nothing beside medianSeconds',
    `${medianFilter}`,
    ['medianFilter', 'medianSeconds'],
  );
  const ofLabels = detectionByPlace(labels, options.byLabel ?? {});
  const tracks = chooseLabels(labels, options).map((index): Track => {
    const own = ofLabels.get(index) ?? {};
    const { on = threshold.on ?? 0.5 } = own;
    const { off = own.on === undefined ? (threshold.off ?? on / 2) : on / 2 } = own;
    const { medianSeconds = options.medianSeconds } = own;
    check(
      on > 0 && on <= 1 && off > 0 && off <= on,
      'thresholds',
      'above 0 to 1, off at most on',
      `${on}, ${off}`,
      own.on === undefined && own.off === undefined ? ['threshold.on', 'threshold.off'] : 'byLabel',
    );
    check(
      medianSeconds === undefined || (medianSeconds >= 0 && medianSeconds < Infinity),
      'medianSeconds',
      'seconds, at least 0',
      `${medianSeconds}`,
      own.medianSeconds === undefined ? 'medianSeconds' : 'byLabel',
    );
    if (medianSeconds === undefined) return { index, on, off, reach: (medianFilter - 1) / 2 };
    const windows = secondsApart === undefined ? 1 : medianSeconds / secondsApart;
    return { index, on, off, reach: Math.max(0, Math.round((windows - 1) / 2)) };
  });

  // Windows on both sides that must be known, for their times too.
  const around = tracks.reduce((most, { reach }) => Math.max(most, reach), 1);
  const recent: TimedScores[] = [];
  let forgotten = 0; // windows before those in `recent`
  let next = 0; // the window to look at
  let until = 0;

  const judge = (isLast: (window: number) => boolean, windows: number): SoundEvent[] => {
    const at = (window: number) => recent[window - forgotten]!;
    const start = next === 0 ? at(0).start : boundaryBetween(at(next - 1), at(next));
    const end = isLast(next) ? at(next).end : boundaryBetween(at(next), at(next + 1));
    const events: SoundEvent[] = [];
    until = end;
    for (const track of tracks) {
      const radius = Math.min(track.reach, next, windows - 1 - next);
      const neighbors = recent.slice(next - radius - forgotten, next + radius + 1 - forgotten);
      const score = median(neighbors.map(({ scores }) => scores[track.index]!));
      if (score >= track.off) {
        track.current ??= { start, end, score };
        track.current.end = end;
        track.current.score = Math.max(track.current.score, score);
      } else {
        endRun(track, events);
        if (track.before && start - track.before.end > mergeGap) endEvent(track, events);
      }
    }
    return events;
  };

  const isJoined = ({ before, current }: Track): boolean =>
    before !== undefined && current !== undefined && current.start - before.end <= mergeGap + rounding;

  const endRun = (track: Track, events: SoundEvent[]): void => {
    const { current, before } = track;
    const joined = isJoined(track);
    track.current = undefined;
    if (!current || current.score < track.on) return;
    if (before && joined) {
      before.end = current.end;
      before.score = Math.max(before.score, current.score);
      return;
    }
    endEvent(track, events);
    track.before = current;
  };

  const endEvent = (track: Track, events: SoundEvent[]): void => {
    const { before: event, index } = track;
    track.before = undefined;
    if (event && isLongEnough(event)) events.push(eventOf(event, index));
  };

  const isLongEnough = ({ start, end }: Run) => end - start >= minDuration - rounding;
  const eventOf = (run: Run, index: number): SoundEvent => {
    const { name, mid } = labels[index]!;
    return { label: name, ...run, index, ...(mid !== undefined && { mid }) };
  };

  return {
    push(window) {
      check(
        isScored(window, labels.length),
        'window',
        `its times and ${labels.length} scores`,
        describeValue(window),
      );
      recent.push(window);
      const windows = forgotten + recent.length;
      if (next + around >= windows) return [];
      const events = judge(() => false, windows);
      next++;
      if (next - forgotten > around) {
        recent.shift();
        forgotten++;
      }
      return events;
    },
    finish() {
      const windows = forgotten + recent.length;
      const events: SoundEvent[] = [];
      for (; next < windows; next++) events.push(...judge((window) => window === windows - 1, windows));
      for (const track of tracks) {
        endRun(track, events);
        endEvent(track, events);
      }
      return events;
    },
    sounding: () =>
      tracks.flatMap((track) => {
        const { current, before, index, on } = track;
        if (!current || current.score < on) return [];
        const run = isJoined(track)
          ? { ...current, start: before!.start, score: Math.max(before!.score, current.score) }
          : current;
        return isLongEnough(run) ? [eventOf(run, index)] : [];
      }),
    get until() {
      return until;
    },
  };
}

function isScored(window: Partial<TimedScores> | null | undefined, labels: number): boolean {
  const { start, end, scores } = window ?? {};
  return Number.isFinite(start) && Number.isFinite(end) && areNumbers(scores) && scores.length === labels;
}

/** Of an odd number of values. */
function median(values: number[]): number {
  if (values.length === 1) return values[0]!;
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

/** Places of the labels to look for. A label that the model does not have would never be found. */
function chooseLabels(all: readonly Label[], { labels, ignore = [] }: DetectEventsOptions): number[] {
  const ignored = new Set(ignore.flatMap((wanted) => placesOf(wanted, all, 'ignore')));
  const chosen = new Set(labels?.flatMap((wanted) => placesOf(wanted, all, 'labels')) ?? all.keys());
  return [...chosen].filter((index) => !ignored.has(index));
}

function detectionByPlace(
  all: readonly Label[],
  byLabel: Readonly<Record<string, LabelDetection>>,
): Map<number, LabelDetection> {
  const entries = Object.entries(byLabel).flatMap(([wanted, detection]) => {
    checkOptions(wanted, detection, labelDetectionKinds, { path: 'byLabel.' });
    return placesOf(wanted, all, 'byLabel').map((place) => [place, detection] as const);
  });
  return new Map(entries);
}

function placesOf(wanted: string, all: readonly Label[], option: 'labels' | 'ignore' | 'byLabel'): number[] {
  const places = [...all.keys()].filter((index) => [all[index]!.name, all[index]!.mid].includes(wanted));
  check(places.length > 0, 'label', 'a name or mid of one of the model', describeValue(wanted), option);
  return places;
}

function check(
  fits: boolean,
  what: string,
  expected: string,
  got: string,
  option?: string | readonly string[],
): void {
  if (fits) return;
  throw new AudiozooError({ code: 'argument', what: `the ${what} cannot be used`, expected, got, option });
}
