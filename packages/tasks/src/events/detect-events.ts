// From scores over time to events: what is heard, from when to when.

import { AudiozooError, type Label } from '@audiozoo/core';
import { checkOptions, describeValue, type OptionKinds } from '@audiozoo/core/plugin';
import type { AudioPieces, AudioSource } from '@audiozoo/features';
import { areNumbers } from '../check-numbers.js';
import { type AudioClassifier, checkClassifier, type LocalClassifier } from '../classify/classifier.js';
import { movableWindowKinds, type WindowOptions } from '../classify/classify-options.js';
import { classifyWindows, type ScoredWindow } from '../classify/classify-windows.js';
import { windowSamples } from '../sound/clip-length.js';
import { classifySteps } from './classify-steps.js';

/** Something heard, in seconds of the recording. */
export interface SoundEvent {
  readonly label: string;
  readonly start: number;
  readonly end: number;
  /** Its highest smoothed score. */
  readonly score: number;
  /** Place among the model's labels. */
  readonly index: number;
  /** AudioSet's machine identifier, where the label has one. */
  readonly mid?: string;
}

export interface DetectEventsOptions {
  /**
   * An event is where the score stays at `off` or above and comes to `on` or above at least once. `on` is 0.5
   * and `off` half of `on` when absent.
   */
  readonly threshold?: { readonly on?: number | undefined; readonly off?: number | undefined } | undefined;
  /** Windows (steps of models that answer along time), an odd number, whose median takes the place of the score of the middle one: 3 when absent, 1 for none. */
  readonly medianFilter?: number | undefined;
  /** The length of the median filter in seconds, in place of `medianFilter`: as many windows or steps as come nearest. */
  readonly medianSeconds?: number | undefined;
  /** What is other for single labels, by name or mid. */
  readonly byLabel?: Readonly<Record<string, LabelDetection>> | undefined;
  /** Seconds; shorter events are left out: 0 when absent. Gaps are merged before. */
  readonly minDuration?: number | undefined;
  /** Seconds between events of one label up to which they are one: 0 when absent. */
  readonly mergeGap?: number | undefined;
  /** Labels to look for, by name or mid: all when absent. */
  readonly labels?: readonly string[] | undefined;
  /** Labels to leave out, by name or mid. */
  readonly ignore?: readonly string[] | undefined;
}

/** How one label is detected, where that is not as the others are. */
export interface LabelDetection {
  readonly on?: number | undefined;
  /** Half of `on` when absent. */
  readonly off?: number | undefined;
  readonly medianSeconds?: number | undefined;
}

const labelDetectionKinds = {
  on: 'number',
  off: 'number',
  medianSeconds: 'number',
} as const satisfies OptionKinds<LabelDetection>;

const eventOptionKinds = {
  threshold: 'record',
  medianFilter: 'number',
  medianSeconds: 'number',
  byLabel: 'record',
  minDuration: 'number',
  mergeGap: 'number',
  labels: 'list',
  ignore: 'list',
} as const satisfies OptionKinds<DetectEventsOptions>;

const thresholdKinds = { on: 'number', off: 'number' } as const satisfies OptionKinds<
  NonNullable<DetectEventsOptions['threshold']>
>;

type TimedScores = Pick<ScoredWindow, 'start' | 'end' | 'scores'> & { readonly time?: number };

/**
 * Scores of windows in the order of time → events, by their start. `labels` are the model's. A window speaks for
 * the time around its middle, up to half way to the next; the first and last also for the ends of the sound.
 * Throws `argument` errors for options that do not fit.
 */
export function detectEvents(
  windows: Iterable<TimedScores>,
  labels: readonly Label[],
  options: DetectEventsOptions = {},
): SoundEvent[] {
  checkOptions('detectEvents', options, eventOptionKinds);
  check(isIterable(windows), 'windows', 'a list of scored windows', describeValue(windows));
  const all = [...windows];
  const [first, second] = all;
  const secondsApart = first && second && timeOf(second) - timeOf(first);
  const detector = createEventDetector(labels, options, secondsApart);
  const events: SoundEvent[] = [];
  for (const window of all) events.push(...detector.push(window));
  events.push(...detector.finish());
  return events.sort(byStart);
}

/** Events in their usual order. */
export function byStart(a: SoundEvent, b: SoundEvent): number {
  return a.start - b.start || a.end - b.end || a.index - b.index;
}

export interface HearEventsOptions extends DetectEventsOptions, Omit<WindowOptions, 'centered'> {
  /** Gets the scores of each window or step, before any filter, for those who draw them. */
  readonly onScores?: ((scored: ScoredWindow) => void) | undefined;
}

const hearEventsOptionKinds = {
  ...eventOptionKinds,
  ...movableWindowKinds,
  onScores: 'function',
} as const satisfies OptionKinds<HearEventsOptions>;

/**
 * The events of a sound of any length, each as soon as it is certain, in flat memory. The windows are
 * centered on their times, and an eighth of their length apart when `hop` is absent. The shorter the
 * `window`, the closer the times; the longer, the more the model has to judge by. Models that answer along time
 * (`frameLogits`) tell onsets and offsets to a step: their windows, one for each run, are half their length apart, only
 * their middles count, and `medianFilter` is in steps.
 *
 *     for await (const { label, start, end } of hearEvents(classifier, 'street.wav', { window: 2 })) …
 *
 * Throws as `classifyWindows` and `detectEvents` do.
 */
export async function* hearEvents(
  classifier: Pick<AudioClassifier, 'frontEnd' | 'problemType' | 'labels' | 'logits' | 'decoders'> &
    Pick<LocalClassifier, 'alongTime'>,
  sound: AudioSource | AudioPieces,
  options: HearEventsOptions = {},
): AsyncGenerator<SoundEvent, void, undefined> {
  checkOptions('hearEvents', options, hearEventsOptionKinds);
  checkClassifier(classifier, 'logits');
  const {
    threshold,
    medianFilter,
    medianSeconds,
    byLabel,
    minDuration,
    mergeGap,
    labels,
    ignore,
    onScores,
    ...windowOptions
  } = options;
  const { frontEnd, alongTime } = classifier;
  const { window = windowSamples(frontEnd) / frontEnd.sampleRate, hop = window / 8 } = windowOptions;
  const detector = createEventDetector(
    classifier.labels,
    { threshold, medianFilter, medianSeconds, byLabel, minDuration, mergeGap, labels, ignore },
    alongTime?.secondsPerStep ?? hop,
  );
  const { batch: _, ...stepOptions } = windowOptions;
  const windows = alongTime
    ? classifySteps(classifier, alongTime, sound, stepOptions)
    : classifyWindows(classifier, sound, { ...windowOptions, window, hop, centered: true });
  for await (const scored of windows) {
    onScores?.(scored);
    yield* detector.push(scored);
  }
  yield* detector.finish();
}

interface EventDetector {
  /** Takes the next window. Returns the events that are certain now. */
  push(window: TimedScores): SoundEvent[];
  finish(): SoundEvent[];
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
function createEventDetector(
  labels: readonly Label[],
  options: DetectEventsOptions,
  secondsApart: number | undefined,
): EventDetector {
  check(Array.isArray(labels), 'labels', "the model's", describeValue(labels));
  checkOptions('threshold', options.threshold ?? {}, thresholdKinds);
  const { threshold = {}, medianFilter = 3, minDuration = 0, mergeGap = 0 } = options;
  check(medianFilter % 2 === 1 && medianFilter > 0, 'medianFilter', 'an odd number', `${medianFilter}`);
  check(minDuration >= 0, 'minDuration', 'seconds, at least 0', `${minDuration}`);
  check(mergeGap >= 0, 'mergeGap', 'seconds, at least 0', `${mergeGap}`);
  check(
    options.medianFilter === undefined || options.medianSeconds === undefined,
    'medianFilter',
    'nothing beside medianSeconds',
    `${medianFilter}`,
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
    );
    check(
      medianSeconds === undefined || (medianSeconds >= 0 && medianSeconds < Infinity),
      'medianSeconds',
      'seconds, at least 0',
      `${medianSeconds}`,
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

  const judge = (isLast: (window: number) => boolean, windows: number): SoundEvent[] => {
    const at = (window: number) => recent[window - forgotten]!;
    const start = next === 0 ? at(0).start : (timeOf(at(next - 1)) + timeOf(at(next))) / 2;
    const end = isLast(next) ? at(next).end : (timeOf(at(next)) + timeOf(at(next + 1))) / 2;
    const events: SoundEvent[] = [];
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

  const endRun = (track: Track, events: SoundEvent[]): void => {
    const { current, before } = track;
    track.current = undefined;
    if (!current || current.score < track.on) return;
    if (before && current.start - before.end <= mergeGap + rounding) {
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
    if (!event || event.end - event.start < minDuration - rounding) return;
    const { name, mid } = labels[index]!;
    events.push({ label: name, ...event, index, ...(mid !== undefined && { mid }) });
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
  };
}

function isScored(window: Partial<TimedScores> | null | undefined, labels: number): boolean {
  const { start, end, scores } = window ?? {};
  return Number.isFinite(start) && Number.isFinite(end) && areNumbers(scores) && scores.length === labels;
}

function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}

function timeOf({ start, end, time = (start + end) / 2 }: TimedScores): number {
  return time;
}

/** Of an odd number of values. */
function median(values: number[]): number {
  if (values.length === 1) return values[0]!;
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

/** Places of the labels to look for. A label that the model does not have would never be found. */
function chooseLabels(all: readonly Label[], { labels, ignore = [] }: DetectEventsOptions): number[] {
  const ignored = new Set(ignore.flatMap((wanted) => placesOf(wanted, all)));
  const chosen = new Set(labels?.flatMap((wanted) => placesOf(wanted, all)) ?? all.keys());
  return [...chosen].filter((index) => !ignored.has(index));
}

function detectionByPlace(
  all: readonly Label[],
  byLabel: Readonly<Record<string, LabelDetection>>,
): Map<number, LabelDetection> {
  const entries = Object.entries(byLabel).flatMap(([wanted, detection]) => {
    checkOptions(wanted, detection, labelDetectionKinds, { path: 'byLabel.' });
    return placesOf(wanted, all).map((place) => [place, detection] as const);
  });
  return new Map(entries);
}

function placesOf(wanted: string, all: readonly Label[]): number[] {
  const places = [...all.keys()].filter((index) => [all[index]!.name, all[index]!.mid].includes(wanted));
  check(places.length > 0, 'label', 'a name or mid of one of the model', describeValue(wanted));
  return places;
}

function check(fits: boolean, what: string, expected: string, got: string): void {
  if (fits) return;
  throw new AudiozooError({ code: 'argument', what: `the ${what} cannot be used`, expected, got });
}
