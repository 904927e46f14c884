// Sound of every length: as it is up to 10.12 seconds, longer in windows.

import { onnxruntimeNode } from '@audiozoo/backend-node';
import { ced, frontEnd, readConfig } from '@audiozoo/ced';
import type { Backend } from '@audiozoo/core';
import { logitTolerance, randomTensor } from '@audiozoo/core/testing';
import { classifyWindows, type LocalClassifier, loadClassifier, type ScoredWindow } from '@audiozoo/tasks';
import { describe, expect, test } from 'vitest';
import { difference } from '../../../testing/golden-files.js';
import { cases, soundOf, withModel } from './golden-cases.js';

const toy = cases.find(({ name }) => name === 'toy')!;
const noise = (samples: number) => ({ samples: randomTensor([samples], 1, 0.1).data, sampleRate: 16_000 });

const withToy = (use: (classifier: LocalClassifier) => Promise<void>) =>
  withModel(toy, async (directory) => {
    const classifier = await loadClassifier(directory, {
      models: [ced],
      backend: onnxruntimeNode({ device: 'cpu' }),
    });
    await use(classifier).finally(() => classifier.dispose());
  });

describe('a CED', () => {
  test('refuses sound shorter than a patch, and longer than its position embeddings', () =>
    withToy(async (classifier) => {
      await expect(classifier.logits([noise(2399)])).rejects.toMatchObject({ code: 'audio-too-short' });
      await expect(classifier.logits([noise(161_920)])).rejects.toMatchObject({ code: 'audio-too-long' });
      expect((await classifier.logits([noise(2400)])).shape).toEqual([1, 527]);
      expect((await classifier.logits([noise(161_919)])).shape).toEqual([1, 527]);
    }));

  test('is one program for all lengths, which gives what one for each length gives', () =>
    withModel(toy, async (directory) => {
      const { load, name } = onnxruntimeNode({ device: 'cpu' });
      const loads: string[] = [];
      const watched =
        (title: string): Backend['load'] =>
        (...call) => {
          loads.push(title);
          return load(...call);
        };
      const backends: readonly Backend[] = [
        { name, anyLength: true, load: watched('any') },
        { name, load: watched('one') },
      ];
      const [any, one] = await Promise.all(
        backends.map((backend) => loadClassifier(directory, { models: [ced], backend, outputs: ['tokens'] })),
      );
      const sounds = [40_000, 3000, 100_000, 41_000].map(noise);
      const [got, expected] = [await any!.logits(sounds), await one!.logits(sounds)];
      expect(difference(got.data, expected)).toBeLessThan(logitTolerance.float32);
      const { tokens } = await any!.outputs(sounds[1]!, ['tokens']);
      expect(tokens!.shape).toEqual((await one!.outputs(sounds[1]!, ['tokens'])).tokens!.shape);
      expect(loads.filter((title) => title === 'any')).toHaveLength(1);
      expect(loads.filter((title) => title === 'one')).toHaveLength(1 + sounds.length); // the longest, too
      await Promise.all([any!.dispose(), one!.dispose()]);
    }));

  test('passes over frames behind the last patch', () =>
    withToy(async (classifier) => {
      const { samples, sampleRate } = noise(16_000 - 256);
      const behind = (6 * 16 + 1) * 160; // the last frame of a patch, 95, ends before 95 · 160 + 256
      const changed = samples.slice();
      changed[behind]! += 0.01;
      expect(changed).not.toEqual(samples);
      const [before, after] = [samples, changed].map((samples) =>
        classifier.logits([{ samples, sampleRate }]),
      );
      expect((await after!).data).toEqual((await before!).data);
    }));

  test('hears long sound in windows of 10 seconds, the last as short as it is', () =>
    withToy(async (classifier) => {
      const join = ['../fbank/speech_10s.wav', '../fbank/speech_10s.wav', '../fbank/noise_2s.wav'];
      const sound = await soundOf({ join, samples: 323_680 });
      const windows: ScoredWindow[] = [];
      for await (const window of classifyWindows(classifier, sound)) windows.push(window);
      expect(windows.map(({ start, end }) => [start, end])).toEqual([
        [0, 10],
        [10, 20],
        [20, 20.23],
      ]);
      const alone = await classifier.logits([{ ...sound, samples: sound.samples.subarray(320_000) }]);
      windows[2]!.scores.forEach((score, index) => {
        expect(score).toBeCloseTo(1 / (1 + Math.exp(-alone.data[index]!)), 6);
      });
    }));

  test('takes a shorter longest clip when it is told', () =>
    withModel(toy, async (directory) => {
      const options = { models: [ced], backend: onnxruntimeNode({ device: 'cpu' }) };
      const classifier = await loadClassifier(directory, { ...options, size: { frames: 100 } });
      expect((await classifier.logits([noise(15_999)])).shape).toEqual([1, 527]);
      await expect(classifier.logits([noise(16_000)])).rejects.toMatchObject({ code: 'audio-too-long' });
      await classifier.dispose();
      await expect(loadClassifier(directory, { ...options, size: { frames: 2000 } })).rejects.toThrow(
        'frames does not fit',
      );
    }));

  test('hears live what it hears of the same sound with silence behind it', () =>
    withToy(async (classifier) => {
      const samples = noise(32_000).samples.map((value) => 5 * value);
      const stream = frontEnd(readConfig({}, {})).stream();
      stream.push(samples);
      const { input_values } = stream.inputs();
      const whole = classifier.frontEnd.inputs([samples]).input_values!;
      expect(input_values!.shape).toEqual(whole.shape);
      const heard = 64 * (200 - 3); // later frames reach over the end of what has been heard
      const early = (data: Float32Array) => data.subarray(0, heard);
      early(input_values!.data).forEach((value, index) => {
        expect(value).toBeCloseTo(early(whole.data)[index]!, 3);
      });
      expect(Math.min(...input_values!.data)).toBeCloseTo(Math.max(...input_values!.data) - 120, 3);
    }));
});
