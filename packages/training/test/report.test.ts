import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { beforeAll, expect, test } from 'vitest';
import {
  type FineTuned,
  fineTune,
  memoryFolder,
  recipes,
  type TrainingClip,
  trainingLog,
} from '../src/index.js';

const labels = ['low hum', 'high hum', '<script>"&\'`|*'].map((name) => ({ name }));

/** A hum of so many hertz in some noise, half a second long. */
function hum(name: string, label: number, hertz: number): TrainingClip {
  return {
    ...{ name, labels: [label] },
    async sound(sampleRate, { maxSamples = Infinity }) {
      const samples = new Float32Array(Math.min(sampleRate / 2, maxSamples));
      return samples.map(
        (_, index) => 0.3 * Math.sin((2 * Math.PI * hertz * index) / sampleRate) + 0.1 * Math.sin(index ** 2),
      );
    },
  };
}

const pitches = [200, 2000, 6000];
const train = {
  labels,
  clips: pitches.flatMap((hertz, label) =>
    Array.from({ length: 4 }, (_, take) => hum(`take ${take} of ${label}`, label, hertz * (1 + take / 20))),
  ),
};
const validation = {
  labels,
  clips: [
    ...pitches.map((hertz, label) => hum(`judged ${label}`, label, hertz * 1.07)),
    hum('<img src=x onerror=alert(1)> | "named" badly', 0, 6000),
  ],
};

const folder = memoryFolder('hums');
let tuned: FineTuned;
beforeAll(async () => {
  tuned = await fineTune({
    from: 'models/spoken-digits',
    models: [ast],
    backend: onnxruntimeNode({ device: 'cpu', threads: 1 }),
    ...{ train, validation, out: folder },
    recipe: { ...recipes.head, epochs: 12, batchSize: 4 },
  });
});

async function textOf(name: string): Promise<string> {
  const file = await folder.open(name);
  return new TextDecoder().decode(await file!.read(0, file!.size));
}

test('the log has a line of JSON for each epoch', async () => {
  const lines = (await textOf('log.jsonl')).split('\n');
  expect(lines.pop()).toBe('');
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    tuned.epochs.map(({ epoch, learningRate, loss, validation }) => ({
      ...{ epoch, learningRate, loss, validationLoss: validation!.loss },
      ...{ accuracy: validation!.accuracy, mAP: validation!.mAP },
    })),
  );
  expect(lines).toHaveLength(12);
});

test('the log leaves out what nobody judged, and has no NaN, which is no JSON', () => {
  expect(trainingLog([{ epoch: 1, learningRate: 0.1, loss: Number.NaN }])).toBe(
    '{"epoch":1,"learningRate":0.1,"loss":null}\n',
  );
});
