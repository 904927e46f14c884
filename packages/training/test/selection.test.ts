import { weightsInMemory } from '@audiozoo/core/plugin';
import { referenceBackend } from '@audiozoo/core/testing';
import { expect, test } from 'vitest';
import {
  createTrainer,
  mergeAdapters,
  selectTrained,
  type Trainable,
  trainableParameters,
} from '../src/index.js';
import { randomInputs, randomTargets, randomWeights, type TinyModel, tinyModels } from './tiny-models.js';

const select = ({ model, config }: TinyModel, trainable: string) =>
  selectTrained(model, config, trainable as Trainable);

test('what trains is told in a word', () => {
  const { ast, ced, mn } = tinyModels as Record<string, TinyModel>;
  expect(select(ast!, 'head').trained).toEqual([
    'classifier.layernorm.weight',
    'classifier.layernorm.bias',
    'classifier.dense.weight',
    'classifier.dense.bias',
  ]);
  const last = select(ast!, 'last:1').trained;
  expect(last).toContain('audio_spectrogram_transformer.encoder.layer.1.output.dense.weight');
  expect(last).toContain('audio_spectrogram_transformer.layernorm.weight');
  expect(last).toContain('classifier.dense.bias');
  expect(last.some((name) => name.includes('layer.0') || name.includes('embeddings'))).toBe(false);
  expect(select(ced!, 'all').trained).toEqual(
    trainableParameters(ced!.model, ced!.config).map(({ name }) => name),
  );
  expect(select(mn!, 'last:2').trained).toEqual(
    expect.arrayContaining(['features.15.block.0.0.weight', 'features.16.0.weight', 'classifier.2.weight']),
  );
  expect(select(mn!, 'last:2').trained.some((name) => name.startsWith('features.13.'))).toBe(false);
});

test.each([
  ['ast', 'last:3', 'expected last:1 to last:2, got last:3'],
  ['ast', 'last:x', 'expected last:1 to last:2'],
  ['ast', 'lora:9', 'expected lora:1 to lora:8'],
  ['ast', 'tail', 'expected head, last:N, all or lora:R'],
  ['mn', 'lora:2', 'it has no attention'],
])('%s refuses %s', (name, trainable, message) => {
  expect(() => select(tinyModels[name]!, trainable)).toThrow(message);
});

test('batch norms train with the convolutions before them, and are refused where there are none', () => {
  const trained = ({ model, config }: TinyModel, trainable: Trainable) =>
    selectTrained(model, config, trainable, 'trained').trained;
  const { ast, mn } = tinyModels as Record<string, TinyModel>;
  const last = trained(mn!, 'last:2');
  expect(last).toEqual(expect.arrayContaining(['features.15.block.0.1.weight', 'features.16.1.bias']));
  expect(last.some((name) => name.startsWith('features.13.') || name.includes('running'))).toBe(false);
  expect(() => trained(mn!, 'head')).toThrow('has no batch norms that could train with head');
  expect(() => trained(ast!, 'all')).toThrow('has no batch norms that could train with all');
});

test.each(['ast', 'ced'])(
  'adapters of %s begin from the model as it was, and are merged into it',
  async (name) => {
    const tiny = tinyModels[name]!;
    const tensors = randomWeights(tiny);
    const weights = weightsInMemory(tensors);
    const batch = { inputs: randomInputs(tiny, 2), targets: randomTargets(2) };
    const run = async (its: typeof weights) => {
      const loaded = await referenceBackend().load(tiny.model, its, { config: tiny.config });
      return (await loaded.run(batch.inputs)).logits!.data;
    };
    const { trained, adapters } = select(tiny, 'lora:2');
    const trainer = await createTrainer({
      ...tiny,
      weights,
      backend: referenceBackend(),
      loss: { kind: 'ce' },
      trained,
      adapters: { ...adapters!, seed: 1 },
    });
    const before = await trainer.gradients([batch]);
    expect(before.logits[0]!.data).toEqual(await run(weights));
    for (let step = 0; step < 3; step++) {
      trainer.update((await trainer.gradients([batch])).gradients, { rate: 0.05 });
    }
    const after = await trainer.gradients([batch]);
    expect(after.loss).toBeLessThan(before.loss);

    const merged = await mergeAdapters(tiny.model, tiny.config, weights, trainer.state().weights, adapters!);
    const changed = Array.from(merged, ([name, data]) => [name, { ...tensors[name]!, data }] as const);
    expect(changed.length).toBe(trained.length + adapters!.beside.length);
    const logits = await run(weightsInMemory({ ...tensors, ...Object.fromEntries(changed) }));
    after.logits[0]!.data.forEach((logit, index) => {
      expect(logits[index]).toBeCloseTo(logit, 4);
    });
    await trainer.dispose();
  },
);
