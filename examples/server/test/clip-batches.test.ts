// Clips of several requests in one run of a model.

import { readdirSync } from 'node:fs';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { AudiozooError } from '@audiozoo/core';
import type { Audio } from '@audiozoo/features';
import { loadClassifier, type ScoredLabel } from '@audiozoo/tasks';
import { expect, onTestFinished, test } from 'vitest';
import { wav16 } from '../../../testing/wav-file.js';
import type { Classifier } from '../src/classifier.js';
import { clipBatches } from '../src/clip-batches.js';
import { clip, digits, problemOf, serve } from './served.js';

/** A model whose logit is a clip's first sample; it refuses negative ones, and notes the sizes of its runs. */
function firstSamples() {
  const runs: number[] = [];
  const logits = async (batch: readonly Audio[]) => {
    runs.push(batch.length);
    await new Promise(setImmediate);
    const values = batch.map(({ samples }) => samples[0]!);
    if (values.some((value) => value < 0)) throw new AudiozooError({ code: 'audio', what: 'too low' });
    return { dtype: 'float32' as const, shape: [batch.length, 1], data: Float32Array.from(values) };
  };
  return { runs, logits: logits as Classifier['logits'] };
}
const sound = (value: number): Audio => ({ samples: Float32Array.of(value), sampleRate: 16_000 });
const { signal } = new AbortController();

test('those that come together run together, at most so many at a time', async () => {
  const model = firstSamples();
  const hear = clipBatches(model, { wait: 5, most: 4 });
  const heard = await Promise.all([1, 2, 3, 4, 5, 6].map((value) => hear(sound(value), signal)));
  expect(heard.map(([logit]) => logit)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(model.runs).toEqual([4, 2]);
});

test('a full batch does not wait, and one clip does not wait for more than so long', async () => {
  const model = firstSamples();
  const patient = clipBatches(model, { wait: 1_000_000, most: 2 });
  expect(
    (await Promise.all([patient(sound(1), signal), patient(sound(2), signal)])).flatMap((row) => [...row]),
  ).toEqual([1, 2]);
  expect([...(await clipBatches(model, { wait: 1, most: 2 })(sound(3), signal))]).toEqual([3]);
});

test('one that the model refuses, or whose client is gone, takes nothing from the others', async () => {
  const model = firstSamples();
  const hear = clipBatches(model, { wait: 5, most: 8 });
  const controller = new AbortController();
  const outcomes = Promise.allSettled([
    hear(sound(1), signal),
    hear(sound(-2), signal),
    hear(sound(3), controller.signal),
    hear(sound(4), signal),
  ]);
  controller.abort(new Error('gone'));
  expect(await outcomes).toMatchObject([
    { value: Float32Array.of(1) },
    { reason: { what: 'too low' } },
    { reason: { message: 'gone' } },
    { value: Float32Array.of(4) },
  ]);
  expect(model.runs).toEqual([3, 1, 1, 1]); // without the one that was gone, then each by itself
  expect([...(await hear(sound(5), signal))]).toEqual([5]);
});

test('the server answers clips that it hears together as it does alone', async () => {
  const backend = onnxruntimeNode({ device: 'cpu' });
  const classifier = await loadClassifier(digits, { models: [ast], backend });
  onTestFinished(() => classifier.dispose());
  const runs: number[] = [];
  const counted: Classifier = {
    ...classifier,
    logits: (batch, options) => {
      runs.push(batch.length);
      return classifier.logits(batch, options);
    },
  };
  const batches = { wait: 200, most: 16 };
  const { send } = await serve({
    classifiers: new Map([['digits', counted]]),
    batches,
    atOnce: 32,
    queue: 100,
  });
  const names = readdirSync(`${digits}/clips`).map((file) => file.replace('.wav', ''));
  const long = send('/v1/classify', wav16(new Array(32_000).fill(1)));
  const short = send('/v1/classify', wav16(new Array(10).fill(1)));
  const answers = await Promise.all(names.map((name) => send('/v1/classify', clip(name))));
  for (const [index, name] of names.entries()) {
    const { labels } = (await answers[index]!.json()) as { labels: ScoredLabel[] };
    const alone = await classifier.classify(`${digits}/clips/${name}.wav`);
    expect(labels).toEqual(
      alone.map(({ score, ...label }) => ({ ...label, score: expect.closeTo(score, 5) })),
    );
  }
  await problemOf(await long, 413);
  await problemOf(await short, 422);
  expect(runs.reduce((sum, size) => sum + size)).toBe(names.length);
  expect(runs.length).toBeLessThan(names.length / 2);
});
