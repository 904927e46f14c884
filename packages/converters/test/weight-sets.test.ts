// The search for weights, with a toy model; real ones are in packages/ast/test/foreign-checkpoint.test.ts.

import type { ForeignCheckpoint } from '@audiozoo/core';
import { describe, expect, test } from 'vitest';
import type { CheckpointTensor } from '../src/checkpoint/checkpoint.js';
import { findWeightSets, stripWrappers } from '../src/checkpoint/weight-sets.js';
import { toy } from './toy-model.js';

/** Tensors of these names, each another. */
function tensorsOf(names: readonly string[]): Map<string, CheckpointTensor> {
  return new Map(
    names.map((name, index) => {
      const view = { dtype: 'float32', shape: [1], strides: [1], storageOffset: 0, position: 4 * index };
      return [name, view as unknown as CheckpointTensor];
    }),
  );
}

const find = (names: readonly string[]) =>
  findWeightSets('toy.pth', tensorsOf(names), [toy], () => toy.foreignCheckpoint as ForeignCheckpoint);

test('wrappers are taken out of names wherever they stand, but never the last part', () => {
  expect(stripWrappers('module._orig_mod.a._fsdp_wrapped_module.b.weight')).toBe('a.b.weight');
  expect(stripWrappers('a.module')).toBe('a.module');
  expect(stripWrappers('_fsdp_wrapped_module._flat_param')).toBe('_flat_param');
  expect(stripWrappers('modules.under_score.weight')).toBe('modules.under_score.weight');
});

describe('finding weights', () => {
  test('goes eight names deep', async () => {
    const below = (depth: number) => [`${'a.'.repeat(depth)}fused.weight`];
    expect(await find(below(8))).toMatchObject([{ key: 'a.a.a.a.a.a.a.a' }]);
    expect(await find(below(9))).toEqual([]);
  });

  test('finds each of several, one inside another too', async () => {
    const names = ['fused.weight', 'ema.fused.weight', 'ema.old.fused.weight'];
    expect((await find(names)).map(({ key }) => key)).toEqual(['', 'ema', 'ema.old']);
  });

  test('gives up on more sets than anybody saved', async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `${index}.fused.weight`);
    await expect(find(names)).rejects.toThrow('toy.pth holds more than 64 sets of weights.');
  });

  test('gives up on names without end, and not on a hundred thousand tensors', async () => {
    const deep = (length: number, ends: readonly string[]) =>
      Array.from({ length }, (_, index) => ends.map((end) => `a${index}.b.c.d.e.f.g.h.${end}`)).flat();
    expect(await find(deep(10_000, ['i']))).toEqual([]);
    expect(await find(deep(100_000, ['i']))).toEqual([]);
    await expect(find(deep(50_000, ['i', 'j']))).rejects.toThrow('toy.pth takes too much work to read');
  });
});
