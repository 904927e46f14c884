// From a checkpoint through conversion, and from sound, to the authors' numbers.

import { onnxruntimeNode } from '@audiozoo/backend-node';
import { efficientat, frontEnd, readConfig } from '@audiozoo/efficientat';
import { loadClassifier } from '@audiozoo/tasks';
import { describe, expect, test } from 'vitest';
import { difference } from '../../../testing/golden-files.js';
import { cases, frameFeatures, golden, soundOf, variantFeatures, withModel } from './golden-cases.js';

const models = [efficientat];
const featureTolerance = 2e-4; // a fifth of that of the logarithms
/**
 * In float16, by case, half as much again as was seen; noise is the worst. On speech most of it is the rounding of weights,
 * their normalizations folded in: that alone, in float64 otherwise, moves the logits of mn10 by 0.33 and of mn01 by 0.08, the
 * rounding of activations alone by 0.03 and 0.014. What moves mn04's most, in noise, has not been looked into.
 */
const halfTolerances: Readonly<Record<string, { readonly logits: number; readonly embedding: number }>> = {
  mn04_as: { logits: 0.23, embedding: 0.46 },
  mn01_mels_64_s2221: { logits: 0.12, embedding: 0.09 },
  mn10_fc_hop_15: { logits: 0.45, embedding: 0.2 },
};

test.each([
  ...variantFeatures.map((each) => ['mn', each] as const),
  ...frameFeatures.map((each) => ['frame_mn', each] as const),
])('the front end of %s gives the features of the authors', async (variant, features) => {
  const { audio, sampleRate, hopLength = 160, melBins = 128, normalised } = features;
  const expected = await golden(normalised);
  const config = readConfig(
    { variant, n_mels: melBins, max_frames: expected.shape[0]! },
    { hop_length: hopLength },
  );
  const { samples } = await soundOf({ audio }, sampleRate);
  const { input_values } = frontEnd(config).inputs([samples]);
  expect(input_values!.shape).toEqual([1, ...expected.shape]);
  // Float32 itself is as far off where band 0 of a chirp is nearly silent.
  expect(difference(input_values!.data as Float32Array, expected)).toBeLessThan(
    audio.includes('chirp') ? 6e-3 : featureTolerance,
  );
});

const clips = cases.filter(({ logits }) => logits);
const alongTime = cases.filter(({ logits }) => !logits);
const sampleRateOf = (example: { readonly logits?: string }) => (example.logits ? 32_000 : 16_000);

describe.each(clips)('$name', (example) => {
  test.each(['float32', 'float16'] as const)(
    'has the logits and embedding of the authors in %s, each clip in its own length',
    async (precision) => {
      const [logits, embedding] = [await golden(example.logits!), await golden(example.embedding!)];
      await withModel(example, async (directory) => {
        const backend = onnxruntimeNode({ device: 'cpu', precision });
        const classifier = await loadClassifier(directory, { models, backend });
        for (const [row, input] of example.inputs.entries()) {
          const sound = await soundOf(input, sampleRateOf(example));
          const { tolerance } = input;
          const full = { logits: tolerance, embedding: tolerance };
          const bound = precision === 'float32' ? full : halfTolerances[example.name]!;
          const off = {
            logits: difference((await classifier.logits([sound])).data, logits, row),
            embedding: difference(await classifier.embed(sound), embedding, row),
          };
          expect(off.logits, `logits of ${input.name}`).toBeLessThan(bound.logits);
          expect(off.embedding, `embedding of ${input.name}`).toBeLessThan(bound.embedding);
        }
        await classifier.dispose();
      });
    },
    120_000,
  );
});

describe.each(alongTime)('$name', (example) => {
  test('has the logits of the authors for clips and along time, at its own rate', async () => {
    await withModel(example, async (directory) => {
      const backend = onnxruntimeNode({ device: 'cpu' });
      const classifier = await loadClassifier(directory, { models, backend });
      for (const input of example.inputs) {
        const sound = await soundOf(input, sampleRateOf(example));
        const shown = await classifier.outputs(sound, ['logits', 'frameLogits', 'embeddings']);
        const compare = async (name: string, file: string) => {
          const expected = await golden(file);
          expect(difference(shown[name]!.data, expected), `${name} of ${input.name}`).toBeLessThan(
            input.tolerance,
          );
        };
        await compare('frameLogits', input.frameLogits!);
        await compare('logits', input.weakLogits!);
        if (input.embedding) await compare('embeddings', input.embedding);
      }
      await classifier.dispose();
    });
  });

  test('has the layers of the authors', async () => {
    const { input: of, layout: _, ...layers } = example.intermediates!;
    const files = Object.entries(layers).map(
      ([name, file]) => [name.replace('model.frame_mn.', ''), file] as const,
    );
    const outputs = files.map(([name]) => name);
    await withModel(example, async (directory) => {
      const backend = onnxruntimeNode({ device: 'cpu' });
      const classifier = await loadClassifier(directory, { models, backend, outputs });
      const input = example.inputs.find(({ name }) => name === of)!;
      const shown = await classifier.outputs(await soundOf(input, sampleRateOf(example)), outputs);
      for (const [name, file] of files) {
        expect(difference(shown[name]!.data, await golden(file)), name).toBeLessThan(1e-4);
      }
      await classifier.dispose();
    });
  });
});
