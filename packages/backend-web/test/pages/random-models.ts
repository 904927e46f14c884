// Small models of random operations and sizes, on kernels and on plain loops: where sizes are no multiples of vectors
// and tiles, where views overlap, and where a result takes the place of what it is made of.

import { type WasmOptions, wasm } from '@audiozoo/backend-web/wasm';
import type { AnyModel, Ops, Shape } from '@audiozoo/core';
import { elementCount, parameter, weightsInMemory } from '@audiozoo/core/plugin';
import {
  conformanceCases,
  randomTensor,
  referenceBackend,
  referenceOps,
  uniformRandom,
} from '@audiozoo/core/testing';

export { refuseRelaxed } from './wasm.js';

/** Of the largest number of an output. */
const tolerance = 1e-4;
/** Operations of a model. */
const operationCount = 10;

/** What came out wrong of the models of these seeds. */
export async function wrongModels(options: WasmOptions, seeds: readonly number[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const seed of seeds) {
    const { model, inputShape, weights, calls } = randomModel(seed);
    const [loaded, oracle] = await Promise.all(
      [wasm(options), referenceBackend()].map((backend) =>
        backend.load(model, weightsInMemory(weights), { config: undefined }),
      ),
    );
    for (const batch of [1 + (seed % 5), 1]) {
      const inputs = { x: randomTensor([batch, ...inputShape], seed) };
      const expected = await oracle!.run(inputs);
      const got = await loaded!.run(inputs);
      for (const [name, { data }] of Object.entries(expected)) {
        const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
        const isRight = data.every(
          (value, index) => Math.abs(value - got[name]!.data[index]!) <= tolerance * largest,
        );
        if (!isRight) wrong.push(`model ${seed}, batch ${batch}, ${name} of ${calls.join(', ')}`);
      }
    }
    await loaded!.dispose();
  }
  return wrong;
}

function randomModel(seed: number) {
  const random = uniformRandom(seed);
  const mostRows = seed % 4 === 0 ? 70 : 10; // some models are work for all threads
  const inputShape = [1 + Math.floor(mostRows * random()), 1 + Math.floor(40 * random())];
  const shapes: Shape[] = [];
  const calls: string[] = [];
  // A dry run on plain loops tells which weights there are, and the shapes of what comes out.
  const zeros = (shape: Shape) => ({ shape, data: new Float64Array(elementCount(shape)) });
  const dryWeight = (shape: Shape) => {
    shapes.push(shape);
    return zeros(shape);
  };
  const dry = grow(seed, referenceOps, inputShape, zeros([1, ...inputShape]), dryWeight, calls);
  const outputs = Object.fromEntries(dry.map(({ name, value }) => [name, { shape: value.shape.slice(1) }]));
  const model: AnyModel = {
    ...conformanceCases[0]!.model,
    parameters: () =>
      Object.fromEntries(shapes.map((shape, index) => [index, parameter(`w${index}`, shape)])),
    inputs: () => ({ x: { shape: inputShape } }),
    outputs: () => outputs,
    build(ops, weights, { x }) {
      let next = 0;
      const results = grow(seed, ops, inputShape, x!, () => weights[next++]);
      return Object.fromEntries(results.map(({ name, value }) => [name, value]));
    },
  };
  const weights = Object.fromEntries(
    shapes.map((shape, index) => [`w${index}`, randomTensor(shape, index, (shape.at(-1) ?? 1) ** -0.5)]),
  );
  return { model, inputShape, weights, calls };
}

/** What a model makes, [B, rows, width]. */
interface Made<T> {
  readonly value: T;
  readonly rows: number;
  readonly width: number;
}

/**
 * Does operations on what there is, mostly on the latest, and gives some of what they make: what is read no more
 * makes room for others.
 */
function grow<T>(
  seed: number,
  ops: Ops<T>,
  [inputRows = 0, inputWidth = 0]: Shape,
  x: T,
  weight: (shape: Shape) => T,
  calls: string[] = [],
): { readonly name: string; readonly value: T }[] {
  const random = uniformRandom(seed);
  const below = (count: number) => Math.floor(random() * count);
  const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)]!;
  const made: Made<T>[] = [{ value: x, rows: inputRows, width: inputWidth }];
  const latest = () => (random() < 0.6 ? made.at(-1)! : pick(made));
  const divisorOf = (width: number) =>
    pick([...Array(width).keys()].filter((each) => width % (each + 1) === 0)) + 1;

  const activate = (value: T) => pick([ops.relu, ops.sigmoid, ops.tanh, ops.hardswish])(value);

  const operations: Record<string, () => Made<T>> = {
    linear() {
      const { value, rows, width } = latest();
      const outSize = 1 + below(20);
      const bias = random() < 0.5 ? weight([outSize]) : undefined;
      return { value: ops.linear(value, weight([outSize, width]), bias), rows, width: outSize };
    },
    gelu() {
      const from = latest();
      return { ...from, value: ops.gelu(from.value) };
    },
    activation() {
      const from = latest();
      return { ...from, value: activate(from.value) };
    },
    convolution() {
      const { value, rows, width } = latest();
      const channels = divisorOf(rows);
      const groups = pick([1, divisorOf(channels), channels]);
      const outChannels = groups * pick([1, 1, 2, 5]);
      const pair = (least: number, most: number): [number, number] => {
        const each = () => least + below(most - least + 1);
        return [each(), each()];
      };
      const [kernel, stride, padding] = [pair(1, 3), pair(1, 2), pair(0, 1)];
      const [down, across] = [rows / channels, width].map(
        (size, axis) => Math.floor((size + 2 * padding[axis]! - kernel[axis]!) / stride[axis]!) + 1,
      ) as [number, number];
      if (down < 1 || across < 1 || outChannels * down > 80) return { value, rows, width };
      const image = ops.reshape(value, [-1, channels, rows / channels, width]);
      const factors = weight([outChannels, channels / groups, ...kernel]);
      const bias = random() < 0.5 ? weight([outChannels]) : undefined;
      const convolved = ops.conv2d(image, factors, bias, { stride, padding, groups });
      const result = random() < 0.5 ? activate(convolved) : convolved; // kernels do both at once
      return {
        value: ops.reshape(result, [-1, outChannels * down, across]),
        rows: outChannels * down,
        width: across,
      };
    },
    geluOfPart() {
      const { value, rows, width } = latest();
      const at = below(rows);
      const projected = ops.linear(value, weight([8, width]));
      return { value: ops.gelu(ops.slice(projected, 1, at, rows)), rows: rows - at, width: 8 };
    },
    attention() {
      const { value, rows, width } = latest();
      const key = ops.linear(value, weight([width, width]));
      const keys = 1 + below(rows);
      const part = ops.slice(key, 1, rows - keys, rows);
      return { value: ops.attention(value, part, part, { heads: divisorOf(width) }), rows, width };
    },
    probabilities() {
      const { value, rows, width } = latest();
      const heads = divisorOf(width);
      const shares = ops.attentionProbabilities(value, value, { heads }); // [B, heads, N, N]
      return { value: ops.mean(shares, 1), rows, width: rows };
    },
    matmul() {
      const { value, rows, width } = latest();
      const product = ops.matmul(value, ops.transpose(value, [0, 2, 1]));
      return { value: ops.scale(product, 1 / width), rows, width: rows };
    },
    layerNorm() {
      const from = latest();
      const values = [weight([from.width]), weight([from.width])] as const;
      return { ...from, value: ops.layerNorm(from.value, ...values, { epsilon: 1e-2 }) };
    },
    addItself() {
      const { value, rows, width } = latest();
      const at = below(rows);
      return { value: ops.add(ops.slice(value, 1, at, at + 1), value), rows, width };
    },
    addColumn() {
      const { value, rows, width } = latest();
      const at = below(width);
      return { value: ops.add(value, ops.slice(value, 2, at, at + 1)), rows, width };
    },
    addWeight() {
      const { value, rows, width } = latest();
      const shape = pick([[width], [1], [rows, width], [1, rows, 1], [1, 1, width]]);
      return { value: ops.add(value, weight(shape)), rows, width };
    },
    addOuter() {
      const { value, rows, width } = latest();
      const sum = ops.add(ops.slice(value, 1, 0, 1), ops.slice(value, 2, 0, 1)); // [B, 1, D] + [B, N, 1]
      return { value: sum, rows, width };
    },
    multiply() {
      const { value, rows, width } = latest();
      return { value: ops.multiply(value, weight(pick([[rows, width], [width], [rows, 1]]))), rows, width };
    },
    scale() {
      const from = latest();
      return { ...from, value: ops.scale(from.value, 0.5 - random()) };
    },
    log() {
      const from = latest();
      return { ...from, value: ops.log(ops.clamp(from.value, { least: 0.5, most: 4 })) };
    },
    mean() {
      const { value, width } = latest();
      const each = ops.mean(value, 1); // [B, D]
      return { value: ops.reshape(each, [-1, 1, width]), rows: 1, width };
    },
    reshape() {
      const { value, rows, width } = latest();
      const divisor = divisorOf(rows * width);
      const sizes = { rows: divisor, width: (rows * width) / divisor };
      return { value: ops.reshape(value, [-1, sizes.rows, sizes.width]), ...sizes };
    },
    transpose() {
      const { value, rows, width } = latest();
      return { value: ops.transpose(value, [0, 2, 1]), rows: width, width: rows };
    },
    concat() {
      const { value, rows, width } = latest();
      const axis = 1 + below(2);
      if (axis === 1 ? rows > 20 : width > 20) return { value, rows, width };
      const count = 2 + below(2);
      const joined = ops.concat(Array<T>(count).fill(value), axis);
      return {
        value: joined,
        rows: axis === 1 ? count * rows : rows,
        width: axis === 2 ? count * width : width,
      };
    },
    slice() {
      const { value, rows, width } = latest();
      const axis = 1 + below(2);
      const size = axis === 1 ? rows : width;
      const start = below(size);
      const end = start + 1 + below(size - start);
      const sizes = axis === 1 ? { rows: end - start, width } : { rows, width: end - start };
      return { value: ops.slice(value, axis, start, end), ...sizes };
    },
    expandBatch() {
      const { value, rows, width } = latest();
      return { value: ops.add(ops.expandBatch(weight([1, rows, width]), value), value), rows, width };
    },
    patches() {
      const { value, rows, width } = latest();
      const size = [1 + below(Math.min(3, rows)), 1 + below(Math.min(3, width))] as const;
      const stride = [1 + below(3), 1 + below(3)] as const;
      const [down, across] = [rows, width].map(
        (full, axis) => Math.floor((full - size[axis]!) / stride[axis]!) + 1,
      ) as [number, number];
      if (down * across > 60) return { value, rows, width };
      return { value: ops.patches(value, { size, stride }), rows: down * across, width: size[0] * size[1] };
    },
  };
  const names = Object.keys(operations);
  for (let each = 0; each < operationCount; each++) {
    const name = pick(names);
    calls.push(name);
    made.push(operations[name]!());
  }
  const all = random() < 0.3;
  return made
    .filter((_, index) => all || index === made.length - 1 || random() < 0.2)
    .map(({ value }, index) => ({ name: `y${index}`, value }));
}
