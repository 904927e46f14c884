// The inverse of the standard normal distribution function, by rational approximations in three regions:
// Wichura's algorithm AS 241 (PPND16), exact to about 1e-16. d′ is read off it, and simpler formulas with
// their 1e-9 would show in comparisons with SciPy.

import { AudiozooError } from '@audiozoo/core';
import { describeValue } from '@audiozoo/core/plugin';

type Coefficients = readonly number[];

/** |p − ½| up to which the central approximation holds. */
const centralHalfWidth = 0.425;
/** √(−ln p) from which on the far tail begins. */
const tailBoundary = 5;

const centralNumerator: Coefficients = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
];
const centralDenominator: Coefficients = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852546,
];
const middleNumerator: Coefficients = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
];
const middleDenominator: Coefficients = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
];
const tailNumerator: Coefficients = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
];
const tailDenominator: Coefficients = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
  0.000018463183175100548, 1.421511758316446e-7, 2.0442631033899397e-15,
];

/**
 * The x below which a standard normal variable lies with probability `p`: ∓Infinity for 0 and 1. Matches
 * scipy.stats.norm.ppf. Throws an `argument` error outside 0 to 1.
 */
export function normalQuantile(p: number): number {
  if (!(typeof p === 'number' && p >= 0 && p <= 1)) {
    throw new AudiozooError({
      code: 'argument',
      what: 'a probability is not one',
      expected: 'a number from 0 to 1',
      got: describeValue(p),
    });
  }
  const fromCenter = p - 0.5;
  if (Math.abs(fromCenter) <= centralHalfWidth) {
    const r = centralHalfWidth ** 2 - fromCenter ** 2;
    return (fromCenter * polynomial(centralNumerator, r)) / polynomial(centralDenominator, r);
  }
  const sign = Math.sign(fromCenter);
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
