// Against the package sebbs: fixtures/event-boxes, whose make.py says how.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EventBoxesOptions, eventBoxes } from '@audiozoo/tasks';
import { describe, expect, test } from 'vitest';

const timeTolerance = 1e-7; // seconds; times there are rounded to 1e-8
const scoreTolerance = 1e-9;

interface BoxCase {
  readonly name: string;
  readonly labels: readonly string[];
  readonly options: EventBoxesOptions;
  readonly times: readonly number[];
  readonly scores: readonly (readonly number[])[];
  readonly boxes: readonly (readonly [start: number, end: number, label: string, score: number])[];
}
const cases = JSON.parse(
  await readFile(join(import.meta.dirname, 'fixtures/event-boxes/cases.json'), 'utf8'),
) as readonly BoxCase[];

function boxesOf({ labels, times, scores, options }: BoxCase, threshold: number, start = 0) {
  const steps = scores.map((row, step) => ({
    start: start + times[step]!,
    end: start + times[step + 1]!,
    scores: Float64Array.from(row),
  }));
  return eventBoxes(
    steps,
    labels.map((name) => ({ name })),
    { ...options, threshold },
  );
}

const byLabel = (boxes: BoxCase['boxes']) =>
  boxes.toSorted((a, b) => (a[2] < b[2] ? -1 : a[2] > b[2] ? 1 : a[0] - b[0]));

describe.each(cases)('event boxes: $name', (given) => {
  test('are those of sebbs', () => {
    const found = boxesOf(given, 0).map(
      ({ start, end, label, score }) => [start, end, label, score] as const,
    );
    const expected = byLabel(given.boxes.filter(([, , , score]) => score > 0));
    expect(found).toHaveLength(expected.length);
    for (const [place, [start, end, label, score]] of byLabel(found).entries()) {
      const [expectedStart, expectedEnd, expectedLabel, expectedScore] = expected[place]!;
      expect(label).toBe(expectedLabel);
      expect(Math.abs(start - expectedStart)).toBeLessThan(timeTolerance);
      expect(Math.abs(end - expectedEnd)).toBeLessThan(timeTolerance);
      expect(Math.abs(score - expectedScore)).toBeLessThan(scoreTolerance);
    }
  });
});

describe('event boxes', () => {
  const [first] = cases as [BoxCase];

  test('are chosen by a threshold, which leaves their times alone', () => {
    const all = boxesOf(first, 0);
    expect(boxesOf(first, 0.4)).toEqual(all.filter(({ score }) => score > 0.4));
    expect(boxesOf(first, 0.4).length).toBeLessThan(all.length);
  });

  test('lie where the recording does', () => {
    const later = boxesOf(first, 0.4, 100).map(({ start }) => start);
    expect(later).toHaveLength(boxesOf(first, 0.4).length);
    for (const [place, { start }] of boxesOf(first, 0.4).entries()) {
      expect(Math.abs(later[place]! - 100 - start)).toBeLessThan(timeTolerance);
    }
  });

  test('are told of steps by the hundred thousand', () => {
    const steps = Array.from({ length: 200_000 }, (_, step) => ({
      start: step,
      end: step + 1,
      scores: Float64Array.of(step === 150_000 ? 0.9 : 0),
    }));
    expect(eventBoxes(steps, [{ name: 'dog' }])).toMatchObject([{ start: 150_000, end: 150_001 }]);
  });

  test('are none of no scores', () => expect(eventBoxes([], [{ name: 'dog' }])).toEqual([]));

  test('refuse options that cannot be', () => {
    const boxes = (options: EventBoxesOptions) => () => eventBoxes([], [], options);
    expect(boxes({ stepSeconds: 0 })).toThrow(/stepSeconds.*above 0/);
    expect(boxes({ threshold: -1 })).toThrow(/threshold/);
    expect(boxes({ mergeRatio: Number.NaN })).toThrow(/mergeRatio/);
    expect(boxes({ mergeDifference: -0.1 })).toThrow(/mergeDifference/);
  });
});
