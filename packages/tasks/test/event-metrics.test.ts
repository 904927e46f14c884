// Against sed_eval and sed_scores_eval: fixtures/event-metrics, whose make.py says how its cases were judged there.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ClipEvents,
  type DetectionScore,
  detectionScore,
  type EventF1,
  eventF1,
  type F1,
  psds1,
  psds2,
  type ScoredClip,
  segmentF1,
  smoothedSteps,
  type TimedEvent,
} from '@audiozoo/tasks';
import { describe, expect, test } from 'vitest';
import { type DrawnClips, drawClips } from './drawn-clips.js';

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
interface ScoreCase {
  readonly name: string;
  readonly labels: readonly string[];
  readonly clips: readonly {
    readonly seconds: number;
    readonly reference: readonly TimedEvent[];
    readonly times: readonly number[];
    readonly scores: readonly (readonly number[])[];
  }[];
  readonly psds1: JudgedScore;
  readonly psds2?: JudgedScore;
}
interface JudgedScore {
  readonly score: number;
  readonly perClass: Readonly<Record<string, number>>;
}
type DrawnCase = DrawnClips & Required<Pick<ScoreCase, 'name' | 'psds1' | 'psds2'>>;
const cases = JSON.parse(
  await readFile(join(import.meta.dirname, 'fixtures/event-metrics/cases.json'), 'utf8'),
) as {
  readonly f1: readonly F1Case[];
  readonly psds: readonly ScoreCase[];
  readonly drawn: readonly DrawnCase[];
};

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

describe.each(cases.psds)('$name', ({ labels, clips: stored, ...reference }) => {
  const clips = stored.map(({ seconds, reference, times, scores }): ScoredClip => {
    const steps = scores.map((row, step) => ({
      start: times[step]!,
      end: times[step + 1]!,
      scores: Float64Array.from(row),
    }));
    return { seconds, reference, steps };
  });
  test('has the PSDS1 that sed_scores_eval gives', () =>
    expectScore(detectionScore(clips, labels, psds1), reference.psds1));
  // With one class sed_scores_eval has no number for PSDS2.
  if (reference.psds2) {
    test('has the PSDS2 that sed_scores_eval gives', () =>
      expectScore(detectionScore(clips, labels, psds2), reference.psds2!));
  }
  test('has them of scores in float32 too', () => {
    const single = clips.map(inSingle);
    expectScore(detectionScore(single, labels, psds1), reference.psds1);
    if (reference.psds2) expectScore(detectionScore(single, labels, psds2), reference.psds2);
  });
});

describe.each(cases.drawn)('$name', ({ psds1: first, psds2: second, ...drawn }) => {
  const clips = drawClips(drawn);
  test('have the PSDS1 that sed_scores_eval gives', () =>
    expectScore(detectionScore(clips, drawn.labels, psds1), first));
  test('have the PSDS2 that sed_scores_eval gives', () =>
    expectScore(detectionScore(clips, drawn.labels, psds2), second));
  test('have the PSDS1 of scores in float32 too', () =>
    expectScore(detectionScore(clips.map(inSingle), drawn.labels, psds1), first));
});

function inSingle({ steps, ...clip }: ScoredClip): ScoredClip {
  return { ...clip, steps: steps.map((step) => ({ ...step, scores: Float32Array.from(step.scores) })) };
}

describe('the detection score', () => {
  const scores = Float64Array.of(0.9, 0.2);
  const steps = [{ start: 0, end: 1, scores }];
  const clip: ScoredClip = { seconds: 1, reference: [{ label: 'dog', start: 0, end: 1 }], steps };
  const dogOnly = [{ ...clip, steps: [{ start: 0, end: 1, scores: scores.subarray(0, 1) }] }];

  test('is 1 where all is found and nothing else, with no other class to take it for', () => {
    expect(detectionScore(dogOnly, ['dog'], psds1).score).toBe(1);
    expect(detectionScore(dogOnly, ['dog'], psds2).score).toBe(1);
  });

  test('refuses labels without events, events without label, gaps, and scores that are none', () => {
    const judge = (change: Partial<ScoredClip>) => () =>
      detectionScore([{ ...dogOnly[0]!, ...change }], ['dog'], psds1);
    expect(() => detectionScore([clip], ['dog', 'bell'], psds1)).toThrow(/none of .*bell/);
    expect(judge({ reference: [{ label: 'cat', start: 0, end: 1 }] })).toThrow(/one of the labels.*cat/);
    const [step] = dogOnly[0]!.steps;
    expect(judge({ steps: [step!, { ...step!, start: 2, end: 3 }] })).toThrow(/step 1 .*begin/);
    expect(judge({ steps: [{ ...step!, scores: Float64Array.of(Number.NaN) }] })).toThrow(/1 finite/);
    expect(judge({ seconds: 0 })).toThrow(/length of clip 0/);
  });
});

describe('smoothed steps', () => {
  const window = (start: number, score: number) => ({
    start,
    end: start + 2,
    scores: Float64Array.of(score),
  });
  const windows = [window(0, 0.1), window(1, 0.9), window(2, 0.2), window(3, 0.3)];
  const scoresOf = (steps: ReturnType<typeof smoothedSteps>) => steps.map(({ scores }) => scores[0]);

  test('follow each other, half way between the middles of windows, to the ends of the sound', () => {
    const steps = smoothedSteps(windows);
    expect(steps.map(({ start, end }) => [start, end])).toEqual([
      [0, 1.5],
      [1.5, 2.5],
      [2.5, 3.5],
      [3.5, 5],
    ]);
  });

  test('have the median of the scores around, of fewer at the ends', () => {
    expect(scoresOf(smoothedSteps(windows))).toEqual([0.1, 0.2, 0.3, 0.3]);
    expect(scoresOf(smoothedSteps(windows, { medianFilter: 1 }))).toEqual([0.1, 0.9, 0.2, 0.3]);
    expect(() => smoothedSteps(windows, { medianFilter: 2 })).toThrow(/odd number/);
  });

  test('never count what is heard at no threshold', () => {
    const silence = smoothedSteps([window(0, -Infinity), window(1, 1), window(2, -Infinity)], {
      medianFilter: 1,
    });
    const clip = { seconds: 4, reference: [{ label: 'dog', start: 1.5, end: 2.5 }], steps: silence };
    expect(detectionScore([clip], ['dog'], psds1).score).toBe(1);
  });
});

function expectScore({ score, perClass }: DetectionScore, reference: JudgedScore): void {
  expect(Math.abs(score - reference.score)).toBeLessThan(tolerance);
  expect(perClass.map(({ label }) => label)).toEqual(Object.keys(reference.perClass));
  for (const { label, score } of perClass) {
    expect(Math.abs(score - reference.perClass[label]!), label).toBeLessThan(tolerance);
  }
}

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
