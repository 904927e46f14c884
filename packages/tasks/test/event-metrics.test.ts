// Against sed_eval: fixtures/event-metrics, whose make.py says how its cases were judged there.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClipEvents, type EventF1, eventF1, type F1, segmentF1 } from '@audiozoo/tasks';
import { describe, expect, test } from 'vitest';

const tolerance = 1e-12;

type Figures = { readonly [figure in keyof F1]: number | null };
interface Judged {
  readonly overall: Figures;
  readonly macro: Figures;
  readonly perClass: Readonly<Record<string, Figures>>;
}
interface F1Case {
  readonly name: string;
  readonly clips: readonly ClipEvents[];
  readonly segments: Judged;
  readonly events: Judged;
}
const cases = JSON.parse(
  await readFile(join(import.meta.dirname, 'fixtures/event-metrics/cases.json'), 'utf8'),
) as { readonly f1: readonly F1Case[] };

describe.each(cases.f1)('$name', ({ clips, segments, events }) => {
  test('has the F1 over segments that sed_eval gives', () => expectJudged(segmentF1(clips), segments));
  test('has the F1 over events that sed_eval gives', () => expectJudged(eventF1(clips), events));
});

describe('F1', () => {
  const dog = { label: 'dog', start: 0, end: 1 };

  test('counts segments of any number', () => {
    const clips = [{ reference: [{ ...dog, end: 1e12 }], detected: [dog] }];
    expect(segmentF1(clips, 0.5).overall).toMatchObject({ precision: 1, recall: 1e-12 });
  });

  test('pairs as many events as can be, though the nearest of one is the only one of another', () => {
    const at = (start: number) => ({ label: 'dog', start, end: start + 0.1 });
    const clips = [{ reference: [at(1), at(1.3)], detected: [at(1.15), at(0.85)] }];
    expect(eventF1(clips).overall.f1).toBe(1);
    expect(eventF1(clips, { collar: 0.1 }).overall.f1).toBe(0);
  });

  test('refuses events that end before they start, and segments of no length', () => {
    const clips = [{ reference: [{ ...dog, start: 2 }], detected: [] }];
    expect(() => eventF1(clips)).toThrow(/dog.*got 2 to 1/);
    expect(() => segmentF1(clips)).toThrow(/dog.*got 2 to 1/);
    expect(() => segmentF1([{ reference: [dog], detected: [dog] }], 0)).toThrow(/above 0/);
  });
});

function expectJudged({ overall, macro, perClass }: EventF1, reference: Judged): void {
  expectFigures(overall, reference.overall);
  expectFigures(macro, reference.macro);
  expect(perClass.map(({ label }) => label)).toEqual(Object.keys(reference.perClass).sort());
  for (const { label, ...figures } of perClass) expectFigures(figures, reference.perClass[label]!);
}

function expectFigures(figures: F1, reference: Figures): void {
  for (const figure of ['f1', 'precision', 'recall'] as const) {
    const expected = reference[figure];
    if (expected === null) expect(figures[figure], figure).toBeUndefined();
    else expect(Math.abs(figures[figure]! - expected), figure).toBeLessThan(tolerance);
  }
}
