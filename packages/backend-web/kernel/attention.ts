// softmax(q · kᵀ / √headDim + bias) · v without a matrix of all scores: eight queries at a time, one in each lane of two
// vectors, so that the softmax of all eight is vectors throughout and nothing is transposed in between. Keys and
// values are packed once for all queries.

import { exponential, floats, roundedUp } from './arithmetic';
import { tileColumns, tileRows } from './layout';
import { packRows } from './rows';
import { takePiece } from './teamwork';
import { floatTile } from './tile';

/** Bytes of a head's packed keys [tiles][headDim][6]. */
function keyBytes(keys: i32, headDim: i32): usize {
  return floats(roundedUp(keys, tileRows) * headDim);
}

/** Bytes of a head's packed values [tiles of dimensions][keys][6]. */
function valueBytes(keys: i32, headDim: i32): usize {
  return floats(roundedUp(headDim, tileRows) * keys);
}

/** key and value [batch, keys, width] → for each clip and head its keys, then its values. */
export function packKeysAndValues(
  key: usize,
  value: usize,
  target: usize,
  batch: i32,
  keys: i32,
  width: i32,
  heads: i32,
): void {
  const headDim = width / heads;
  const headBytes = keyBytes(keys, headDim) + valueBytes(keys, headDim);
  for (let piece = takePiece(); piece < batch * heads; piece = takePiece()) {
    const offset = floats((piece / heads) * keys * width + (piece % heads) * headDim);
    const packed = target + <usize>piece * headBytes;
    for (let row = 0; row < keys; row += tileRows) {
      packRows(
        key + offset + floats(row * width),
        floats(width),
        min(tileRows, keys - row),
        headDim,
        packed + floats(row * headDim),
      );
    }
    packDimensions(value + offset, keys, width, headDim, packed + keyBytes(keys, headDim));
  }
}

/** One head's values → tiles of dimensions, zeros where there is none. */
function packDimensions(values: usize, keys: i32, width: i32, headDim: i32, target: usize): void {
  for (let dimension = 0; dimension < headDim; dimension += tileRows) {
    const there = min(tileRows, headDim - dimension);
    for (let row = 0; row < keys; row++) {
      const source = values + floats(row * width + dimension);
      if (there === tileRows) {
        v128.store(target, v128.load(source));
        store<u64>(target, load<u64>(source, 16), 16);
      } else {
        for (let each = 0; each < tileRows; each++) {
          store<f32>(target + floats(each), each < there ? load<f32>(source + floats(each)) : 0);
        }
      }
      target += floats(tileRows);
    }
  }
}

/** query [batch, queries, width] → target [batch, queries, width]. */
export function attention(
  query: usize,
  packed: usize,
  target: usize,
  batch: i32,
  queries: i32,
  keys: i32,
  width: i32,
  heads: i32,
  bias: usize,
  biasClips: i32,
  clipStep: i32,
  headStep: i32,
  queryStep: i32,
  keyStep: i32,
  scratch: usize,
): void {
  const headDim = width / heads;
  const headBytes = keyBytes(keys, headDim) + valueBytes(keys, headDim);
  const groups = (queries + tileColumns - 1) / tileColumns;
  const rowBytes = floats(tileColumns); // bytes of a row of eight queries
  const ours = scratch; // queries [headDim][8]
  const scores = ours + <usize>headDim * rowBytes; // [keys, rounded up][8]
  const mixed = scores + <usize>roundedUp(keys, tileRows) * rowBytes; // [headDim, rounded up][8]
  const scale = <f32>(1 / Math.sqrt(<f64>headDim));

  for (let piece = takePiece(); piece < batch * heads * groups; piece = takePiece()) {
    const head = piece / groups; // of all clips
    const first = (piece % groups) * tileColumns;
    const count = min(tileColumns, queries - first);
    const offset = floats(((head / heads) * queries + first) * width + (head % heads) * headDim);
    packQueries(query + offset, count, width, headDim, scale, ours);

    const packedKeys = packed + <usize>head * headBytes;
    for (let row = 0; row < keys; row += tileRows) {
      floatTile(packedKeys + floats(row * headDim), ours, scores + <usize>row * rowBytes, headDim);
    }
    if (bias) {
      const clip = (head / heads) % biasClips;
      const own = bias + floats(clip * clipStep + (head % heads) * headStep + first * queryStep);
      addBias(scores, own, count, keys, queryStep, keyStep);
    }
    softmaxOfColumns(scores, keys);
    const packedValues = packedKeys + keyBytes(keys, headDim);
    for (let row = 0; row < headDim; row += tileRows) {
      floatTile(packedValues + floats(row * keys), scores, mixed + <usize>row * rowBytes, keys);
    }
    for (let each = 0; each < count; each++) {
      const row = target + offset + floats(each * width);
      for (let dimension = 0; dimension < headDim; dimension++) {
        store<f32>(row + floats(dimension), load<f32>(mixed + <usize>dimension * rowBytes + floats(each)));
      }
    }
  }
}

/** Rows of queries → [headDim][8], scaled; zeros where there is no query. */
function packQueries(source: usize, count: i32, width: i32, headDim: i32, scale: f32, target: usize): void {
  for (let each = 0; each < tileColumns; each++) {
    const row = source + floats(each * width);
    for (let dimension = 0; dimension < headDim; dimension++) {
      const value: f32 = each < count ? load<f32>(row + floats(dimension)) * scale : 0;
      store<f32>(target + floats(dimension * tileColumns + each), value);
    }
  }
}

/** Adds to scores [keys][8] the bias of `count` queries. */
function addBias(scores: usize, bias: usize, count: i32, keys: i32, queryStep: i32, keyStep: i32): void {
  for (let each = 0; each < count; each++) {
    let from = bias + floats(each * queryStep);
    let to = scores + floats(each);
    for (let row = 0; row < keys; row++) {
      store<f32>(to, load<f32>(to) + load<f32>(from));
      from += floats(keyStep);
      to += floats(tileColumns);
    }
  }
}

/** x [rows][8] → its softmax along the rows, in place. */
function softmaxOfColumns(x: usize, rows: i32): void {
  const end = x + floats(rows * tileColumns);
  let largest0 = v128.load(x);
  let largest1 = v128.load(x, 16);
  for (let at = x; at < end; at += 32) {
    largest0 = f32x4.max(largest0, v128.load(at));
    largest1 = f32x4.max(largest1, v128.load(at, 16));
  }
  let sum0 = f32x4.splat(0);
  let sum1 = f32x4.splat(0);
  for (let at = x; at < end; at += 32) {
    const x0 = exponential(f32x4.sub(v128.load(at), largest0));
    const x1 = exponential(f32x4.sub(v128.load(at, 16), largest1));
    sum0 = f32x4.add(sum0, x0);
    sum1 = f32x4.add(sum1, x1);
    v128.store(at, x0);
    v128.store(at, x1, 16);
  }
  const share0 = f32x4.div(f32x4.splat(1), sum0);
  const share1 = f32x4.div(f32x4.splat(1), sum1);
  for (let at = x; at < end; at += 32) {
    v128.store(at, f32x4.mul(v128.load(at), share0));
    v128.store(at, f32x4.mul(v128.load(at, 16), share1), 16);
  }
}
