// What backends promise of operations that are told nonsense: no numbers, but a typed error, from `load` or from `run`.

import { weightsInMemory } from '../model-directory/weights.js';
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

export const refusingBehaviors: readonly BackendBehavior[] = cases.map(
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
