// The spectrogram inside the model: the same answers as from features that are made outside.

import { onnxruntimeNode } from '@audiozoo/backend-node';
import { openModelDirectory } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { logitTolerance, referenceBackend } from '@audiozoo/core/testing';
import { efficientat } from '@audiozoo/efficientat';
import { loadClassifier } from '@audiozoo/tasks';
import { describe, expect, test } from 'vitest';
import {
  clipsFor,
  configOf,
  type FormOptions,
  fromExportedSound,
  fromFeatures,
  fromSound,
  largestDifference,
} from '../../../testing/waveform-form.js';
import { cases, type GoldenCase, soundOf, withModel } from './golden-cases.js';

/** How far float16 may be off from sound, as a share of how far it is from features. */
const halfSlack = 1.5;

const cpu = onnxruntimeNode({ device: 'cpu' });

describe.each(cases)('$name of sound itself', (example: GoldenCase) => {
  const output = example.name.startsWith('frame_mn') ? 'frameLogits' : 'logits';
  const sampleRate = output === 'logits' ? 32_000 : 16_000;

  const withOptions = (use: (options: Omit<FormOptions, 'clips'>) => Promise<void>) =>
    withModel(example, async (path) => {
      const stored = await openModelDirectory(await openFiles(path));
      // An exported graph is of the longest clip that the files name.
      const directory = { ...stored, config: { ...stored.config, max_frames: 300 } };
      await use({ model: efficientat, directory, output }).finally(() => stored.weights.close());
    });

  test('has the numbers of the one over features, of clips of all sorts', () =>
    withOptions(async (options) => {
      const clips = clipsFor(efficientat.frontEnd(configOf(options) as never));
      const expected = await fromFeatures({ ...options, clips }, cpu);
      const inside = await fromSound({ ...options, clips }, cpu);
      expect(largestDifference(inside, expected)).toBeLessThan(logitTolerance.float32);
      const exported = await fromExportedSound({ ...options, clips });
      expect(largestDifference(exported, expected)).toBeLessThan(logitTolerance.float32);
    }));

  test('has them on the reference', () =>
    withOptions(async (options) => {
      const sized = { ...options, size: { frames: 24 } };
      const { minSamples, maxSamples } = efficientat.frontEnd(configOf(sized) as never);
      const [, next, , , longest] = clipsFor({ minSamples, maxSamples });
      const clips = [next!, longest!];
      const expected = await fromFeatures({ ...sized, clips }, cpu);
      const actual = await fromSound({ ...sized, clips }, referenceBackend());
      expect(largestDifference(actual, expected)).toBeLessThan(logitTolerance.float32);
    }));

  test('has them in a graph of float16, whose spectrogram stays in float32', () =>
    withOptions(async (options) => {
      const { samples } = await soundOf(example.inputs[0]!, sampleRate);
      const sized = { ...options, clips: [samples as Float32Array] };
      const halves = onnxruntimeNode({ device: 'cpu', precision: 'float16' });
      const expected = await fromFeatures(sized, cpu);
      const outside = largestDifference(await fromFeatures(sized, halves), expected);
      const inside = largestDifference(await fromSound(sized, halves), expected);
      expect(inside).toBeLessThan(halfSlack * outside);
    }));

  test('takes clips of every length as they are, in an exported graph too', () =>
    withModel(example, async (path) => {
      const sounds = await Promise.all(example.inputs.map((input) => soundOf(input, sampleRate)));
      const [expected, actual] = await Promise.all(
        (['features', 'waveform'] as const).map(async (input) => {
          const classifier = await loadClassifier(path, { models: [efficientat], backend: cpu, input });
          return (await classifier.logits(sounds).finally(() => classifier.dispose())).data;
        }),
      );
      expect(largestDifference([actual!], [expected!])).toBeLessThan(logitTolerance.float32);
      await withOptions(async (options) => {
        const classes = expected!.length / sounds.length;
        for (const [row, { samples }] of sounds.entries()) {
          const clips = [samples as Float32Array];
          const exported = await fromExportedSound({ ...options, output: 'logits', clips });
          const its = expected!.subarray(row * classes, (row + 1) * classes);
          expect(largestDifference(exported, [its])).toBeLessThan(logitTolerance.float32);
        }
      });
    }));
});
