// What detected events are worth beside annotated ones: for programs and for people.

import { oneLine } from '@audiozoo/core/plugin';
import {
  type DetectionScore,
  detectionScore,
  type EventF1,
  eventF1,
  type F1,
  psds1,
  psds2,
  segmentF1,
} from '@audiozoo/tasks';
import { chooseScores, type Findings } from './findings.js';

export interface EventFigures {
  readonly files: number;
  /** Of segments of a second. */
  readonly segments: EventF1;
  /** With a collar of 0.2 seconds, at offsets of half the event if that is more. */
  readonly events: EventF1;
  /** Of scores, where there are some: over the labels that there are events of. */
  readonly detection?: {
    readonly hours: number;
    readonly psds1: DetectionScore;
    readonly psds2: DetectionScore;
  };
}

/** Over the files of both. */
export function judgeEvents({ reference, detected, scores }: Findings): EventFigures {
  const names = [...new Set([...reference.keys(), ...detected.keys()])];
  const clips = names.map((name) => ({
    reference: reference.get(name) ?? [],
    detected: detected.get(name) ?? [],
  }));
  const detection = judgeScores(reference, scores);
  return {
    files: names.length,
    segments: segmentF1(clips),
    events: eventF1(clips),
    ...(detection && { detection }),
  };
}

function judgeScores(
  reference: Findings['reference'],
  scores: Findings['scores'],
): EventFigures['detection'] {
  if (!scores) return undefined;
  const occurring = new Set([...reference.values()].flatMap((events) => events.map(({ label }) => label)));
  const labels = scores.labels.filter((label) => occurring.has(label));
  if (labels.length === 0) return undefined;
  const places = new Set(labels.map((label) => scores.labels.indexOf(label)));
  const clips = [...scores.files].map(([file, { seconds, steps }]) => ({
    seconds,
    reference: reference.get(file)!,
    // Labels of failed recordings alone are left out; a copy of all scores would be dear.
    steps: labels.length === scores.labels.length ? steps : chooseScores(steps, places),
  }));
  return {
    hours: clips.reduce((sum, { seconds }) => sum + seconds, 0) / 3600,
    psds1: detectionScore(clips, labels, psds1),
    psds2: detectionScore(clips, labels, psds2),
  };
}

/** For programs: `null` where there is no figure. */
export function eventsJson(
  source: string,
  { files, segments, events, detection }: EventFigures,
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
  return {
    data: source,
    files,
    segments: written(segments),
    events: written(events),
    hours: detection?.hours ?? null,
    psds1: detection?.psds1 ?? null,
    psds2: detection?.psds2 ?? null,
    failed,
  };
}

/** For people. */
export function eventsText(source: string, { files, segments, events, detection }: EventFigures): string {
  const f1Table = (title: string, { overall, macro, perClass }: EventF1) => {
    const rows = [
      { label: 'overall', ...overall },
      { label: 'mean of the classes', ...macro },
      ...perClass,
    ].map(({ label, f1, precision, recall }): Row => [label, f1, precision, recall]);
    return table([title, 'F1', 'precision', 'recall'], rows);
  };
  const tables = [f1Table('segments of 1 s', segments), f1Table('events, ± 0.2 s', events)];
  if (detection) {
    const { psds1: first, psds2: second, hours } = detection;
    const rows = first.perClass.map(({ label, score }, place): Row => {
      return [label, score, second.perClass[place]!.score];
    });
    const title = `scores, ${hours.toFixed(2)} h`;
    tables.push(table([title, 'PSDS1', 'PSDS2'], [['overall', first.score, second.score], ...rows]));
  }
  return [`${source}: ${files} files`, ...tables].join('\n\n');
}

type Row = readonly [label: string, ...figures: (number | undefined)[]];

function table([title, ...columns]: readonly [string, ...string[]], rows: readonly Row[]): string {
  const labels = rows.map(([label]) => oneLine(label));
  const width = Math.max(title.length, ...labels.map(({ length }) => length));
  const line = (name: string, cells: readonly string[]) =>
    [name.padEnd(width), ...cells.map((cell) => cell.padStart(10))].join('');
  return [
    line(title, columns),
    ...rows.map(([, ...figures], row) =>
      line(
        labels[row]!,
        figures.map((figure) => figure?.toFixed(4) ?? '–'),
      ),
    ),
  ].join('\n');
}
