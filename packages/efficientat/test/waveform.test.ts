// The spectrogram inside the model: the same answers as from features that are made outside.

import { onnxruntimeNode } from '@audiozoo/backend-node';
import { openModelDirectory } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { logitTolerance, referenceBackend } from '@audiozoo/core/testing';
import { efficientat } from '@audiozoo/efficientat';
import { describe, expect, test } from 'vitest';
import {
  classifierLogits,
  clipsFor,
  type FormOptions,
  fromExportedSound,
  fromFeatures,
  fromSound,
  frontEndOf,
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
      const clips = clipsFor(frontEndOf(options));
      const expected = await fromFeatures({ ...options, clips }, cpu);
      const inside = await fromSound({ ...options, clips }, cpu);
      expect(largestDifference(inside, expected)).toBeLessThan(logitTolerance.float32);
      const exported = await fromExportedSound({ ...options, clips });
      expect(largestDifference(exported, expected)).toBeLessThan(logitTolerance.float32);
    }));

  test('has them on the reference', () =>
    withOptions(async (options) => {
      const sized = { ...options, size: { frames: 24 } };
      const [, next, , , longest] = clipsFor(frontEndOf(sized));
      const clips = [next!, longest!];
      const expected = await fromFeatures({ ...sized, clips }, cpu);
      const actual = await fromSound({ ...sized, clips }, referenceBackend());
      expect(largestDifference(actual, expected)).toBeLessThan(logitTolerance.float32);
    }));

  test('has them in a graph of float16, whose spectrogram stays in float32', () =>
    withOptions(async (options) => {
      const { samples } = await soundOf(example.inputs[0]!, sampleRate);
      const sized = { ...options, clips: [samples] };
      const halves = onnxruntimeNode({ device: 'cpu', precision: 'float16' });
      const expected = await fromFeatures(sized, cpu);
      const outside = largestDifference(await fromFeatures(sized, halves), expected);
      const inside = largestDifference(await fromSound(sized, halves), expected);
      expect(inside).toBeLessThan(halfSlack * outside);
    }));

  test('takes clips of every length as they are, in an exported graph too', () =>
    withModel(example, async (path) => {
      const sounds = await Promise.all(example.inputs.map((input) => soundOf(input, sampleRate)));
      const loading = { models: [efficientat], backend: cpu };
      const expected = await classifierLogits(path, sounds, loading);
      const inside = await classifierLogits(path, sounds, { ...loading, input: 'waveform' });
      expect(largestDifference(inside, expected)).toBeLessThan(logitTolerance.float32);
      await withOptions(async (options) => {
        const clips = sounds.map(({ samples }) => samples);
        const exported = await fromExportedSound({ ...options, output: 'logits', clips }, { apart: true });
        expect(largestDifference(exported, expected)).toBeLessThan(logitTolerance.float32);
      });
    }));
});
