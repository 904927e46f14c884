// From a checkpoint through conversion, and from sound, to the authors' numbers.

import { onnxruntimeNode } from '@audiozoo/backend-node';
import { ced } from '@audiozoo/ced';
import { logitTolerance, referenceBackend } from '@audiozoo/core/testing';
import { loadClassifier } from '@audiozoo/tasks';
import { describe, expect, test } from 'vitest';
import { difference } from '../../../testing/golden-files.js';
import { cases, golden, soundOf, withModel } from './golden-cases.js';

const models = [ced];
const backends = [
  ['onnxruntime', () => onnxruntimeNode({ device: 'cpu' })],
  ['the reference operations', referenceBackend],
] as const;

describe.each(cases)('$name', (example) => {
  test.each(backends)(
    'has the logits and embedding of the authors on %s',
    async (_, backend) => {
      const [logits, embedding] = [await golden(example.logits), await golden(example.embedding)];
      await withModel(example, async (directory) => {
        const classifier = await loadClassifier(directory, { models, backend: backend() });
        for (const [row, { name, audio, tolerance }] of example.inputs.entries()) {
          const sound = await soundOf(audio);
          expect(difference((await classifier.logits([sound])).data, logits, row), name).toBeLessThan(
            tolerance,
          );
          expect(difference(await classifier.embed(sound), embedding, row), name).toBeLessThan(
            tolerance / 10,
          );
        }
        await classifier.dispose();
      });
    },
    120_000,
  );

  test('has them in float16 too', async () => {
    const logits = await golden(example.logits);
    await withModel(example, async (directory) => {
      const backend = onnxruntimeNode({ device: 'cpu', precision: 'float16' });
      const classifier = await loadClassifier(directory, { models, backend });
      for (const [row, { name, audio }] of example.inputs.entries()) {
        const { data } = await classifier.logits([await soundOf(audio)]);
        expect(difference(data, logits, row), name).toBeLessThan(logitTolerance.float16);
      }
      await classifier.dispose();
    });
  });
});

const toy = cases.find(({ intermediates }) => intermediates)!;

describe.each(backends)('on %s', (_, backend) => {
  test('patches, tokens after each block and after the last norm are those of the authors', async () => {
    const { patches, block0, blocks, norm } = toy.intermediates!;
    const names = { patches, 'hidden.0': block0, 'hidden.1': blocks, tokens: norm };
    await withModel(toy, async (directory) => {
      const classifier = await loadClassifier(directory, {
        models,
        backend: backend(),
        outputs: Object.keys(names),
      });
      const sound = await soundOf(toy.inputs[0]!.audio);
      const shown = await classifier.outputs(sound, Object.keys(names));
      for (const [name, file] of Object.entries(names)) {
        const { data, shape } = shown[name]!;
        const expected = await golden(file);
        // Theirs are [D, rows, columns] before positions are added.
        const ours = name === 'patches' ? transposed(data, shape[1]!, shape[2]!) : data;
        expect(difference(ours, expected), name).toBeLessThan(1e-4);
      }
      await classifier.dispose();
    });
  });

  test('clips of a batch are heard as they are alone, whatever their lengths', async () => {
    const { audio, logits } = toy.batch!;
    const expected = await golden(logits);
    await withModel(toy, async (directory) => {
      const classifier = await loadClassifier(directory, { models, backend: backend() });
      const sounds = await Promise.all(audio.map(soundOf));
      const other = toy.inputs.findIndex(({ name }) => name === 'shortest_16_frames');
      const batch = [sounds[0]!, await soundOf(toy.inputs[other]!.audio), sounds[1]!];
      const { data } = await classifier.logits(batch);
      const row = (index: number) => data.subarray(index * 527, (index + 1) * 527);
      expect(difference(row(0), expected, 0)).toBeLessThan(1e-4);
      expect(difference(row(1), await golden(toy.logits), other)).toBeLessThan(1e-4);
      expect(difference(row(2), expected, 1)).toBeLessThan(1e-4);
      await classifier.dispose();
    });
  });
});

/** [rows, columns] → [columns, rows] */
function transposed(data: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(data, (_, index) => data[(index % rows) * columns + Math.floor(index / rows)]!);
}
