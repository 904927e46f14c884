// The oracle: every operation in plain loops and float64, for eyes to check rather than for speed. It is
// strict about shapes, so a model that runs here asks nothing that the interface does not promise.

import type { Ops } from '../backend/ops.js';
import { checkBounds, checkFactor, convolvedShape } from '../checks/operation-arguments.js';
import { AudiozooError } from '../errors.js';
import { elementCount, formatShape, type Shape, sameShape } from '../tensors/shape.js';
import { erf } from './erf.js';

export interface ReferenceTensor {
  readonly shape: Shape;
  /** Row-major. */
  readonly data: Float64Array;
}

export const referenceOps: Ops<ReferenceTensor> = {
  linear(x, weight, bias) {
    const [outSize = 0, inSize = 0] = weight.shape;
    const rows = elementCount(x.shape) / inSize;
    check('linear', weight.shape.length === 2, 'the weight', '[out, in]', weight.shape);
    check('linear', x.shape.at(-1) === inSize, 'x', `[..., ${inSize}]`, x.shape);
    check('linear', !bias || sameShape(bias.shape, [outSize]), 'the bias', `[${outSize}]`, bias?.shape);
    const result = zeros([...x.shape.slice(0, -1), outSize]);
    for (let row = 0; row < rows; row++) {
      for (let out = 0; out < outSize; out++) {
        let sum = bias?.data[out] ?? 0;
        for (let i = 0; i < inSize; i++) sum += x.data[row * inSize + i]! * weight.data[out * inSize + i]!;
        result.data[row * outSize + out] = sum;
      }
    }
    return result;
  },

  conv2d(x, weight, bias, options) {
    const { stride, padding, groups = 1 } = options;
    const shape = convolvedShape(x.shape, weight.shape, bias?.shape, options);
    const [, channels, height, width] = x.shape as [number, number, number, number];
    const [outChannels, groupChannels, down, across] = weight.shape as [number, number, number, number];
    const result = zeros(shape);
    for (let index = 0; index < result.data.length; index++) {
      const [b, out, row, column] = positionOf(index, shape) as [number, number, number, number];
      const firstChannel = Math.floor(out / (outChannels / groups)) * groupChannels;
      let sum = bias?.data[out] ?? 0;
      for (let tap = 0; tap < groupChannels * down * across; tap++) {
        const [channel, y, z] = positionOf(tap, [groupChannels, down, across]) as [number, number, number];
        const atRow = row * stride[0] - padding[0] + y;
        const atColumn = column * stride[1] - padding[1] + z;
        if (atRow < 0 || atRow >= height || atColumn < 0 || atColumn >= width) continue;
        const pixel = ((b * channels + firstChannel + channel) * height + atRow) * width + atColumn;
        sum += x.data[pixel]! * weight.data[out * groupChannels * down * across + tap]!;
      }
      result.data[index] = sum;
    }
    return result;
  },

  attention(query, key, value, { heads, bias }) {
    const sizes = checkAttention('attention', query, key, heads);
    const { queries, keys, width, headWidth } = sizes;
    check('attention', sameShape(value.shape, key.shape), 'the value', formatShape(key.shape), value.shape);
    const scores = zeros([...query.shape.slice(0, -2), heads, queries, keys]);
    const biases = bias && elementByElement('attention', scores, bias, (_, item) => item);
    const broadcasts = !biases || sameShape(biases.shape, scores.shape);
    check('attention', broadcasts, 'the bias', formatShape(scores.shape), bias?.shape);
    const result = zeros(query.shape);
    forEachQuery(sizes, (b, head, q) => {
      const queryStart = (b * queries + q) * width + head * headWidth;
      const biasStart = ((b * heads + head) * queries + q) * keys;
      const ofQuery = biases?.data.subarray(biasStart, biasStart + keys);
      attentionShares(query, key, sizes, b, head, q, ofQuery).forEach((share, k) => {
        const valueStart = (b * keys + k) * width + head * headWidth;
        for (let i = 0; i < headWidth; i++)
          result.data[queryStart + i]! += share * value.data[valueStart + i]!;
      });
    });
    return result;
  },

  attentionProbabilities(query, key, { heads }) {
    const sizes = checkAttention('attentionProbabilities', query, key, heads);
    const { batch, queries, keys } = sizes;
    check('attentionProbabilities', query.shape.length === 3, 'the query', '[batch, Nq, D]', query.shape);
    const result = zeros([batch, heads, queries, keys]);
    forEachQuery(sizes, (b, head, q) => {
      const row = (b * heads + head) * queries + q;
      result.data.set(attentionShares(query, key, sizes, b, head, q), row * keys);
    });
    return result;
  },

  matmul(a, b) {
    const rank = a.shape.length;
    const [rows = 0, inner = 0] = a.shape.slice(-2);
    const columns = b.shape.at(-1) ?? 0;
    check('matmul', rank >= 2, 'a', '[..., rows, inner]', a.shape);
    const expected = [...a.shape.slice(0, -2), inner, columns];
    check('matmul', rank >= 2 && sameShape(b.shape, expected), 'b', formatShape(expected), b.shape);
    const result = zeros(a.shape.with(-1, columns));
    for (let index = 0; index < result.data.length; index++) {
      const column = index % columns;
      const row = Math.floor(index / columns); // of all matrices together
      const matrix = Math.floor(row / rows);
      let sum = 0;
      for (let i = 0; i < inner; i++) {
        sum += a.data[row * inner + i]! * b.data[(matrix * inner + i) * columns + column]!;
      }
      result.data[index] = sum;
    }
    return result;
  },

  layerNorm(x, scale, shift, { epsilon }) {
    const width = x.shape.at(-1) ?? 0;
    check('layerNorm', width > 0, 'x', '[..., width]', x.shape);
    check('layerNorm', sameShape(scale.shape, [width]), 'the scale', `[${width}]`, scale.shape);
    check('layerNorm', sameShape(shift.shape, [width]), 'the shift', `[${width}]`, shift.shape);
    check('layerNorm', epsilon >= 0 && epsilon < 1, 'epsilon', 'a small number, not negative', epsilon);
    const result = zeros(x.shape);
    for (let start = 0; start < x.data.length; start += width) {
      const row = x.data.subarray(start, start + width);
      const mean = row.reduce((sum, item) => sum + item, 0) / width;
      const variance = row.reduce((sum, item) => sum + (item - mean) ** 2, 0) / width;
      for (let i = 0; i < width; i++) {
        const normal = (row[i]! - mean) / Math.sqrt(variance + epsilon);
        result.data[start + i] = normal * scale.data[i]! + shift.data[i]!;
      }
    }
    return result;
  },

  gelu(x) {
    return elementwise(x, (item) => (item * (1 + erf(item / Math.SQRT2))) / 2);
  },

  relu: (x) => elementwise(x, (item) => Math.max(item, 0)),
  sigmoid: (x) => elementwise(x, (item) => 1 / (1 + Math.exp(-item))),
  tanh: (x) => elementwise(x, Math.tanh),
  hardswish: (x) => elementwise(x, (item) => (item * Math.min(Math.max(item + 3, 0), 6)) / 6),

  add: (a, b) => elementByElement('add', a, b, (left, right) => left + right),

  multiply: (a, b) => elementByElement('multiply', a, b, (left, right) => left * right),

  remainder: (a, b) =>
    elementByElement('remainder', a, b, (left, right) => left - right * Math.floor(left / right)),

  scale(x, factor) {
    checkFactor(factor);
    return elementwise(x, (item) => item * factor);
  },

  log: (x) => elementwise(x, Math.log),

  clamp(x, bounds) {
    checkBounds(bounds);
    const { least = -Infinity, most = Infinity } = bounds;
    return elementwise(x, (item) => Math.min(Math.max(item, least), most));
  },

  mean(x, axis) {
    checkAxis('mean', x.shape, axis);
    const size = x.shape[axis]!;
    const inner = elementCount(x.shape.slice(axis + 1));
    const result = zeros(x.shape.toSpliced(axis, 1));
    for (let index = 0; index < x.data.length; index++) {
      const outer = Math.floor(index / (size * inner));
      result.data[outer * inner + (index % inner)]! += x.data[index]! / size;
    }
    return result;
  },

  max(x, axis) {
    checkAxis('max', x.shape, axis);
    const size = x.shape[axis]!;
    const inner = elementCount(x.shape.slice(axis + 1));
    const result = zeros(x.shape.toSpliced(axis, 1));
    result.data.fill(Number.NEGATIVE_INFINITY);
    for (let index = 0; index < x.data.length; index++) {
      const place = Math.floor(index / (size * inner)) * inner + (index % inner);
      result.data[place] = Math.max(result.data[place]!, x.data[index]!);
    }
    return result;
  },

  reshape(x, shape) {
    const kept = shape.map((size, axis) => (size === 0 ? (x.shape[axis] ?? 0) : size));
    const known = elementCount(kept.filter((size) => size !== -1));
    const resolved = kept.map((size) => (size === -1 ? x.data.length / known : size));
    const sized = resolved.every((size) => Number.isInteger(size) && size > 0);
    const oneFree = shape.filter((size) => size === -1).length <= 1;
    const fits = sized && oneFree && elementCount(resolved) === x.data.length;
    check('reshape', fits, 'the new shape', `${x.data.length} elements, at most one −1`, shape);
    return { shape: resolved, data: x.data };
  },

  transpose(x, permutation) {
    const sorted = [...permutation].sort((a, b) => a - b);
    const axes = x.shape.map((_, axis) => axis);
    check('transpose', sameShape(sorted, axes), 'the permutation', `${axes} in some order`, permutation);
    const strides = stridesOf(x.shape);
    return strided(
      x,
      permutation.map((axis) => x.shape[axis]!),
      permutation.map((axis) => strides[axis]!),
    );
  },

  concat(tensors, axis) {
    const [head] = tensors;
    check('concat', head !== undefined, 'the list', 'at least one tensor', tensors.length);
    const first = head!.shape;
    checkAxis('concat', first, axis);
    for (const { shape } of tensors) {
      const fits = shape.length === first.length && sameShape(shape.with(axis, first[axis]!), first);
      check('concat', fits, 'a tensor', `${formatShape(first)} but for axis ${axis}`, shape);
    }
    const total = tensors.reduce((sum, { shape }) => sum + shape[axis]!, 0);
    const result = zeros(first.with(axis, total));
    const outerCount = elementCount(first.slice(0, axis));
    let position = 0;
    for (let outer = 0; outer < outerCount; outer++) {
      for (const { data } of tensors) {
        const length = data.length / outerCount;
        result.data.set(data.subarray(outer * length, (outer + 1) * length), position);
        position += length;
      }
    }
    return result;
  },

  slice(x, axis, start, end) {
    checkAxis('slice', x.shape, axis);
    const size = x.shape[axis]!;
    const fits = Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start < end && end <= size;
    check('slice', fits, `the range of axis ${axis}`, `0 ≤ start < end ≤ ${size}`, `${start} to ${end}`);
    const strides = stridesOf(x.shape);
    return strided(x, x.shape.with(axis, end - start), strides, start * strides[axis]!);
  },

  sliceLike(x, axis, like) {
    checkAxis('sliceLike', x.shape, axis);
    checkAxis('sliceLike', like.shape, axis);
    const [size, count] = [x.shape[axis]!, like.shape[axis]!];
    check('sliceLike', count <= size, `axis ${axis} of what it is to be like`, `at most ${size}`, count);
    return strided(x, x.shape.with(axis, count), stridesOf(x.shape));
  },

  gather(table, ids) {
    const [rows = 0, width = 0] = table.shape;
    check('gather', table.shape.length === 2, 'the table', '[rows, width]', table.shape);
    const result = zeros([...ids.shape, width]);
    ids.data.forEach((id, index) => {
      check('gather', Number.isInteger(id) && id >= 0 && id < rows, 'an id', `0 to ${rows - 1}`, id);
      result.data.set(table.data.subarray(id * width, (id + 1) * width), index * width);
    });
    return result;
  },

  take(x, positions) {
    const [rows = 0, width = 0] = x.shape;
    const [, count = 0] = positions.shape;
    check('take', x.shape.length === 2, 'x', '[batch, N]', x.shape);
    check('take', sameShape(positions.shape, [rows, count]), 'positions', `[${rows}, M]`, positions.shape);
    const data = positions.data.map((position, index) => {
      const fits = Number.isInteger(position) && position >= 0 && position < width;
      check('take', fits, 'a position', `0 to ${width - 1}`, position);
      return x.data[Math.floor(index / count) * width + position]!;
    });
    return { shape: positions.shape, data };
  },

  expandBatch(x, like) {
    check('expandBatch', x.shape[0] === 1, 'x', '[1, ...]', x.shape);
    check('expandBatch', like.shape.length > 0, 'like', '[batch, ...]', like.shape);
    return strided(x, x.shape.with(0, like.shape[0]!), stridesOf(x.shape).with(0, 0));
  },

  patches(x, { size, stride }) {
    const [batch = 0, height = 0, width = 0] = x.shape;
    const positive = [...size, ...stride].every((item) => Number.isInteger(item) && item > 0);
    check('patches', positive, 'size and stride', 'positive whole numbers', [...size, ...stride]);
    const fits = x.shape.length === 3 && height >= size[0] && width >= size[1];
    check('patches', fits, 'x', `[batch, height, width], at least ${size.join(' × ')}`, x.shape);
    const rows = Math.floor((height - size[0]) / stride[0]) + 1;
    const columns = Math.floor((width - size[1]) / stride[1]) + 1;
    const { data } = strided(
      x,
      [batch, rows, columns, ...size],
      [height * width, stride[0] * width, stride[1], width, 1],
    );
    return { shape: [batch, rows * columns, size[0] * size[1]], data };
  },
};

interface AttentionSizes {
  /** Of all leading dimensions together. */
  readonly batch: number;
  readonly heads: number;
  readonly queries: number;
  readonly keys: number;
  readonly width: number;
  /** Columns of one head. */
  readonly headWidth: number;
}

function checkAttention(
  operation: keyof Ops<unknown>,
  query: ReferenceTensor,
  key: ReferenceTensor,
  heads: number,
): AttentionSizes {
  const [queries = 0, width = 0] = query.shape.slice(-2);
  const leading = query.shape.slice(0, -2);
  const keys = key.shape.at(-2) ?? 0;
  check(operation, query.shape.length >= 3, 'the query', '[..., queries, width]', query.shape);
  const expected = [...leading, keys, width];
  check(operation, sameShape(key.shape, expected), 'the key', formatShape(expected), key.shape);
  const divides = Number.isInteger(heads) && heads > 0 && width % heads === 0;
  check(operation, divides, 'heads', `a divisor of the width ${width}`, heads);
  return { batch: elementCount(leading), heads, queries, keys, width, headWidth: width / heads };
}

function forEachQuery(
  { batch, heads, queries }: AttentionSizes,
  visit: (b: number, head: number, q: number) => void,
): void {
  for (let b = 0; b < batch; b++) {
    for (let head = 0; head < heads; head++) for (let q = 0; q < queries; q++) visit(b, head, q);
  }
}

/** How much one head of query `q` takes of each key. */
function attentionShares(
  query: ReferenceTensor,
  key: ReferenceTensor,
  { queries, keys, width, headWidth }: AttentionSizes,
  b: number,
  head: number,
  q: number,
  biases?: Float64Array,
): number[] {
  const queryStart = (b * queries + q) * width + head * headWidth;
  const scores = Array.from({ length: keys }, (_, k) => {
    const keyStart = (b * keys + k) * width + head * headWidth;
    let dot = 0;
    for (let i = 0; i < headWidth; i++) dot += query.data[queryStart + i]! * key.data[keyStart + i]!;
    return dot / Math.sqrt(headWidth) + (biases?.[k] ?? 0);
  });
  return softmax(scores);
}

/** Weights that add to 1, largest exponent taken out first so that none overflows. */
function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function elementwise(x: ReferenceTensor, compute: (item: number) => number): ReferenceTensor {
  return { shape: x.shape, data: x.data.map(compute) };
}

/** Where in `shape` its element `index` lies, axis by axis. */
function positionOf(index: number, shape: Shape): number[] {
  return stridesOf(shape).map((stride, axis) => Math.floor(index / stride) % shape[axis]!);
}

/** `compute` of each two elements, with NumPy's broadcasting. */
function elementByElement(
  operation: keyof Ops<unknown>,
  a: ReferenceTensor,
  b: ReferenceTensor,
  compute: (left: number, right: number) => number,
): ReferenceTensor {
  const rank = Math.max(a.shape.length, b.shape.length);
  const padded = (shape: Shape) => [...Array<number>(rank - shape.length).fill(1), ...shape];
  const [aShape, bShape] = [padded(a.shape), padded(b.shape)];
  const fits = aShape.every((size, axis) => size === bShape[axis] || size === 1 || bShape[axis] === 1);
  check(operation, fits, 'b', `sizes that broadcast with ${formatShape(a.shape)}`, b.shape);
  const shape = aShape.map((size, axis) => (size === 1 ? bShape[axis]! : size));
  const broadcast = (x: ReferenceTensor, own: Shape) =>
    strided(
      x,
      shape,
      stridesOf(own).map((stride, axis) => (own[axis] === 1 ? 0 : stride)),
    ).data;
  const right = broadcast(b, bShape);
  return { shape, data: broadcast(a, aShape).map((item, index) => compute(item, right[index]!)) };
}

/** A tensor of `shape` whose element [i, j, …] is `x.data[offset + i · strides[0] + j · strides[1] + …]`. */
function strided(x: ReferenceTensor, shape: Shape, strides: readonly number[], offset = 0): ReferenceTensor {
  const result = zeros(shape);
  for (let index = 0; index < result.data.length; index++) {
    let rest = index;
    let position = offset;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    result.data[index] = x.data[position]!;
  }
  return result;
}

/** How far apart in memory neighbors along each axis lie. */
function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}

function zeros(shape: Shape): ReferenceTensor {
  return { shape, data: new Float64Array(elementCount(shape)) };
}

function checkAxis(operation: keyof Ops<unknown>, shape: Shape, axis: number): void {
  const fits = Number.isInteger(axis) && axis >= 0 && axis < shape.length;
  check(operation, fits, 'the axis', `0 to ${shape.length - 1}`, axis);
}

function check(
  operation: keyof Ops<unknown>,
  fits: boolean,
  what: string,
  expected: string,
  got: Shape | number | string | undefined,
): void {
  if (fits) return;
  throw new AudiozooError({
    code: 'shape',
    what: `${operation}: ${what} does not fit`,
    expected,
    got: typeof got === 'object' ? formatShape(got) : String(got),
  });
}
