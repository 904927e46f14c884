// Rows of a matrix, tile by tile in the order in which products read them: for each column, the numbers of
// `tileRows` rows beside one another.

import { floats } from './arithmetic';
import { tileRows } from './layout';

/** Packs `count` rows (1 to tileRows) of `width`, `step` bytes apart; places of rows that are not there repeat the last. */
export function packRows(source: usize, step: usize, count: i32, width: i32, target: usize): void {
  const last = count - 1;
  const r0 = source;
  const r1 = source + step * min(1, last);
  const r2 = source + step * min(2, last);
  const r3 = source + step * min(3, last);
  const r4 = source + step * min(4, last);
  const r5 = source + step * min(5, last);
  const column = floats(tileRows);
  const whole = floats(width & ~3);
  const end = floats(width);
  let at: usize = 0;
  for (; at < whole; at += 16) {
    const x0 = v128.load(r0 + at);
    const x1 = v128.load(r1 + at);
    const x2 = v128.load(r2 + at);
    const x3 = v128.load(r3 + at);
    const x4 = v128.load(r4 + at);
    const x5 = v128.load(r5 + at);
    const low01 = v128.shuffle<i32>(x0, x1, 0, 4, 1, 5);
    const low23 = v128.shuffle<i32>(x2, x3, 0, 4, 1, 5);
    const low45 = v128.shuffle<i32>(x4, x5, 0, 4, 1, 5);
    const high01 = v128.shuffle<i32>(x0, x1, 2, 6, 3, 7);
    const high23 = v128.shuffle<i32>(x2, x3, 2, 6, 3, 7);
    const high45 = v128.shuffle<i32>(x4, x5, 2, 6, 3, 7);
    v128.store(target, v128.shuffle<i64>(low01, low23, 0, 2));
    v128.store64_lane(target, low45, 0, 16);
    v128.store(target, v128.shuffle<i64>(low01, low23, 1, 3), 24);
    v128.store64_lane(target, low45, 1, 40);
    v128.store(target, v128.shuffle<i64>(high01, high23, 0, 2), 48);
    v128.store64_lane(target, high45, 0, 64);
    v128.store(target, v128.shuffle<i64>(high01, high23, 1, 3), 72);
    v128.store64_lane(target, high45, 1, 88);
    target += column << 2;
  }
  for (; at < end; at += 4) {
    store<f32>(target, load<f32>(r0 + at));
    store<f32>(target, load<f32>(r1 + at), 4);
    store<f32>(target, load<f32>(r2 + at), 8);
    store<f32>(target, load<f32>(r3 + at), 12);
    store<f32>(target, load<f32>(r4 + at), 16);
    store<f32>(target, load<f32>(r5 + at), 20);
    target += column;
  }
}
