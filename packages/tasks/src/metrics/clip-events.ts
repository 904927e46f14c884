import { AudiozooError } from '@audiozoo/core';
import { describeValue } from '@audiozoo/core/plugin';
import type { SoundEvent } from '../events/event-options.js';

/** An event as a person or a model marks it, in seconds. */
export type TimedEvent = Pick<SoundEvent, 'label' | 'start' | 'end'>;

/** A recording's events: those that are there, and those that were found. */
export interface ClipEvents {
  readonly reference: readonly TimedEvent[];
  readonly detected: readonly TimedEvent[];
}

export function checkClips(clips: readonly ClipEvents[]): void {
  for (const { reference, detected } of clips)
    for (const event of [...reference, ...detected]) checkEvent(event);
}

/** Throws an `argument` error on an event that ends before it starts, or starts before its recording. */
export function checkEvent({ label, start, end }: TimedEvent): void {
  if (typeof label === 'string' && start >= 0 && end >= start && end < Infinity) return;
  throw new AudiozooError({
    code: 'argument',
    what: `an event of ${describeValue(label)} cannot be`,
    expected: 'a label, and seconds from 0 on, the end not before the start',
    got: `${describeValue(start)} to ${describeValue(end)}`,
  });
}

/** Labels that occur, in alphabetical order. */
export function labelsOf(clips: readonly ClipEvents[]): string[] {
  const labels = clips.flatMap(({ reference, detected }) =>
    [...reference, ...detected].map(({ label }) => label),
  );
  return [...new Set(labels)].sort();
}
