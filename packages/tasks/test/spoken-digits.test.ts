// The bundled model on real sound: from the checkpoint it was trained as, and as it is shipped.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { convertCheckpoint, directorySink } from '@audiozoo/converters';
import { openFile } from '@audiozoo/core/files';
import { logitTolerance } from '@audiozoo/core/testing';
import { type AudioClassifier, loadClassifier } from '@audiozoo/tasks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const fixtures = join(import.meta.dirname, 'fixtures');
const shipped = join(import.meta.dirname, '../../../models/spoken-digits');
const options = { models: [ast], backend: onnxruntimeNode({ device: 'cpu' }) };

interface Reference {
  readonly labels: readonly string[];
  readonly mean: number;
  readonly std: number;
  readonly clips: readonly {
    readonly file: string;
    readonly predicted: string;
    readonly logits: readonly number[];
  }[];
}
const trained = join(fixtures, 'spoken-digits');
const reference: Reference = JSON.parse(await readFile(join(trained, 'spoken-digits.json'), 'utf8'));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audiozoo-digits-'));
  const source = await openFile(join(trained, 'spoken-digits.pth'));
  await convertCheckpoint(source, {
    models: [ast],
    output: directorySink(join(folder, 'float32')),
    labels: reference.labels.map((name) => ({ name })),
    problemType: 'multi_label_classification',
    settings: { fstride: 16, tstride: 16, frames: 128, mean: reference.mean, std: reference.std },
  });
  await source.close();
});
afterAll(() => rm(folder, { recursive: true }));

/** White, of a standard deviation of 1. */
const noise = Float32Array.from({ length: 2 ** 16 }, (_, index) => {
  let sum = -6;
  for (let draw = 0; draw < 12; draw++)
    sum += Math.abs(Math.sin(12.9898 * (12 * index + draw)) * 43758.5453) % 1;
  return sum;
});

describe.each([
  ['converted to float32', () => join(folder, 'float32'), logitTolerance.float32],
  ['shipped in float16', () => shipped, logitTolerance.float16],
])('spoken digits, %s', (_, directory, tolerance) => {
  let classifier: AudioClassifier;
  beforeAll(async () => {
    classifier = await loadClassifier(directory(), options);
  });
  afterAll(() => classifier.dispose());

  test.each(reference.clips)(
    '$file: has the logits of the official code',
    async ({ file, predicted, logits }) => {
      const { data } = await classifier.logits([join(trained, file)]);
      const differences = logits.map((logit, index) => Math.abs(logit - data[index]!));
      expect(Math.max(...differences)).toBeLessThan(tolerance);
      expect((await classifier.classify(join(trained, file), { topK: 1 }))[0]!.label).toBe(predicted);
    },
  );

  test('hears at least 27 of the 30 clips of other voices', async () => {
    const clips = await readdir(join(fixtures, 'digits'));
    expect(clips).toHaveLength(30);
    let right = 0;
    for (const clip of clips) {
      const [best] = await classifier.classify(join(fixtures, 'digits', clip), { topK: 1 });
      if (best!.label === clip.split('_')[1]) right++;
    }
    expect(right).toBeGreaterThanOrEqual(27);
  });

  // Shorter silence is padded with features louder than it, as in training, and taken for a word: see the model's page.
  test.each([
    ['digital silence', () => 0],
    ['a constant offset', () => 0.1],
    ['noise at −60 dB', (index: number) => 1e-3 * noise[index]!],
  ])('hears %s that fills the window as silence', async (_, amplitude) => {
    const { sampleRate, maxSamples } = classifier.frontEnd;
    const samples = Float32Array.from({ length: maxSamples }, (_, index) => amplitude(index));
    const [best] = await classifier.classify({ samples, sampleRate }, { topK: 1 });
    expect(best).toMatchObject({ label: 'silence', score: expect.closeTo(1, 2) });
  });

  test('names what is said in the clips of the demo', async () => {
    const clips = await readdir(join(shipped, 'clips'));
    for (const clip of clips) {
      const [best] = await classifier.classify(join(shipped, 'clips', clip), { topK: 1 });
      expect(`${clip}: ${best!.label}`).toBe(`${clip}: ${expectedLabel(clip)}`);
    }
  });
});

function expectedLabel(clip: string): string {
  return clip.startsWith('unknown') ? 'unknown' : clip.split(/[_.]/)[1]!;
}
