// What layers end with, on vectors of four floats. Where x is not a number, neither is the result.

import { exponential, gaussianErrorLinearUnit } from './arithmetic';
import { gelu, hardswish, noActivation, relu, sigmoid, tanh } from './layout';

/** An activation is the number of an operation on single numbers, or none. */
export function activated(activation: i32, x: v128): v128 {
  if (activation === noActivation) return x;
  if (activation === relu) return f32x4.pmax(x, f32x4.splat(0));
  if (activation === hardswish) return hardSwish(x);
  if (activation === gelu) return gaussianErrorLinearUnit(x);
  if (activation === sigmoid) return logistic(x);
  if (activation === tanh) {
    const half = logistic(f32x4.add(x, x));
    return f32x4.sub(f32x4.add(half, half), f32x4.splat(1));
  }
  return unreachable();
}

/** Rows of eight floats, `step` bytes apart, in place. */
export function activateRows(activation: i32, at: usize, step: usize, rows: i32): void {
  for (let row = 0; row < rows; row++) {
    if (activation === hardswish) {
      v128.store(at, hardSwish(v128.load(at)));
      v128.store(at, hardSwish(v128.load(at, 16)), 16);
    } else {
      v128.store(at, activated(activation, v128.load(at)));
      v128.store(at, activated(activation, v128.load(at, 16)), 16);
    }
    at += step;
  }
}

function hardSwish(x: v128): v128 {
  const share = f32x4.pmin(f32x4.pmax(f32x4.add(x, f32x4.splat(3)), f32x4.splat(0)), f32x4.splat(6));
  return f32x4.mul(f32x4.mul(x, share), f32x4.splat(<f32>(1.0 / 6.0)));
}

function logistic(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exponential(f32x4.neg(x))));
}
