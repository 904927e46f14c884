// FLAC's predictors: each sample is a sum over those before it, plus what lies in its place already.

/** Coefficients of the polynomials through 0 to 4 samples. */
const fixed: readonly (readonly number[])[] = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

export function predictFixed(samples: Float64Array, order: number): void {
  const [a = 0, b = 0, c = 0, d = 0] = fixed[order]!;
  for (let index = order; index < samples.length; index++) {
    let sum = samples[index]!;
    if (order > 0) sum += a * samples[index - 1]!;
    if (order > 1) sum += b * samples[index - 2]!;
    if (order > 2) sum += c * samples[index - 3]!;
    if (order > 3) sum += d * samples[index - 4]!;
    samples[index] = sum;
  }
}

export function predict(samples: Float64Array, coefficients: Float64Array, shift: number): void {
  const order = coefficients.length;
  const scale = 2 ** -shift;
  for (let index = order; index < samples.length; index++) {
    let even = 0; // two sums, because one would wait for itself at each product
    let odd = 0;
    let tap = 0;
    for (; tap + 1 < order; tap += 2) {
      even += coefficients[tap]! * samples[index - 1 - tap]!;
      odd += coefficients[tap + 1]! * samples[index - 2 - tap]!;
    }
    if (tap < order) even += coefficients[tap]! * samples[index - 1 - tap]!;
    samples[index]! += Math.floor((even + odd) * scale);
  }
}
