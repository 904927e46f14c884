// Optimizers in WebAssembly: one pass over memory, four numbers at a time. AssemblyScript; compile.ts makes
// src/optimizer/kernel-binary.ts of it. Addresses are those of float32 numbers, `count` is how many.

/**
 * Adam, as torch.optim.Adam and AdamW have it. Gradients are multiplied by `factor` first; `l2` times the weight is added
 * to them, and weights are multiplied by `shrink`. Rests are 1 − beta, which float32 makes nothing good of; `step` and `correction` hold the rate and both corrections of bias.
 */
export function adam(
  weights: usize,
  gradients: usize,
  means: usize,
  squares: usize,
  count: i32,
  factor: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  l2: f32,
  shrink: f32,
  step: f32,
  correction: f32,
  epsilon: f32,
): void {
  const factors = f32x4.splat(factor);
  const beta1s = f32x4.splat(beta1);
  const rest1s = f32x4.splat(rest1);
  const beta2s = f32x4.splat(beta2);
  const rest2s = f32x4.splat(rest2);
  const l2s = f32x4.splat(l2);
  const shrinks = f32x4.splat(shrink);
  const steps = f32x4.splat(step);
  const corrections = f32x4.splat(correction);
  const epsilons = f32x4.splat(epsilon);
  const bytes = (<usize>count) << 2;
  for (let at: usize = 0; at < bytes; at += 16) {
    const weight = f32x4.mul(v128.load(weights + at), shrinks);
    const gradient = f32x4.add(f32x4.mul(v128.load(gradients + at), factors), f32x4.mul(l2s, weight));
    const mean = f32x4.add(f32x4.mul(v128.load(means + at), beta1s), f32x4.mul(gradient, rest1s));
    const square = f32x4.add(
      f32x4.mul(v128.load(squares + at), beta2s),
      f32x4.mul(f32x4.mul(gradient, gradient), rest2s),
    );
    v128.store(means + at, mean);
    v128.store(squares + at, square);
    const spread = f32x4.add(f32x4.mul(f32x4.sqrt(square), corrections), epsilons);
    v128.store(weights + at, f32x4.sub(weight, f32x4.div(f32x4.mul(steps, mean), spread)));
  }
}

/** Σ gradient², in float64. */
export function sumOfSquares(gradients: usize, count: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const bytes = (<usize>count) << 2;
  for (let at: usize = 0; at < bytes; at += 16) {
    const four = v128.load(gradients + at);
    const first = f64x2.promote_low_f32x4(four);
    const second = f64x2.promote_low_f32x4(i64x2.shuffle(four, four, 1, 1));
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
