// The spectrogram inside the model: the same embeddings as from decibels that are made outside.

import { onnxruntimeNode } from '@audiozoo/backend-node';
import { clap } from '@audiozoo/clap';
import { openModelDirectory } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';
import { logitTolerance } from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';
import {
  clipsFor,
  type FormOptions,
  fromExportedSound,
  fromFeatures,
  fromSound,
  frontEndOf,
  largestDifference,
} from '../../../testing/waveform-form.js';
import { cases, referencePath, soundOf } from './golden-cases.js';

const cpu = onnxruntimeNode({ device: 'cpu' });
const fused = cases.find(({ name }) => name === 'fused')!;

/** The fused model of the repository, or what of it a model that does not fuse has. */
async function withModel(fuses: boolean, use: (options: Omit<FormOptions, 'clips'>) => Promise<void>) {
  const { config, preprocessorConfig, weights } = await openModelDirectory(
    await openFiles(referencePath(fused.directory)),
  );
  const audio = { ...(config.audio_config as object), enable_fusion: fuses };
  const tensors = [...weights.tensors].filter(([name]) => fuses || !/fusion_model|mel_conv2d/.test(name));
  const directory = {
    config: { ...config, audio_config: audio },
    preprocessorConfig: { ...preprocessorConfig, truncation: fuses ? 'fusion' : 'rand_trunc' },
    weights: { ...weights, tensors: new Map(tensors) },
  };
  await use({ model: clap, directory, output: 'embedding' }).finally(() => weights.close());
}

const speech = await soundOf(fused.inputs[0]!.audio);
const longest = 480_000;
/** Of clips that are repeated, and of silence, noise and a click. */
const clips = [speech, ...clipsFor({ minSamples: 24_001, maxSamples: longest })];

describe.each([
  ['unfused', false],
  ['fused', true],
])('an %s CLAP of sound itself', (_, fuses) => {
  test('has the embeddings of the one over decibels, of clips of all sorts', () =>
    withModel(fuses, async (options) => {
      const expected = await fromFeatures({ ...options, clips }, cpu);
      const inside = await fromSound({ ...options, clips }, cpu);
      expect(largestDifference(inside, expected)).toBeLessThan(logitTolerance.float32);
      const exported = await fromExportedSound({ ...options, clips });
      expect(largestDifference(exported, expected)).toBeLessThan(logitTolerance.float32);
    }));

  test('hears of longer sound what the one over decibels does, or windows', () =>
    withModel(fuses, async (options) => {
      const form = await clap.waveform!(clap);
      const { maxSamples, windowSamples } = frontEndOf({ ...options, model: form });
      expect(windowSamples).toBe(longest);
      expect(maxSamples).toBe(fuses ? longest : 600 * 48_000);
      if (fuses) return;
      const long = clipsFor({ minSamples: 1, maxSamples: 600_001 })[4]!;
      for (const size of [{}, { cropOffset: 7000 }]) {
        const sized = { ...options, size, clips: [long] };
        const expected = await fromFeatures(sized, cpu);
        expect(largestDifference(await fromSound(sized, cpu), expected)).toBeLessThan(logitTolerance.float32);
      }
    }));

  test('has them in a graph of float16, whose spectrogram stays in float32', () =>
    withModel(fuses, async (options) => {
      const halves = onnxruntimeNode({ device: 'cpu', precision: 'float16' });
      const expected = await fromFeatures({ ...options, clips: [speech] }, halves);
      const actual = await fromSound({ ...options, clips: [speech] }, halves);
      expect(largestDifference(actual, expected)).toBeLessThan(logitTolerance.float16);
    }));
});

test('a fused CLAP of sound itself takes it for longer where it is told', () =>
  withModel(true, async (options) => {
    const told = { ...options, clips: [speech], size: { isLonger: true } };
    const expected = await fromFeatures(told, cpu);
    expect(largestDifference(await fromSound(told, cpu), expected)).toBeLessThan(logitTolerance.float32);
    const usual = await fromSound({ ...options, clips: [speech] }, cpu);
    expect(largestDifference(usual, expected)).toBeGreaterThan(logitTolerance.float32);
  }));
