// The spectrogram inside the model: the same answers as from decibels that are made outside.

import { onnxruntimeNode } from '@audiozoo/backend-node';
import { ced } from '@audiozoo/ced';
import { openModelDirectory } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { logitTolerance, referenceBackend } from '@audiozoo/core/testing';
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
import { cases, soundOf, withModel } from './golden-cases.js';

const toy = cases.find(({ name }) => name === 'toy')!;
const cpu = onnxruntimeNode({ device: 'cpu' });

const withToy = (use: (toy: Omit<FormOptions, 'clips'>) => Promise<void>) =>
  withModel(toy, async (path) => {
    const directory = await openModelDirectory(await openFiles(path));
    const options = { model: ced, directory, output: 'logits' };
    await use(options).finally(() => directory.weights.close());
  });

describe('a CED of sound itself', () => {
  test('has the logits of the one over decibels, of clips of all sorts', () =>
    withToy(async (options) => {
      const size = { frames: 75 }; // 11 of which lie behind the last patch
      const clips = clipsFor(frontEndOf({ ...options, size }));
      const sized = { ...options, size, clips };
      const expected = await fromFeatures(sized, cpu);
      expect(largestDifference(await fromSound(sized, cpu), expected)).toBeLessThan(logitTolerance.float32);
    }));

  test('has them on the reference', () =>
    withToy(async (options) => {
      const size = { frames: 40 };
      const [, next, , , longest] = clipsFor(frontEndOf({ ...options, size }));
      const sized = { ...options, size, clips: [next!, longest!] };
      const expected = await fromFeatures(sized, cpu);
      const actual = await fromSound(sized, referenceBackend());
      expect(largestDifference(actual, expected)).toBeLessThan(logitTolerance.float32);
    }));

  test('has them in a graph of float16, whose spectrogram stays in float32', () =>
    withToy(async (options) => {
      const { samples } = await soundOf(toy.inputs[0]!.audio);
      const sized = { ...options, size: { frames: 301 }, clips: [samples] };
      const halves = onnxruntimeNode({ device: 'cpu', precision: 'float16' });
      const expected = await fromFeatures(sized, halves);
      const difference = largestDifference(await fromSound(sized, halves), expected);
      expect(difference).toBeLessThan(logitTolerance.float16);
    }));

  test('is exported to a graph that takes samples and lengths', () =>
    withToy(async (options) => {
      const clips = clipsFor(frontEndOf(options));
      const expected = await fromFeatures({ ...options, clips }, cpu);
      const actual = await fromExportedSound({ ...options, clips });
      expect(largestDifference(actual, expected)).toBeLessThan(logitTolerance.float32);
    }));

  test('takes clips of every length as they are, in an exported graph too', () =>
    withModel(toy, async (path) => {
      const heard = toy.inputs.filter(({ name }) =>
        ['speech_3s', 'impulse_1s', 'shortest_16_frames'].includes(name),
      );
      const sounds = await Promise.all(heard.map(({ audio }) => soundOf(audio)));
      const loading = { models: [ced], backend: cpu };
      const expected = await classifierLogits(path, sounds, loading);
      const inside = await classifierLogits(path, sounds, { ...loading, input: 'waveform' });
      expect(largestDifference(inside, expected)).toBeLessThan(logitTolerance.float32);
      await withToy(async (options) => {
        const clips = sounds.map(({ samples }) => samples);
        const exported = await fromExportedSound({ ...options, clips }, { apart: true });
        expect(largestDifference(exported, expected)).toBeLessThan(logitTolerance.float32);
      });
    }));
});
