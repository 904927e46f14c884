// x · weightᵀ + bias, the weights packed once: for each eight output columns, the numbers of one input column
// beside one another.

import { activated, activateRows } from './activations';
import { floats, loadUpTo4, roundedUp, storeUpTo4 } from './arithmetic';
import { blockRows, integerGroup, noActivation, relu, tileColumns, tileRows } from './layout';
import { quantizeRows } from './quantize-rows';
import { packRows } from './rows';
import { takePiece } from './teamwork';
import { floatRow, floatTile, integerTile } from './tile';

/** Pieces of work for each thread, where there is enough: so that the last ones do not leave others waiting. */
const piecesPerThread = 12;

/** weight [outSize, inSize] → panels [ceil(outSize / 8)][inSize][8], zeros where there is no column. */
export function packFloatWeight(source: usize, outSize: i32, inSize: i32, target: usize): void {
  for (let column = 0; column < roundedUp(outSize, tileColumns); column++) {
    const panel = target + floats((column / tileColumns) * tileColumns * inSize + (column % tileColumns));
    const row = source + floats(column * inSize);
    for (let index = 0; index < inSize; index++) {
      const value: f32 = column < outSize ? load<f32>(row + floats(index)) : 0;
      store<f32>(panel + floats(index * tileColumns), value);
    }
  }
}

/** int8 weight [outSize, inSize] → panels [ceil(outSize / 8)][ceil(inSize / 4)][8][4], and the sums of its rows. */
export function packIntegerWeight(
  source: usize,
  outSize: i32,
  inSize: i32,
  target: usize,
  sums: usize,
): void {
  const depth = roundedUp(inSize, integerGroup);
  for (let column = 0; column < roundedUp(outSize, tileColumns); column++) {
    const panel =
      target + (column / tileColumns) * tileColumns * depth + (column % tileColumns) * integerGroup;
    const row = source + column * inSize;
    let sum = 0;
    for (let index = 0; index < depth; index++) {
      const value: i32 = column < outSize && index < inSize ? load<i8>(row + index) : 0;
      store<i8>(
        panel + (index / integerGroup) * (tileColumns * integerGroup) + (index % integerGroup),
        <i8>value,
      );
      sum += value;
    }
    store<i32>(sums + floats(column), sum);
  }
}

/** Rows of a piece of work. Rows are packed by who multiplies them; where they are few, columns are split as well. */
function rowsOfPiece(rows: i32, threads: i32): i32 {
  const tiles = (rows + tileRows - 1) / tileRows;
  return max(1, min(blockRows / tileRows, tiles / (threads * piecesPerThread))) * tileRows;
}

function columnSplits(rowPieces: i32, panels: i32, threads: i32): i32 {
  return min(panels, (threads + rowPieces - 1) / rowPieces);
}

/** x [rows, inSize] → target [rows, outSize]. */
export function linear(
  x: usize,
  weight: usize,
  bias: usize,
  target: usize,
  rows: i32,
  inSize: i32,
  outSize: i32,
  activation: i32,
  scratch: usize,
  threads: i32,
): void {
  const panels = (outSize + tileColumns - 1) / tileColumns;
  const block = rowsOfPiece(rows, threads);
  const rowPieces = (rows + block - 1) / block;
  const splits = columnSplits(rowPieces, panels, threads);
  const tile = scratch + floats(blockRows * inSize);
  const rowBytes = floats(inSize);
  const panelBytes = floats(tileColumns * inSize);
  for (let piece = takePiece(); piece < rowPieces * splits; piece = takePiece()) {
    const first = (piece / splits) * block;
    const count = min(block, rows - first);
    const row0 = x + <usize>first * rowBytes;
    for (let row = 0; row < count && count > 1; row += tileRows) {
      packRows(
        x + <usize>(first + row) * rowBytes,
        rowBytes,
        min(tileRows, count - row),
        inSize,
        scratch + <usize>row * rowBytes,
      );
    }
    const split = piece % splits;
    for (let panel = (panels * split) / splits; panel < (panels * (split + 1)) / splits; panel++) {
      const columns = weight + <usize>panel * panelBytes;
      for (let row = 0; row < count; row += tileRows) {
        if (count > 1) floatTile(scratch + <usize>row * rowBytes, columns, tile, inSize);
        else floatRow(row0, columns, tile, inSize);
        finishTile(
          tile,
          bias,
          target,
          first + row,
          min(tileRows, count - row),
          panel * tileColumns,
          outSize,
          activation,
        );
      }
    }
  }
}

/** As `linear`, of int8 weights with a scale for each output channel; each row of x is quantized by itself. */
export function integerLinear(
  x: usize,
  weight: usize,
  sums: usize,
  scales: usize,
  bias: usize,
  target: usize,
  rows: i32,
  inSize: i32,
  outSize: i32,
  activation: i32,
  scratch: usize,
  threads: i32,
): void {
  const depth = roundedUp(inSize, integerGroup);
  const panels = (outSize + tileColumns - 1) / tileColumns;
  const block = rowsOfPiece(rows, threads);
  const rowPieces = (rows + block - 1) / block;
  const splits = columnSplits(rowPieces, panels, threads);
  const rowScales = scratch + <usize>roundedUp(blockRows * depth, 16);
  const rowZeros = rowScales + floats(blockRows);
  const tile = rowZeros + floats(blockRows);
  for (let piece = takePiece(); piece < rowPieces * splits; piece = takePiece()) {
    const first = (piece / splits) * block;
    const count = min(block, rows - first);
    quantizeRows(x + floats(first * inSize), count, inSize, scratch, rowScales, rowZeros);
    const split = piece % splits;
    for (let panel = (panels * split) / splits; panel < (panels * (split + 1)) / splits; panel++) {
      const columns = weight + <usize>(panel * tileColumns * depth);
      const column = panel * tileColumns;
      for (let row = 0; row < count; row += tileRows) {
        const rowsOfTile = min(tileRows, count - row);
        integerTile(scratch + <usize>(row * depth), columns, tile, depth);
        toFloats(
          tile,
          rowsOfTile,
          rowScales + floats(row),
          rowZeros + floats(row),
          sums + floats(column),
          scales + floats(column),
          outSize - column,
        );
        finishTile(tile, bias, target, first + row, rowsOfTile, column, outSize, activation);
      }
    }
  }
}

/** int32 sums of products → what they stand for, in place: (sum − zero · sum of weights) · scale of row · scale of column. */
function toFloats(
  tile: usize,
  rows: i32,
  rowScales: usize,
  rowZeros: usize,
  sums: usize,
  scales: usize,
  columns: i32,
): void {
  const sums0 = v128.load(sums);
  const sums1 = v128.load(sums, 16);
  const scales0 = loadUpTo4(scales, columns);
  const scales1 = loadUpTo4(scales + 16, columns - 4);
  for (let row = 0; row < rows; row++) {
    const zero = v128.load32_splat(rowZeros + floats(row));
    const scale = v128.load32_splat(rowScales + floats(row));
    const x0 = f32x4.convert_i32x4_s(i32x4.sub(v128.load(tile), i32x4.mul(zero, sums0)));
    const x1 = f32x4.convert_i32x4_s(i32x4.sub(v128.load(tile, 16), i32x4.mul(zero, sums1)));
    v128.store(tile, f32x4.mul(x0, f32x4.mul(scale, scales0)));
    v128.store(tile, f32x4.mul(x1, f32x4.mul(scale, scales1)), 16);
    tile += floats(tileColumns);
  }
}

/** Adds the bias, applies the activation, and puts the tile where it belongs. */
function finishTile(
  tile: usize,
  bias: usize,
  target: usize,
  row: i32,
  rows: i32,
  column: i32,
  outSize: i32,
  activation: i32,
): void {
  const columns = outSize - column;
  const bias0 = bias ? loadUpTo4(bias + floats(column), columns) : f32x4.splat(0);
  const bias1 = bias ? loadUpTo4(bias + floats(column + 4), columns - 4) : f32x4.splat(0);
  const first = target + floats(row * outSize + column);
  const step = floats(outSize);
  const end = tile + floats(rows * tileColumns);
  let at = first;
  if (columns < tileColumns) {
    for (; tile < end; tile += floats(tileColumns)) {
      storeUpTo4(at, activated(activation, f32x4.add(v128.load(tile), bias0)), columns);
      storeUpTo4(at + 16, activated(activation, f32x4.add(v128.load(tile, 16), bias1)), columns - 4);
      at += step;
    }
    return;
  }
  // Products of short rows end soon: what is chosen here is not chosen again for each vector.
  const least = f32x4.splat(activation === relu ? 0 : -Infinity);
  for (; tile < end; tile += floats(tileColumns)) {
    v128.store(at, f32x4.pmax(f32x4.add(v128.load(tile), bias0), least));
    v128.store(at, f32x4.pmax(f32x4.add(v128.load(tile, 16), bias1), least), 16);
    at += step;
  }
  if (activation !== noActivation && activation !== relu) activateRows(activation, first, step, rows);
}
