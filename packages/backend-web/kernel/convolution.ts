// Convolutions over images whose channels lie beside one another, [batch, height, width, channels]. Those of all
// channels are products of matrices: `unfold` makes a row of what each output reads.

import { activated, activateRows } from './activations';
import { floats, loadUpTo4, multiplyAdd, storeUpTo4 } from './arithmetic';
import { noActivation, relu, tileColumns } from './layout';
import { takePiece } from './teamwork';

/** x → target [batch · outHeight · outWidth, channels · kernelHeight · kernelWidth], zeros around. */
export function unfold(
  x: usize,
  target: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  down: i32,
  across: i32,
  above: i32,
  before: i32,
  outHeight: i32,
  outWidth: i32,
): void {
  const taps = kernelHeight * kernelWidth;
  for (let piece = takePiece(); piece < batch * outHeight; piece = takePiece()) {
    const image = x + floats((piece / outHeight) * height * width * channels);
    const top = (piece % outHeight) * down - above;
    let to = target + floats(piece * outWidth * channels * taps);
    for (let column = 0; column < outWidth; column++) {
      const left = column * across - before;
      for (let kernelRow = 0; kernelRow < kernelHeight; kernelRow++) {
        const row = top + kernelRow;
        const isRow = row >= 0 && row < height;
        if (channels === 1 && isRow && left >= 0 && left + kernelWidth <= width) {
          let from = image + floats(row * width + left);
          const start = to + floats(kernelRow * kernelWidth);
          for (let at = start; at < start + floats(kernelWidth); at += 4) {
            store<f32>(at, load<f32>(from));
            from += 4;
          }
          continue;
        }
        for (let kernelColumn = 0; kernelColumn < kernelWidth; kernelColumn++) {
          const place = left + kernelColumn;
          const isThere = isRow && place >= 0 && place < width;
          const from = image + floats((row * width + place) * channels);
          let at = to + floats(kernelRow * kernelWidth + kernelColumn);
          for (let channel = 0; channel < channels; channel++) {
            store<f32>(at, isThere ? load<f32>(from + floats(channel)) : 0);
            at += floats(taps);
          }
        }
      }
      to += floats(channels * taps);
    }
  }
}

/** Each channel by itself: x, weight [ceil(channels / 8)][taps][8] → target [batch, outHeight, outWidth, channels]. */
export function depthwise(
  x: usize,
  weight: usize,
  bias: usize,
  target: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  down: i32,
  across: i32,
  above: i32,
  before: i32,
  outHeight: i32,
  outWidth: i32,
  activation: i32,
): void {
  const pixel = floats(channels);
  const step = pixel * across;
  const isBounded = activation === noActivation || activation === relu;
  const least = f32x4.splat(activation === relu ? 0 : -Infinity);
  for (let piece = takePiece(); piece < batch * outHeight; piece = takePiece()) {
    const top = (piece % outHeight) * down - above;
    const firstRow = max(0, -top);
    const endRow = min(kernelHeight, height - top);
    const image = x + floats(((piece / outHeight) * height + top) * width * channels);
    const row = target + floats(piece * outWidth * channels);
    for (let channel = 0; channel < channels; channel += tileColumns) {
      const panel = weight + floats(channel * kernelHeight * kernelWidth);
      const there = channels - channel;
      const bias0 = bias ? loadUpTo4(bias + floats(channel), there) : f32x4.splat(0);
      const bias1 = bias ? loadUpTo4(bias + floats(channel + 4), there - 4) : f32x4.splat(0);
      let column = 0;
      while (column < outWidth) {
        const left = column * across - before;
        let to = row + floats(column * channels + channel);
        if (
          there >= tileColumns &&
          left >= 0 &&
          column + 4 <= outWidth &&
          left + 3 * across + kernelWidth <= width
        ) {
          let a0 = bias0;
          let a1 = bias1;
          let b0 = bias0;
          let b1 = bias1;
          let c0 = bias0;
          let c1 = bias1;
          let d0 = bias0;
          let d1 = bias1;
          for (let kernelRow = firstRow; kernelRow < endRow; kernelRow++) {
            let from = image + floats((kernelRow * width + left) * channels + channel);
            let at = panel + floats(kernelRow * kernelWidth * tileColumns);
            const end = at + floats(kernelWidth * tileColumns);
            while (at < end) {
              const w0 = v128.load(at);
              const w1 = v128.load(at, 16);
              a0 = multiplyAdd(v128.load(from), w0, a0);
              a1 = multiplyAdd(v128.load(from, 16), w1, a1);
              let beside = from + step;
              b0 = multiplyAdd(v128.load(beside), w0, b0);
              b1 = multiplyAdd(v128.load(beside, 16), w1, b1);
              beside += step;
              c0 = multiplyAdd(v128.load(beside), w0, c0);
              c1 = multiplyAdd(v128.load(beside, 16), w1, c1);
              beside += step;
              d0 = multiplyAdd(v128.load(beside), w0, d0);
              d1 = multiplyAdd(v128.load(beside, 16), w1, d1);
              from += pixel;
              at += floats(tileColumns);
            }
          }
          v128.store(to, f32x4.pmax(a0, least));
          v128.store(to, f32x4.pmax(a1, least), 16);
          to += pixel;
          v128.store(to, f32x4.pmax(b0, least));
          v128.store(to, f32x4.pmax(b1, least), 16);
          to += pixel;
          v128.store(to, f32x4.pmax(c0, least));
          v128.store(to, f32x4.pmax(c1, least), 16);
          to += pixel;
          v128.store(to, f32x4.pmax(d0, least));
          v128.store(to, f32x4.pmax(d1, least), 16);
          if (!isBounded) activateRows(activation, to - 3 * pixel, pixel, 4);
          column += 4;
        } else {
          let sum0 = bias0;
          let sum1 = bias1;
          for (let kernelRow = firstRow; kernelRow < endRow; kernelRow++) {
            const firstTap = max(0, -left);
            const taps = min(kernelWidth, width - left) - firstTap;
            let from = image + floats((kernelRow * width + left + firstTap) * channels + channel);
            let at = panel + floats((kernelRow * kernelWidth + firstTap) * tileColumns);
            const end = at + floats(taps * tileColumns);
            for (; at < end; at += floats(tileColumns)) {
              const x0 = there >= tileColumns ? v128.load(from) : loadUpTo4(from, there);
              const x1 = there >= tileColumns ? v128.load(from, 16) : loadUpTo4(from + 16, there - 4);
              sum0 = multiplyAdd(x0, v128.load(at), sum0);
              sum1 = multiplyAdd(x1, v128.load(at, 16), sum1);
              from += pixel;
            }
          }
          storeUpTo4(to, activated(activation, sum0), there);
          storeUpTo4(to + 16, activated(activation, sum1), there - 4);
          column++;
        }
      }
    }
  }
}
