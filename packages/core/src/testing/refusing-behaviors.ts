// What backends promise of operations that are told nonsense: no numbers, but a typed error, from `load` or from `run`.

import { weightsInMemory } from '../model-directory/weights.js';
import { tensor } from '../tensors/tensor.js';
import { assertRejects } from './assert.js';
import type { BackendBehavior } from './backend-behavior.js';
import { type CaseDescription, type ConformanceCase, conformanceCase } from './conformance-case.js';

const nonsense = (name: string, build: CaseDescription<'x', never>['build']): ConformanceCase =>
  conformanceCase({ name, inputs: { x: [3, 5] }, outputs: { y: [3, 5] }, build });

const cases: readonly ConformanceCase[] = [
  ...[
    {},
    { least: 1, most: 0 },
    { least: Number.NaN },
    { least: 0, most: Number.NaN },
    { least: 0, most: Infinity },
    { least: -Infinity, most: 0 },
  ].map((bounds) =>
    nonsense(`to clamp to ${Object.values(bounds).join(' and ') || 'nothing'}`, (ops, { x }) => ({
      y: ops.clamp(x, bounds),
    })),
  ),
  ...[Number.NaN, Infinity].map((factor) =>
    nonsense(`to scale by ${factor}`, (ops, { x }) => ({ y: ops.scale(x, factor) })),
  ),
];

const tokens = conformanceCase({
  name: 'a number that the model does not know',
  inputs: { ids: { shape: [2], below: 5 } },
  weights: { table: [5, 3] },
  outputs: { y: [2, 3] },
  build: (ops, { ids }, { table }) => ({ y: ops.gather(table, ids) }),
});

const ids = (...values: bigint[]) => ({ ids: tensor('int64', [1, 2], BigInt64Array.from(values)) });

const refused: readonly ConformanceCase[] = [
  ...cases,
  { ...tokens, inputs: () => ids(0n, 5n) },
  { ...tokens, name: 'a number below 0', inputs: () => ids(-1n, 0n) },
];

export const refusingBehaviors: readonly BackendBehavior[] = refused.map(
  ({ name, model, weights, inputs }) => ({
    name: `refuses ${name}`,
    check: (backend) =>
      assertRejects(async () => {
        const loaded = await backend.load(model, weightsInMemory(weights), { config: undefined });
        try {
          await loaded.run(inputs(1));
        } finally {
          await loaded.dispose();
        }
      }, ['argument']),
  }),
);
