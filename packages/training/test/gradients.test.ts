// Every operation's gradient against differences, in float64: whatever comes of the tape is the slope that the operation
// has.

import { AudiozooError, type Ops, type Shape } from '@audiozoo/core';
import { normalRandom, type ReferenceTensor, referenceTrainingOps } from '@audiozoo/core/testing';
import { describe, expect, test } from 'vitest';
import { constant, createTape, type Value } from '../src/gradient/tape.js';
import { tracedOps } from '../src/gradient/traced-ops.js';

/** How far a slope may be from that of differences, as a share of the gradient's length. */
const gradientTolerance = 1e-7;

type Build = <T>(ops: Ops<T>, inputs: readonly T[]) => T;

interface Example {
  /** Of inputs, with a batch of 2 where there is one. */
  readonly shapes: readonly Shape[];
  readonly build: Build;
}

const batch = 2;
const epsilon = 1e-5;

const examples: Readonly<Record<string, Example>> = {
  'linear, with a bias': {
    shapes: [[batch, 3, 4], [5, 4], [5]],
    build: (ops, [x, weight, bias]) => ops.linear(x!, weight!, bias!),
  },
  'linear, without one, of rank 2': {
    shapes: [
      [batch, 4],
      [5, 4],
    ],
    build: (ops, [x, weight]) => ops.linear(x!, weight!),
  },
  attention: {
    shapes: [
      [batch, 3, 4],
      [batch, 5, 4],
      [batch, 5, 4],
    ],
    build: (ops, [query, key, value]) => ops.attention(query!, key!, value!, { heads: 2 }),
  },
  'attention, of one tensor': {
    shapes: [[batch, 3, 4]],
    build: (ops, [x]) => ops.attention(x!, x!, x!, { heads: 2 }),
  },
  'attention, windows with a bias of each': {
    shapes: [
      [batch, 2, 3, 4],
      [2, 2, 3, 3],
    ],
    build: (ops, [x, bias]) => ops.attention(x!, x!, x!, { heads: 2, bias: bias! }),
  },
  'attention, a bias that broadcasts': {
    shapes: [
      [batch, 3, 4],
      [batch, 1, 1, 3],
    ],
    build: (ops, [x, bias]) => ops.attention(x!, x!, x!, { heads: 2, bias: bias! }),
  },
  matmul: {
    shapes: [
      [batch, 3, 4],
      [batch, 4, 5],
    ],
    build: (ops, [a, b]) => ops.matmul(a!, b!),
  },
  layerNorm: {
    shapes: [[batch, 3, 4], [4], [4]],
    build: (ops, [x, scale, shift]) => ops.layerNorm(x!, scale!, shift!, { epsilon }),
  },
  'layerNorm, of rank 2': {
    shapes: [[batch, 6], [6], [6]],
    build: (ops, [x, scale, shift]) => ops.layerNorm(x!, scale!, shift!, { epsilon }),
  },
  ...Object.fromEntries(
    (['gelu', 'relu', 'sigmoid', 'tanh', 'hardswish'] as const).map((name): [string, Example] => [
      name,
      { shapes: [[batch, 40]], build: (ops, [x]) => ops[name](ops.scale(x!, 2)) },
    ]),
  ),
  ...Object.fromEntries(
    (['add', 'multiply'] as const).flatMap((name) =>
      [[batch, 3, 4], [1, 3, 1], [4], [1, 1, 1], [batch, 1, 4]].map((shape): [string, Example] => [
        `${name}, [${shape}] broadcast`,
        {
          shapes: [[batch, 3, 4], shape],
          build: (ops, [a, b]) => ops[name](ops[name](a!, b!), ops[name](b!, a!)),
        },
      ]),
    ),
  ),
  scale: { shapes: [[batch, 3]], build: (ops, [x]) => ops.scale(x!, -1.5) },
  'mean, of axis 1': { shapes: [[batch, 3, 4]], build: (ops, [x]) => ops.mean(x!, 1) },
  'mean, of the last axis': { shapes: [[batch, 3, 4]], build: (ops, [x]) => ops.mean(x!, 2) },
  reshape: { shapes: [[batch, 3, 4]], build: (ops, [x]) => ops.reshape(x!, [-1, 2, 6]) },
  transpose: { shapes: [[batch, 3, 4, 2]], build: (ops, [x]) => ops.transpose(x!, [0, 2, 3, 1]) },
  concat: {
    shapes: [
      [batch, 3, 4],
      [batch, 1, 4],
    ],
    build: (ops, [a, b]) => ops.concat([a!, b!, a!], 1),
  },
  slice: { shapes: [[batch, 5, 4]], build: (ops, [x]) => ops.slice(x!, 1, 1, 4) },
  sliceLike: {
    shapes: [
      [1, 5, 4],
      [batch, 3, 2],
    ],
    build: (ops, [x, like]) => ops.sliceLike(x!, 1, like!),
  },
  expandBatch: {
    shapes: [
      [1, 3, 4],
      [batch, 2],
    ],
    build: (ops, [x, like]) => ops.expandBatch(x!, like!),
  },
  ...Object.fromEntries(
    [
      { name: '3 × 3', x: [3, 6, 5], weight: [4, 3, 3, 3], stride: [1, 1], padding: [1, 1] },
      { name: 'strides by axis', x: [2, 7, 8], weight: [3, 2, 3, 2], stride: [2, 3], padding: [1, 0] },
      {
        name: 'pixels that no kernel sees',
        x: [2, 8, 7],
        weight: [3, 2, 2, 2],
        stride: [3, 4],
        padding: [0, 0],
      },
      {
        name: 'more padding than image',
        x: [2, 1, 2],
        weight: [3, 2, 3, 3],
        stride: [1, 1],
        padding: [2, 2],
      },
      {
        name: 'more padding than kernel',
        x: [2, 3, 4],
        weight: [3, 2, 1, 2],
        stride: [1, 2],
        padding: [1, 2],
      },
      { name: 'single pixels', x: [3, 4, 5], weight: [4, 3, 1, 1], stride: [1, 1], padding: [0, 0] },
      {
        name: 'single pixels, two apart',
        x: [3, 5, 4],
        weight: [4, 3, 1, 1],
        stride: [2, 2],
        padding: [0, 0],
      },
      { name: 'patches', x: [1, 8, 8], weight: [3, 1, 4, 4], stride: [4, 4], padding: [0, 0] },
      { name: 'groups', x: [4, 5, 4], weight: [6, 2, 3, 3], stride: [2, 1], padding: [1, 1], groups: 2 },
      { name: 'depthwise', x: [3, 6, 5], weight: [3, 1, 3, 3], stride: [2, 2], padding: [1, 1], groups: 3 },
      {
        name: 'depthwise, 5 × 5',
        x: [2, 7, 7],
        weight: [2, 1, 5, 5],
        stride: [1, 1],
        padding: [2, 2],
        groups: 2,
      },
      {
        name: 'two of each channel',
        x: [2, 5, 4],
        weight: [4, 1, 3, 3],
        stride: [1, 2],
        padding: [1, 1],
        groups: 2,
      },
    ].map(({ name, x, weight, stride, padding, groups }): [string, Example] => [
      `conv2d, ${name}`,
      {
        shapes: [[batch, ...x], weight, [weight[0]!]],
        build: (ops, [image, kernels, bias]) =>
          ops.conv2d(image!, kernels!, bias!, {
            stride: stride as [number, number],
            padding: padding as [number, number],
            groups,
          }),
      },
    ]),
  ),
};

describe('the gradient is the slope of', () => {
  test.each(Object.entries(examples))('%s', (_, { shapes, build }) => {
    const inputs = shapes.map((shape, index) => randomTensor(shape, index + 1));
    const { gradients, weights } = tapeGradients(inputs, build);
    for (const [index, input] of inputs.entries()) {
      const gradient = gradients[index]!;
      if (gradient === undefined) {
        // What an operation only takes the batch of.
        expect(
          slope(
            inputs,
            index,
            input.data.map(() => 1),
            build,
            weights,
          ),
        ).toBe(0);
        continue;
      }
      expect(gradient.shape).toEqual(input.shape);
      const length = Math.hypot(...gradient.data, 1);
      for (const seed of [100, 101, 102]) {
        const direction = randomTensor(input.shape, seed).data;
        const got = gradient.data.reduce((sum, item, i) => sum + item * direction[i]!, 0);
        const expected = slope(inputs, index, direction, build, weights);
        expect(Math.abs(got - expected) / length, `input ${index}`).toBeLessThan(gradientTolerance);
      }
    }
  });
});

test.each([
  ['log', [batch, 3], (ops, x) => ops.log(x)],
  ['clamp', [batch, 3], (ops, x) => ops.clamp(x, { least: 0 })],
  ['remainder', [batch, 3], (ops, x) => ops.remainder(x, ops.add(x, x))],
  ['max', [batch, 3], (ops, x) => ops.max(x, 1)],
  ['take', [batch, 3], (ops, x) => ops.take(x, ops.scale(ops.slice(x, 1, 0, 1), 0))],
  ['patches', [batch, 4, 4], (ops, x) => ops.patches(x, { size: [2, 2], stride: [2, 2] })],
  ['attentionProbabilities', [batch, 3, 4], (ops, x) => ops.attentionProbabilities(x, x, { heads: 2 })],
  ['gather', [3, 2], (ops, x) => ops.gather(x, ops.scale(ops.slice(x, 1, 0, 1), 0))],
] as [string, Shape, <T>(ops: Ops<T>, x: T) => T][])(
  '%s says that it has no gradient',
  (name, shape, build) => {
    const attempt = () => tapeGradients([randomTensor(shape, 1)], (ops, [x]) => build(ops, x!));
    expect(attempt).toThrow(`${name} has no gradient`);
    try {
      attempt();
    } catch (error) {
      expect(AudiozooError.isInstance(error, 'model')).toBe(true);
    }
  },
);

test('of what does not train nothing is worked out', () => {
  const called: string[] = [];
  const watched = new Proxy(referenceTrainingOps, {
    get: (ops, name) => {
      called.push(String(name));
      return Reflect.get(ops, name);
    },
  });
  const tape = createTape(watched);
  const ops = tracedOps(watched, tape);
  const [x, frozen, weight] = [
    [batch, 4],
    [4, 4],
    [3, 4],
  ].map((shape, index) => randomTensor(shape, index));
  const trained = tape.trained(weight!);
  const before = ops.linear(ops.gelu(ops.linear(constant(x!), constant(frozen!))), constant(frozen!));
  const y = ops.linear(before, trained);
  called.length = 0;
  tape.gradients(y, randomTensor([batch, 3], 9), [trained]);
  expect(called).not.toContain('geluGradient');
  expect(called).not.toContain('matmul');
  expect(called).toContain('transposedMatmul');
});

/** Gradients of Σ weights · build(inputs), with all inputs trained; undefined for those that it does not hang on. */
function tapeGradients(inputs: readonly ReferenceTensor[], build: Build) {
  const tape = createTape(referenceTrainingOps);
  const values = inputs.map((input) => tape.trained(input));
  const y: Value<ReferenceTensor> = build(tracedOps(referenceTrainingOps, tape), values);
  const weights = randomTensor(y.tensor.shape, 77);
  return { gradients: tape.gradients(y, weights, values), weights: weights.data };
}

/** How fast Σ weights · build(inputs) grows when input `index` moves in a direction. */
function slope(
  inputs: readonly ReferenceTensor[],
  index: number,
  direction: Float64Array,
  build: Build,
  weights: Float64Array,
): number {
  const step = 1e-4;
  const at = (distance: number) => {
    const { shape, data } = inputs[index]!;
    const moved = { shape, data: data.map((item, i) => item + distance * direction[i]!) };
    const y = build(referenceTrainingOps, inputs.with(index, moved));
    return y.data.reduce((sum, item, i) => sum + item * weights[i]!, 0);
  };
  // Of the fourth order, so that the step need not be small.
  return (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
}

function randomTensor(shape: Shape, seed: number): ReferenceTensor {
  const normal = normalRandom(seed);
  const length = shape.reduce((product, size) => product * size, 1);
  return { shape, data: Float64Array.from({ length }, normal) };
}
