import { expect, test } from 'vitest';
import { createStepLabels } from '../src/step-labels.js';

const labels = Array.from({ length: 8 }, (_, index) => ({ name: `label ${index}` }));
const scores = (loud: number) =>
  Float64Array.from(labels, (_, index) => (index === loud ? 0.9 : index / 100));

test('labels of a step are its best, best first, however many steps there are', () => {
  const steps = createStepLabels(labels, 0.04);
  for (let step = 0; step < 5000; step++) steps.push({ scores: scores(step % 8) });
  for (const step of [0, 1023, 1024, 4999]) {
    const told = steps.at((step + 0.5) * 0.04)!;
    expect(told[0]).toMatchObject({ label: `label ${step % 8}`, index: step % 8 });
    expect(told[0]!.score).toBeCloseTo(0.9);
    const others = told.slice(1).map(({ score }) => score);
    expect(others).toEqual([...others].sort((a, b) => b - a));
  }
});

test('labels of no step are none, and those of the whole are the highest of each', () => {
  const steps = createStepLabels(labels, 0.04);
  steps.push({ scores: scores(1) });
  steps.push({ scores: scores(6) });
  expect([steps.at(-0.01), steps.at(0.081)]).toEqual([undefined, undefined]);
  expect(steps.whole().map(({ index }) => index)).toEqual([1, 6, 7, 5, 4]);
});
