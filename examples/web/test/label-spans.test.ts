import { expect, test } from 'vitest';
import { labelSpans, type Prediction } from '../src/label-spans.js';

const options = { window: 1, hop: 0.25, threshold: 0.5, predictions: 2, lanes: 2 };
const names = ['silence', 'unknown', 'dog', 'rain'];

function prediction(time: number, scores: Record<string, number>): Prediction {
  const labels = Object.entries(scores).map(([label, score]) => ({
    label,
    score,
    index: names.indexOf(label),
  }));
  return { time, labels };
}

test('a label in consecutive predictions is one span, around the middles of their windows', () => {
  const predictions = [2, 2.25, 2.5].map((time) => prediction(time, { dog: 0.9 }));
  const [span, ...others] = labelSpans(predictions, options);
  expect(others).toEqual([]);
  expect(span).toMatchObject({ label: 'dog', start: 1.375, end: 2.125, lane: 0 });
});

test('silence, the unknown, unsure labels and labels of a single window are no spans', () => {
  const predictions = [
    prediction(1, { silence: 0.9, dog: 0.4 }),
    prediction(1.25, { silence: 0.9, rain: 0.8 }),
    prediction(1.5, { unknown: 0.9 }),
    prediction(1.75, { unknown: 0.9 }),
  ];
  expect(labelSpans(predictions, options)).toEqual([]);
});

test('labels at the same time stand below one another, as far as there is room', () => {
  const predictions = [2, 2.25, 2.5, 2.75].map((time) => ({
    time,
    labels: ['dog', 'rain', 'wind'].map((label, index) => ({ label, index, score: 0.9 })),
  }));
  expect(labelSpans(predictions, options).map(({ label, lane }) => [label, lane])).toEqual([
    ['dog', 0],
    ['rain', 1],
  ]);
});
