// From scores over time to events: what is heard, from when to when.

import { AudiozooError, type Label } from '@audiozoo/core';
import { checkOptions, describeValue } from '@audiozoo/core/plugin';
import { type TimedScores, timeOf } from './boundary-between.js';
import { createEventDetector } from './event-detector.js';
import { type DetectEventsOptions, eventOptionKinds, type SoundEvent } from './event-options.js';

/**
 * Scores of windows in the order of time → events, by their start. `labels` are the model's. A window speaks for
 * the time around its middle, up to where it meets the next, or half way to its middle; the first and last also
 * for the ends of the sound.
 * Throws `argument` errors for options that do not fit.
 */
export function detectEvents(
  windows: Iterable<TimedScores>,
  labels: readonly Label[],
  options: DetectEventsOptions = {},
): SoundEvent[] {
  checkOptions('detectEvents', options, eventOptionKinds);
  if (!isIterable(windows)) {
    throw new AudiozooError({
      code: 'argument',
      what: 'the windows cannot be used',
      expected: 'a list of scored windows',
      got: describeValue(windows),
    });
  }
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

function isIterable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Symbol.iterator in value;
}
