import { listParameters, parameter, resolveParameters } from '@audiozoo/core/plugin';
import { expect, test } from 'vitest';

const layer = (index: number) => ({
  weight: parameter(`layers.${index}.weight`, [2, 3]),
  bias: index === 0 ? parameter('layers.0.bias', [2]) : undefined,
});
const tree = { embedding: parameter('embedding', [4]), layers: [layer(0), layer(1)] };

test('parameters are listed in the order they were written, without absent ones', () => {
  expect(listParameters(tree).map(({ name }) => name)).toEqual([
    'embedding',
    'layers.0.weight',
    'layers.0.bias',
    'layers.1.weight',
  ]);
  expect(listParameters(undefined)).toEqual([]);
});

test('resolving keeps the tree and puts a value in each parameter’s place', () => {
  const resolved = resolveParameters(tree, ({ name, shape }) => `${name} ${shape.join('×')}`);
  expect(resolved).toEqual({
    embedding: 'embedding 4',
    layers: [
      { weight: 'layers.0.weight 2×3', bias: 'layers.0.bias 2' },
      { weight: 'layers.1.weight 2×3', bias: undefined },
    ],
  });
  const weight: string | undefined = resolved.layers[1]?.weight; // typed: no cast
  expect(weight).toBe('layers.1.weight 2×3');
});

test('each parameter is resolved once', () => {
  const seen: string[] = [];
  resolveParameters(tree, ({ name }) => seen.push(name));
  expect(seen).toEqual(listParameters(tree).map(({ name }) => name));
});
