// Sound of every length: as it is up to 30 seconds, longer in windows of 10.

import { onnxruntimeNode } from '@audiozoo/backend-node';
import type { Backend } from '@audiozoo/core';
import { logitTolerance, randomTensor } from '@audiozoo/core/testing';
import { efficientat } from '@audiozoo/efficientat';
import { classifyWindows, type LocalClassifier, loadClassifier, type ScoredWindow } from '@audiozoo/tasks';
import { expect, test } from 'vitest';
import { difference } from '../../../testing/golden-files.js';
import { cases, withModel } from './golden-cases.js';

const small = {
  mn: { ...cases.find(({ name }) => name === 'mn01_mels_64_s2221')!, sampleRate: 32_000, shortest: 514 },
  frame_mn: { ...cases.find(({ name }) => name === 'frame_mn02')!, sampleRate: 16_000, shortest: 258 },
};
type Small = (typeof small)['mn'];

const withSmall = (example: Small, use: (classifier: LocalClassifier) => Promise<void>) =>
  withModel(example, async (directory) => {
    const backend = onnxruntimeNode({ device: 'cpu' });
    const classifier = await loadClassifier(directory, { models: [efficientat], backend });
    await use(classifier).finally(() => classifier.dispose());
  });

const noiseOf = ({ sampleRate }: Small, samples: number) => ({
  samples: randomTensor([samples], 1, 0.1).data,
  sampleRate,
});

test.each(Object.entries(small))(
  '%s refuses sound too short to be mirrored, and takes 30 seconds whole',
  (_, example) =>
    withSmall(example, async (classifier) => {
      const { shortest, sampleRate } = example;
      const logits = (samples: number) => classifier.logits([noiseOf(example, samples)]);
      await expect(logits(shortest - 1)).rejects.toMatchObject({ code: 'audio-too-short' });
      const { data } = await logits(shortest);
      expect(data.every(Number.isFinite)).toBe(true);
      expect((await logits(30 * sampleRate)).shape[0]).toBe(1);
      await expect(logits(31 * sampleRate)).rejects.toMatchObject({ code: 'audio-too-long' });
    }),
);

test('one program serves all lengths, and answers along time as long as the clip', () =>
  withModel(small.frame_mn, async (directory) => {
    const backend = onnxruntimeNode({ device: 'cpu' });
    let loads = 0;
    const watched: Backend = { ...backend, load: (...call) => backend.load(...call).finally(() => loads++) };
    const { anyLength: _, ...oneLength } = backend;
    const [any, one] = await Promise.all(
      [watched, oneLength].map((each) => loadClassifier(directory, { models: [efficientat], backend: each })),
    );
    for (const samples of [16_000, 30_000, 999]) {
      const sound = noiseOf(small.frame_mn, samples);
      const names = ['frameLogits', 'logits', 'embedding'];
      const [got, expected] = [await any!.outputs(sound, names), await one!.outputs(sound, names)];
      expect(Object.keys(expected)).toEqual(expect.arrayContaining(names));
      for (const [name, its] of Object.entries(expected)) {
        expect(got[name]!.shape).toEqual(its.shape);
        expect(difference(got[name]!.data, its)).toBeLessThan(logitTolerance.float32);
      }
    }
    expect(loads).toBe(1);
    await Promise.all([any!.dispose(), one!.dispose()]);
  }));

test('clips of a batch are heard as they are alone, whatever their lengths', () =>
  withSmall(small.mn, async (classifier) => {
    const sounds = [16_000, 9_999, 20_001].map((samples) => noiseOf(small.mn, samples));
    const { data } = await classifier.logits(sounds);
    for (const [row, sound] of sounds.entries()) {
      const alone = (await classifier.logits([sound])).data;
      expect(data.subarray(row * 527, (row + 1) * 527)).toEqual(alone);
    }
  }));

test('long sound is heard in windows of 10 seconds, the last as short as it is', () =>
  withSmall(small.mn, async (classifier) => {
    const windows: ScoredWindow[] = [];
    for await (const window of classifyWindows(classifier, noiseOf(small.mn, 720_000))) windows.push(window);
    expect(windows.map(({ start, end }) => [start, end])).toEqual([
      [0, 10],
      [10, 20],
      [20, 22.5],
    ]);
  }));

test('listening hears the last 10 seconds, not all of 30', () =>
  withSmall(small.mn, async (classifier) => {
    const { sampleRate } = small.mn;
    const silence = new Float32Array(11 * sampleRate);
    const stream = await classifier.stream({ sampleRate });
    await stream.push(noiseOf(small.mn, 12 * sampleRate).samples);
    await stream.push(silence);
    const { labels } = await stream.classify({ topK: 3 });
    await stream.close();
    const samples = silence.subarray(0, 10 * sampleRate);
    const expected = await classifier.classify({ samples, sampleRate }, { topK: 3 });
    expect(labels.map(({ label }) => label)).toEqual(expected.map(({ label }) => label));
    labels.forEach(({ score }, index) => void expect(score).toBeCloseTo(expected[index]!.score, 3));
  }));
