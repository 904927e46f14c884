// A backend in one file: it runs every model in plain loops, wherever JavaScript runs. What each operation
// does to a tensor stands below; a model's `build` calls them in order. Tensors are the records that go in
// and out of models, so nothing is converted. Models are checked elsewhere, so shapes are not checked here.

import { castTensor, tensor } from '@audiozoo/core';
import {
  checkBounds,
  checkFactor,
  convolvedShape,
  elementCount,
  loadedModel,
  readWeights,
} from '@audiozoo/core/plugin';

/** @returns {import('@audiozoo/core').Backend} */
export function plainLoops() {
  return {
    name: 'plain-loops',
    anyLength: true,
    load: (model, weights, options) =>
      loadedModel(model, options, () => open(model, weights, options), { anyLength: true }),
  };
}

/**
 * @param {import('@audiozoo/core').AnyModel} model
 * @param {import('@audiozoo/core').Weights} weights
 * @param {import('@audiozoo/core').LoadOptions} options
 * @returns {Promise<import('@audiozoo/core/plugin').Runner>}
 */
async function open(model, weights, options) {
  const parameters = await readWeights(model, weights, options, asFloats);
  return {
    device: 'cpu (plain JavaScript)',
    run(inputs, names) {
      const entries = Object.entries(inputs).map(([name, input]) => [name, asFloats(input)]);
      const given = Object.fromEntries(entries);
      const built = model.build(ops, parameters, given, options.config, new Set(names));
      return Object.fromEntries(names.map((name) => [name, copy(built[name])]));
    },
  };
}

/** What `audiozoo --plugin` looks for. */
export const backends = [plainLoops()];

/** @typedef {import('@audiozoo/core').Tensor<'float32'>} Float32Tensor */

/** @type {import('@audiozoo/core').Ops<Float32Tensor>} */
const ops = {
  linear(x, weight, bias) {
    const [outs, ins] = weight.shape;
    const result = zeros(x.shape.with(-1, outs));
    for (let index = 0; index < result.data.length; index++) {
      const out = index % outs;
      const row = ((index - out) / outs) * ins;
      let sum = bias ? bias.data[out] : 0;
      for (let i = 0; i < ins; i++) sum += x.data[row + i] * weight.data[out * ins + i];
      result.data[index] = sum;
    }
    return result;
  },

  attention(query, key, value, { heads, bias }) {
    const scores = attentionScores(query, key, heads);
    const shape = [...query.shape.slice(0, -2), ...scores.shape.slice(1)];
    const biased = bias ? ops.add(ops.reshape(scores, shape), bias) : scores;
    const mixed = ops.matmul(softmax(ops.reshape(biased, scores.shape)), splitHeads(value, heads));
    return ops.reshape(ops.transpose(mixed, [0, 2, 1, 3]), query.shape);
  },

  attentionProbabilities: (query, key, { heads }) => softmax(attentionScores(query, key, heads)),

  conv2d(x, weight, bias, options) {
    const { stride, padding, groups = 1 } = options;
    const result = zeros(convolvedShape(x.shape, weight.shape, bias?.shape, options));
    const [, outs, rows, columns] = result.shape;
    const [, channels, height, width] = x.shape;
    const [ins, down, across] = weight.shape.slice(1);
    for (let index = 0; index < result.data.length; index++) {
      const [column, row] = [index % columns, Math.floor(index / columns) % rows];
      const image = Math.floor(index / columns / rows); // of all clips and channels together
      const out = image % outs;
      const first = ((image - out) / outs) * channels + Math.floor(out / (outs / groups)) * ins;
      let sum = bias ? bias.data[out] : 0;
      for (let tap = 0; tap < ins * down * across; tap++) {
        const y = row * stride[0] - padding[0] + (Math.floor(tap / across) % down);
        const z = column * stride[1] - padding[1] + (tap % across);
        if (y < 0 || y >= height || z < 0 || z >= width) continue;
        const channel = first + Math.floor(tap / across / down);
        sum += x.data[(channel * height + y) * width + z] * weight.data[out * ins * down * across + tap];
      }
      result.data[index] = sum;
    }
    return result;
  },

  matmul(a, b) {
    const [rows, inner] = a.shape.slice(-2);
    const columns = b.shape[b.shape.length - 1];
    const result = zeros(a.shape.with(-1, columns));
    for (let index = 0; index < result.data.length; index++) {
      const row = Math.floor(index / columns); // of all matrices together
      const column = Math.floor(row / rows) * inner * columns + (index % columns);
      let sum = 0;
      for (let i = 0; i < inner; i++) sum += a.data[row * inner + i] * b.data[column + i * columns];
      result.data[index] = sum;
    }
    return result;
  },

  layerNorm(x, scale, shift, { epsilon }) {
    const width = scale.data.length;
    const result = zeros(x.shape);
    for (let start = 0; start < x.data.length; start += width) {
      const row = x.data.subarray(start, start + width);
      const mean = row.reduce((sum, item) => sum + item, 0) / width;
      const variance = row.reduce((sum, item) => sum + (item - mean) ** 2, 0) / width;
      const normal = (/** @type {number} */ i) => (row[i] - mean) / Math.sqrt(variance + epsilon);
      for (let i = 0; i < width; i++) result.data[start + i] = normal(i) * scale.data[i] + shift.data[i];
    }
    return result;
  },

  gelu: (x) => elementwise(x, (item) => 0.5 * item * (1 + erf(item / Math.SQRT2))),
  relu: (x) => elementwise(x, (item) => Math.max(item, 0)),
  sigmoid: (x) => elementwise(x, (item) => 1 / (1 + Math.exp(-item))),
  tanh: (x) => elementwise(x, Math.tanh),
  hardswish: (x) => elementwise(x, (item) => (item * Math.min(Math.max(item + 3, 0), 6)) / 6),

  add: (a, b) => elementByElement(a, b, (left, right) => left + right),

  multiply: (a, b) => elementByElement(a, b, (left, right) => left * right),

  remainder: (a, b) => elementByElement(a, b, (left, right) => left - right * Math.floor(left / right)),

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
    const size = x.shape[axis];
    const inner = elementCount(x.shape.slice(axis + 1));
    const result = zeros(x.shape.toSpliced(axis, 1));
    for (let index = 0; index < result.data.length; index++) {
      const first = (index - (index % inner)) * size + (index % inner);
      let sum = 0;
      for (let i = 0; i < size; i++) sum += x.data[first + i * inner];
      result.data[index] = sum / size;
    }
    return result;
  },

  max(x, axis) {
    const size = x.shape[axis];
    const inner = elementCount(x.shape.slice(axis + 1));
    const result = zeros(x.shape.toSpliced(axis, 1));
    for (let index = 0; index < result.data.length; index++) {
      const first = (index - (index % inner)) * size + (index % inner);
      let largest = x.data[first];
      for (let i = 1; i < size; i++) largest = Math.max(largest, x.data[first + i * inner]);
      result.data[index] = largest;
    }
    return result;
  },

  reshape(x, shape) {
    const kept = shape.map((size, axis) => size || x.shape[axis]); // 0 is what x has there
    const rest = -x.data.length / elementCount(kept); // the size written as −1
    const resolved = kept.map((size) => (size === -1 ? rest : size));
    return tensor('float32', resolved, x.data);
  },

  transpose(x, permutation) {
    const strides = stridesOf(x.shape);
    const pick = (/** @type {readonly number[]} */ from) => permutation.map((axis) => from[axis]);
    return strided(x, pick(x.shape), pick(strides));
  },

  concat(tensors, axis) {
    const total = tensors.reduce((sum, { shape }) => sum + shape[axis], 0);
    const result = zeros(tensors[0].shape.with(axis, total));
    const outer = elementCount(result.shape.slice(0, axis));
    let position = 0;
    for (let index = 0; index < outer; index++) {
      for (const { data } of tensors) {
        const part = data.subarray((index * data.length) / outer, ((index + 1) * data.length) / outer);
        result.data.set(part, position);
        position += part.length;
      }
    }
    return result;
  },

  slice(x, axis, start, end) {
    const strides = stridesOf(x.shape);
    return strided(x, x.shape.with(axis, end - start), strides, start * strides[axis]);
  },

  sliceLike: (x, axis, like) => ops.slice(x, axis, 0, like.shape[axis]),

  gather(table, ids) {
    const width = table.shape[1];
    const result = zeros([...ids.shape, width]);
    for (const [row, id] of ids.data.entries()) {
      result.data.set(table.data.subarray(id * width, (id + 1) * width), row * width);
    }
    return result;
  },

  take(x, positions) {
    const [width, count] = [x.shape[1], positions.shape[1]];
    const result = zeros(positions.shape);
    for (const [index, position] of positions.data.entries()) {
      result.data[index] = x.data[Math.floor(index / count) * width + position];
    }
    return result;
  },

  expandBatch: (x, like) => strided(x, x.shape.with(0, like.shape[0]), stridesOf(x.shape).with(0, 0)),

  patches(x, { size, stride }) {
    const [batch, height, width] = x.shape;
    const rows = Math.floor((height - size[0]) / stride[0]) + 1;
    const columns = Math.floor((width - size[1]) / stride[1]) + 1;
    const strides = [height * width, stride[0] * width, stride[1], width, 1];
    const { data } = strided(x, [batch, rows, columns, ...size], strides);
    return tensor('float32', [batch, rows * columns, size[0] * size[1]], data);
  },
};

/** [..., N, D] → [B, heads, N, D / heads]. @param {Float32Tensor} x @param {number} heads */
function splitHeads(x, heads) {
  const [tokens, width] = x.shape.slice(-2);
  return ops.transpose(ops.reshape(x, [-1, tokens, heads, width / heads]), [0, 2, 1, 3]);
}

/** [B, heads, Nq, Nk]. @param {Float32Tensor} query @param {Float32Tensor} key @param {number} heads */
function attentionScores(query, key, heads) {
  const [q, k] = [splitHeads(query, heads), splitHeads(key, heads)];
  return ops.scale(ops.matmul(q, ops.transpose(k, [0, 1, 3, 2])), q.shape[3] ** -0.5);
}

/** Of rows, the last dimension. @param {Float32Tensor} x */
function softmax(x) {
  const width = x.shape[x.shape.length - 1];
  const result = zeros(x.shape);
  for (let start = 0; start < x.data.length; start += width) {
    const row = x.data.subarray(start, start + width);
    const largest = Math.max(...row); // e^score would overflow
    const powers = row.map((score) => Math.exp(score - largest));
    const sum = powers.reduce((a, b) => a + b);
    for (let i = 0; i < width; i++) result.data[start + i] = powers[i] / sum;
  }
  return result;
}

/** @param {Float32Tensor} x @param {(item: number) => number} compute */
const elementwise = (x, compute) => tensor('float32', x.shape, x.data.map(compute));

/**
 * `compute` of each two elements; sizes of one are repeated.
 * @param {Float32Tensor} a
 * @param {Float32Tensor} b
 * @param {(left: number, right: number) => number} compute
 */
function elementByElement(a, b, compute) {
  const rank = Math.max(a.shape.length, b.shape.length);
  const [aShape, bShape] = [a, b].map(({ shape }) => [...Array(rank - shape.length).fill(1), ...shape]);
  const shape = aShape.map((size, axis) => (size === 1 ? bShape[axis] : size));
  // A stride of 0 repeats the one element that there is.
  const repeated = (/** @type {number[]} */ own) => stridesOf(own).map((s, axis) => (own[axis] > 1 ? s : 0));
  const right = strided(b, shape, repeated(bShape)).data;
  const result = strided(a, shape, repeated(aShape));
  for (let index = 0; index < right.length; index++) {
    result.data[index] = compute(result.data[index], right[index]);
  }
  return result;
}

/**
 * The tensor whose element [i, j, …] is `x.data[offset + i · strides[0] + j · strides[1] + …]`.
 * @param {Float32Tensor} x
 * @param {readonly number[]} shape
 * @param {readonly number[]} strides
 */
function strided(x, shape, strides, offset = 0) {
  const result = zeros(shape);
  for (let index = 0; index < result.data.length; index++) {
    let rest = index;
    let position = offset;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += (rest % shape[axis]) * strides[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    result.data[index] = x.data[position];
  }
  return result;
}

/** @param {readonly number[]} shape */
const stridesOf = (shape) => shape.map((_, axis) => elementCount(shape.slice(axis + 1)));

/** @param {readonly number[]} shape */
const zeros = (shape) => tensor('float32', shape, new Float32Array(elementCount(shape)));

/** @param {import('@audiozoo/core').Tensor} x */
const asFloats = (x) => castTensor(x, 'float32');

/** @param {Float32Tensor} x */
const copy = (x) => tensor('float32', x.shape, x.data.slice());

/** The error function to 1.5e-7: Abramowitz and Stegun 7.1.26. @param {number} x */
function erf(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const factors = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const polynomial = factors.reduce((sum, factor) => (sum + factor) * t, 0);
  return Math.sign(x) * (1 - polynomial * Math.exp(-x * x));
}
