// The inverse of the standard normal distribution function, by rational approximations in three regions:
// Wichura's algorithm AS 241 (PPND16), exact to about 1e-16. d′ is read off it, and simpler formulas with
// their 1e-9 would show in comparisons with SciPy.

import { AudiozooError } from '@audiozoo/core';

type Coefficients = readonly number[];

/** |p − ½| up to which the central approximation holds. */
const centralHalfWidth = 0.425;
/** √(−ln p) from which on the far tail begins. */
const tailBoundary = 5;

const centralNumerator: Coefficients = [
  3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
  45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
];
const centralDenominator: Coefficients = [
  1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867,
  39307.89580009271061, 28729.085735721942674, 5226.495278852545925,
];
const middleNumerator: Coefficients = [
  1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
  1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
];
const middleDenominator: Coefficients = [
  1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
  0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
];
const tailNumerator: Coefficients = [
  6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
  0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
];
const tailDenominator: Coefficients = [
  1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4,
  1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
];

/**
 * The x below which a standard normal variable lies with probability `p`: ∓Infinity for 0 and 1. Matches
 * scipy.stats.norm.ppf. Throws an `argument` error outside 0 to 1.
 */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) {
    throw new AudiozooError({
      code: 'argument',
      what: 'a probability is not one',
      expected: 'a number from 0 to 1',
      got: `${p}`,
    });
  }
  const fromCentre = p - 0.5;
  if (Math.abs(fromCentre) <= centralHalfWidth) {
    const r = centralHalfWidth ** 2 - fromCentre ** 2;
    return (fromCentre * polynomial(centralNumerator, r)) / polynomial(centralDenominator, r);
  }
  const sign = Math.sign(fromCentre);
  const r = Math.sqrt(-Math.log(Math.min(p, 1 - p)));
  if (r === Infinity) return sign * Infinity;
  if (r <= tailBoundary) {
    const t = r - 1.6;
    return (sign * polynomial(middleNumerator, t)) / polynomial(middleDenominator, t);
  }
  const t = r - tailBoundary;
  return (sign * polynomial(tailNumerator, t)) / polynomial(tailDenominator, t);
}

/** Horner's scheme; the constant term comes first. */
function polynomial(coefficients: Coefficients, x: number): number {
  return coefficients.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}
