// What detected events are worth beside annotated ones: for programs and for people.

import { oneLine } from '@audiozoo/core/plugin';
import { type EventF1, eventF1, type F1, segmentF1, type TimedEvent } from '@audiozoo/tasks';

export interface EventFigures {
  readonly files: number;
  /** Of segments of a second. */
  readonly segments: EventF1;
  /** With a collar of 0.2 seconds, at offsets of half the event if that is more. */
  readonly events: EventF1;
}

type EventsByFile = ReadonlyMap<string, readonly TimedEvent[]>;

/** Over the files of both. */
export function compareEvents(reference: EventsByFile, detected: EventsByFile): EventFigures {
  const names = [...new Set([...reference.keys(), ...detected.keys()])];
  const clips = names.map((name) => ({
    reference: reference.get(name) ?? [],
    detected: detected.get(name) ?? [],
  }));
  return { files: names.length, segments: segmentF1(clips), events: eventF1(clips) };
}

/** For programs: `null` where there is no figure. */
export function eventsJson(
  source: string,
  { files, segments, events }: EventFigures,
  failed: readonly object[],
) {
  const orNull = ({ f1, precision, recall }: F1) => {
    return { f1: f1 ?? null, precision: precision ?? null, recall: recall ?? null };
  };
  const written = ({ overall, macro, perClass }: EventF1) => ({
    overall: orNull(overall),
    macro: orNull(macro),
    perClass: perClass.map(({ label, ...figures }) => ({ label, ...orNull(figures) })),
  });
  return { data: source, files, segments: written(segments), events: written(events), failed };
}

/** For people. */
export function eventsText(source: string, { files, segments, events }: EventFigures): string {
  const table = (title: string, { overall, macro, perClass }: EventF1) => {
    const rows = [
      { label: 'overall', ...overall },
      { label: 'mean of the classes', ...macro },
      ...perClass,
    ].map((row) => ({ ...row, label: oneLine(row.label) }));
    const width = Math.max(title.length, ...rows.map(({ label }) => label.length));
    const line = (name: string, cells: readonly string[]) =>
      [name.padEnd(width), ...cells.map((cell) => cell.padStart(10))].join('');
    const figure = (value: number | undefined) => value?.toFixed(4) ?? '–';
    return [
      line(title, ['F1', 'precision', 'recall']),
      ...rows.map(({ label, f1, precision, recall }) => line(label, [f1, precision, recall].map(figure))),
    ].join('\n');
  };
  return [
    `${source}: ${files} files`,
    table('segments of 1 s', segments),
    table('events, ± 0.2 s', events),
  ].join('\n\n');
}
