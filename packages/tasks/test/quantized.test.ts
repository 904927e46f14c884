// What rounding to int8 costs: on real sound, nothing that is heard.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { directorySink, quantizeModel } from '@audiozoo/converters';
import { openFiles } from '@audiozoo/core/files';
import { loadClassifier } from '@audiozoo/tasks';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** The root mean square error of the logits, as a share of their standard deviation. */
const logitError = 0.03;

const root = join(import.meta.dirname, '../../..');
const float = join(root, 'models/spoken-digits');
const clipFolders = [join(float, 'clips'), join(import.meta.dirname, 'fixtures/digits')];

let folder: string;
let int8: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audiozoo-int8-'));
  int8 = join(folder, 'int8');
  await quantizeModel(await openFiles(float), { models: [ast], output: directorySink(int8), dtype: 'int8' });
});
afterAll(() => rm(folder, { recursive: true }));

/** `7_seven_en-us-f2.wav` says seven, `unknown_elephant.wav` nothing that is known. */
const spoken = (file: string) => (file.startsWith('unknown') ? 'unknown' : /^\d_([a-z]+)/.exec(file)![1]);

async function hear(directory: string) {
  const classifier = await loadClassifier(directory, {
    models: [ast],
    backend: onnxruntimeNode({ device: 'cpu', threads: 1 }),
  });
  const logits: number[] = [];
  let right = 0;
  for (const clips of clipFolders) {
    for (const file of (await readdir(clips)).sort()) {
      logits.push(...(await classifier.logits([join(clips, file)])).data);
      const [best] = await classifier.classify(join(clips, file), { topK: 1 });
      if (best!.label === spoken(file)) right++;
    }
  }
  await classifier.dispose();
  return { logits, right };
}

const rootMeanSquare = (values: readonly number[]) =>
  Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);

test('spoken digits in int8 hears as many of 41 clips as in floats, with nearly the same logits', async () => {
  const [expected, actual] = [await hear(float), await hear(int8)];
  expect(expected.logits).toHaveLength(41 * 12);
  expect(actual.right).toBeGreaterThanOrEqual(expected.right);

  const mean = expected.logits.reduce((sum, value) => sum + value, 0) / expected.logits.length;
  const error = rootMeanSquare(expected.logits.map((value, index) => value - actual.logits[index]!));
  const spread = rootMeanSquare(expected.logits.map((value) => value - mean));
  expect(error).toBeGreaterThan(0); // they are not the same weights
  expect(error / spread).toBeLessThan(logitError);
});
