// What an event is, and how events are told from scores.

import type { OptionKinds } from '@audiozoo/core/plugin';

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

export const labelDetectionKinds = {
  on: 'number',
  off: 'number',
  medianSeconds: 'number',
} as const satisfies OptionKinds<LabelDetection>;

export const eventOptionKinds = {
  threshold: 'record',
  medianFilter: 'number',
  medianSeconds: 'number',
  byLabel: 'record',
  minDuration: 'number',
  mergeGap: 'number',
  labels: 'list',
  ignore: 'list',
} as const satisfies OptionKinds<DetectEventsOptions>;

export const thresholdKinds = { on: 'number', off: 'number' } as const satisfies OptionKinds<
  NonNullable<DetectEventsOptions['threshold']>
>;

/** The options of detection among others. */
export function detectionOptions<Options extends DetectEventsOptions>(options: Options) {
  const {
    threshold,
    medianFilter,
    medianSeconds,
    byLabel,
    minDuration,
    mergeGap,
    labels,
    ignore,
    ...others
  } = options;
  const detection: DetectEventsOptions = {
    ...{ threshold, medianFilter, medianSeconds, byLabel, minDuration, mergeGap, labels, ignore },
  };
  return { detection, others };
}
