// Models in other sizes than their files say, and what they show on request.

import { join } from 'node:path';
import { type AstConfig, ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import type { Backend } from '@audiozoo/core';
import { logitTolerance, randomTensor } from '@audiozoo/core/testing';
import { loadClassifier } from '@audiozoo/tasks';
import { describe, expect, test } from 'vitest';

const directory = join(import.meta.dirname, '../../../models/spoken-digits'); // 128 frames of 10 ms
const options = { models: [ast], backend: onnxruntimeNode({ device: 'cpu' }) };
const sound = (seconds: number) => ({
  samples: randomTensor([Math.round(16_000 * seconds)], 1, 0.1).data,
  sampleRate: 16_000,
});

/** The backend, and a list of the input lengths that it loaded and has not disposed. */
function watched(): { backend: Backend; loaded: number[]; loads: number[] } {
  const loaded: number[] = [];
  const loads: number[] = [];
  const backend: Backend = {
    name: 'watched',
    async load(model, weights, loadOptions) {
      const { frames } = loadOptions.config as AstConfig;
      loads.push(frames);
      loaded.push(frames);
      const its = await options.backend.load(model, weights, loadOptions);
      const dispose = async () => {
        loaded.splice(loaded.indexOf(frames), 1);
        await its.dispose();
      };
      return { ...its, dispose };
    },
  };
  return { backend, loaded, loads };
}

describe('a classifier for another length', () => {
  test('hears as much as was asked for', async () => {
    const classifier = await loadClassifier(directory, { ...options, size: { frames: 64 } });
    await classifier.classify(sound(0.64));
    await expect(classifier.classify(sound(0.8))).rejects.toThrow(
      "the sound is longer than the model's window",
    );
    await classifier.dispose();
  });

  test('is another one than the padded, and the same when the length is its own', async () => {
    const logits = async (frames?: number) => {
      const classifier = await loadClassifier(directory, { ...options, size: { frames } });
      return (await classifier.logits([sound(0.5)]).finally(() => classifier.dispose())).data;
    };
    const own = await logits();
    expect(await logits(128)).toEqual(own);
    expect(await logits(64)).not.toEqual(own);
  });

  test('takes other mel bins', async () => {
    const classifier = await loadClassifier(directory, { ...options, size: { melBins: 64 } });
    expect((await classifier.features(sound(0.5))).shape[1]).toBe(64);
    expect(await classifier.classify(sound(0.5), { topK: 12 })).toHaveLength(12);
    await classifier.dispose();
  });

  test('is refused for a model that takes one size', async () => {
    const { resizing: _, ...rigid } = ast;
    for (const size of [{ size: { frames: 64 } }, { autoLength: true }, { size: { melBins: 64 } }] as const) {
      await expect(loadClassifier(directory, { ...options, models: [rigid], ...size })).rejects.toThrow(
        'takes one size of input',
      );
    }
  });
});

describe('a classifier of any length', () => {
  test('runs each clip in the shortest form that holds it, and loads each form once', async () => {
    const { backend, loaded, loads } = watched();
    const classifier = await loadClassifier(directory, { ...options, backend, autoLength: true });
    expect(loads).toEqual([128]);
    await Promise.all([classifier.classify(sound(0.5)), classifier.classify(sound(0.6))]);
    await classifier.classify(sound(0.2));
    await classifier.classify(sound(1.1));
    await classifier.classify(sound(0.5));
    expect(loads).toEqual([128, 64, 32]);
    await classifier.dispose();
    expect(loaded).toEqual([]);
  });

  test('gives what the classifier of that length gives', async () => {
    const any = await loadClassifier(directory, { ...options, autoLength: true });
    const short = await loadClassifier(directory, { ...options, size: { frames: 64 } });
    expect((await any.logits([sound(0.5)])).data).toEqual((await short.logits([sound(0.5)])).data);
    await Promise.all([any.dispose(), short.dispose()]);
  });

  test('runs a batch in the form that its longest clip needs', async () => {
    const { backend, loads } = watched();
    const classifier = await loadClassifier(directory, { ...options, backend, autoLength: true });
    const batch = await classifier.logits([sound(0.2), sound(0.6)]);
    expect(batch.shape).toEqual([2, 12]);
    expect(loads).toEqual([128, 64]);
    await classifier.dispose();
  });

  test('runs each clip of a batch in its own form where the model takes every length as it is', async () => {
    const { backend, loads } = watched();
    const models = [{ ...ast, resizing: { ...ast.resizing!, everyLength: true as const } }];
    const classifier = await loadClassifier(directory, { ...options, models, backend });
    const sounds = [sound(0.2), sound(1), sound(0.6), sound(0.25)];
    const batch = await classifier.logits(sounds);
    expect(loads).toEqual([128, 32, 64]);
    for (const [row, each] of sounds.entries()) {
      const alone = await classifier.logits([each]);
      alone.data.forEach((logit, index) => {
        expect(Math.abs(logit - batch.data[row * 12 + index]!)).toBeLessThan(logitTolerance.float32);
      });
    }
    await classifier.dispose();
  });

  test('frees the forms that were used longest ago when there are many', async () => {
    const { backend, loaded, loads } = watched();
    const sizes = Array.from({ length: 20 }, (_, index) => ({ frames: 32 + index }));
    const resizing = { ...ast.resizing!, lengths: () => [...sizes, { frames: 128 }] };
    const models = [{ ...ast, resizing }];
    const classifier = await loadClassifier(directory, { ...options, models, backend, autoLength: true });
    const hear = (frames: number) => classifier.classify(sound((frames + 1.6) / 100));
    for (const { frames } of sizes) await hear(frames);
    expect(loaded).toEqual([128, ...sizes.slice(4).map(({ frames }) => frames)]);
    await Promise.all(sizes.map(({ frames }) => hear(frames)));
    expect(loaded).toHaveLength(17);
    expect(loads.length).toBeGreaterThan(21);
    await classifier.dispose();
    expect(loaded).toEqual([]);
  });

  test('tries a form again that could not be loaded', async () => {
    let failures = 1;
    const backend: Backend = {
      name: 'moody',
      async load(model, weights, loadOptions) {
        if ((loadOptions.config as AstConfig).frames === 64 && failures-- > 0) throw new Error('no memory');
        return options.backend.load(model, weights, loadOptions);
      },
    };
    const classifier = await loadClassifier(directory, { ...options, backend, autoLength: true });
    await expect(classifier.classify(sound(0.5))).rejects.toThrow('no memory');
    expect(await classifier.classify(sound(0.5), { topK: 1 })).toHaveLength(1);
    await classifier.dispose();
  });

  test('refuses to run once disposed, also in forms that it had not loaded', async () => {
    const classifier = await loadClassifier(directory, { ...options, autoLength: true });
    await classifier.dispose();
    await classifier.dispose();
    await expect(classifier.classify(sound(0.2))).rejects.toThrow('the model is disposed');
  });
});

describe('outputs on request', () => {
  test('come by name beside labels and embedding, which stay as they were', async () => {
    const names = ['rollout', 'pooledAttention.1', 'tokens'];
    const plain = await loadClassifier(directory, options);
    const open = await loadClassifier(directory, { ...options, outputs: names });
    const { rollout, tokens, ...rest } = await open.outputs(sound(1), names);
    expect(Object.keys(rest)).toEqual(['pooledAttention.1']);
    expect(rollout!.shape).toEqual([1, 8, 8]);
    expect(tokens!.shape).toEqual([1, 66, 128]);
    const [before, after] = [await plain.logits([sound(1)]), await open.logits([sound(1)])];
    after.data.forEach((logit, index) => {
      expect(Math.abs(logit - before.data[index]!)).toBeLessThan(logitTolerance.float32);
    });
    expect(await open.embed(sound(1))).toHaveLength(128);
    await Promise.all([plain.dispose(), open.dispose()]);
  });

  test('are refused of a classifier that was not loaded with them', async () => {
    const classifier = await loadClassifier(directory, options);
    await expect(classifier.outputs(sound(1), ['rollout'])).rejects.toThrow(
      'A model computes the `outputs` that it was loaded with.',
    );
    await classifier.dispose();
  });
});
