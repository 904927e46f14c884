// A small file at a low rate is hours of sound: whether it fits is said before it is resampled.

import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { AudiozooError } from '@audiozoo/core';
import { classifyMany, ensemble, loadAudio, loadClassifier } from '@audiozoo/tasks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { processorTime } from '../../../testing/processor-time.js';
import { wavFile } from '../../../testing/wav-file.js';

const directory = join(import.meta.dirname, '../../../models/spoken-digits');
const options = { models: [ast], backend: onnxruntimeNode({ device: 'cpu' }) };
/** 100 Hz, eight bits: five and a half hours, 320 million samples at the model's rate. */
const hours = wavFile(new Uint8Array(2_000_000).fill(128), { format: 'int', bits: 8, sampleRate: 100 });
/** To resample it all takes half a minute. */
const patience = 5000;

let classifier: Awaited<ReturnType<typeof loadClassifier>>;
beforeAll(async () => {
  classifier = await loadClassifier(directory, options);
});
afterAll(() => classifier.dispose());

const sources = [
  ['a file', new Blob([hours.slice()])],
  ['samples in memory', { samples: new Float32Array(2_000_000), sampleRate: 100 }],
] as const;

describe.each(sources)('hours of sound at a low rate: %s', (_, sound) => {
  test.each([
    ['classify', () => classifier.classify(sound)],
    ['logits', () => classifier.logits([sound])],
    ['embed', () => classifier.embed(sound)],
    ['an ensemble', () => ensemble([classifier, classifier]).classify(sound)],
    ['loadAudio', () => loadAudio(sound, 16_000, {}, 16_000)],
    [
      'classifyMany',
      async () => {
        for await (const { error } of classifyMany(classifier, [sound])) if (error) throw error;
      },
    ],
  ])('is refused before the work: %s', async (_, run) => {
    const began = processorTime();
    const error: unknown = await run().catch((reason: unknown) => reason);
    expect(AudiozooError.isInstance(error, 'audio-too-long')).toBe(true);
    expect(String(error)).toMatch(
      /longer than the model's window: expected at most 1\.\d+ seconds, got 20000\.00/,
    );
    expect(processorTime() - began).toBeLessThan(patience);
  });
});

describe('a clip at a low rate', () => {
  test('is heard when it fits to the last sample', async () => {
    const { maxSamples, sampleRate } = classifier.frontEnd;
    const fits = Math.floor((maxSamples * 100) / sampleRate);
    const clip = (samples: number) =>
      new Blob([
        wavFile(
          new Uint8Array(samples).map((_, index) => 100 + (index % 50)),
          { format: 'int', bits: 8, sampleRate: 100 },
        ).slice(),
      ]);
    expect(await classifier.classify(clip(fits))).toHaveLength(5);
    await expect(classifier.classify(clip(fits + 2))).rejects.toThrow(/longer than the model's window/);
    const exactly = { samples: new Float32Array(maxSamples).fill(0.1), sampleRate };
    expect(await classifier.classify(exactly)).toHaveLength(5);
    const longer = { samples: new Float32Array(maxSamples + 1).fill(0.1), sampleRate };
    await expect(classifier.classify(longer)).rejects.toThrow(/longer than the model's window/);
  });
});
