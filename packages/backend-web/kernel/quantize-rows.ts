// Rows of floats to integers of seven bits, each row with a scale and a zero point of its own, packed as
// integer products read them.

import { floats, largestOf, loadUpTo4, roundedUp, smallestOf } from './arithmetic';
import { integerGroup, tileRows } from './layout';

const largest: f32 = 127;

/** x [count, width] → target [tiles][ceil(width / 4)][6][4], scales [count], zero points [count] (int32). */
export function quantizeRows(
  x: usize,
  count: i32,
  width: i32,
  target: usize,
  scales: usize,
  zeros: usize,
): void {
  const depth = roundedUp(width, integerGroup);
  const step = <usize>(tileRows * integerGroup);
  for (let row = 0; row < count; row++) {
    const source = x + floats(row * width);
    // Zero is within every row's range, so that it stays zero.
    let low = f32x4.splat(0);
    let high = f32x4.splat(0);
    for (let index = 0; index < width; index += 4) {
      const values = loadUpTo4(source + floats(index), width - index);
      low = f32x4.min(low, values);
      high = f32x4.max(high, values);
    }
    const least = smallestOf(low);
    const range = largestOf(high) - least;
    const scale = range / largest;
    const perStep: f32 = range > 0 ? largest / range : 0;
    const zero = nearest<f32>(-least * perStep);
    store<f32>(scales + floats(row), scale);
    store<i32>(zeros + floats(row), <i32>zero);

    const factor = f32x4.splat(perStep);
    const shift = f32x4.splat(zero);
    let at = target + <usize>((row / tileRows) * tileRows * depth + (row % tileRows) * integerGroup);
    for (let index = 0; index < width; index += 4) {
      const values = loadUpTo4(source + floats(index), width - index);
      const steps = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.add(f32x4.mul(values, factor), shift)));
      const bounded = i32x4.max_s(i32x4.min_s(steps, i32x4.splat(127)), i32x4.splat(0));
      const words = i16x8.narrow_i32x4_s(bounded, bounded);
      v128.store32_lane(at, i8x16.narrow_i16x8_u(words, words), 0);
      at += step;
    }
  }
}
