// Which of many embeddings are nearest to one.

import { AudiozooError, type Tensor } from '@audiozoo/core';
import { checkOptions, formatShape } from '@audiozoo/core/plugin';
import { checkNumbers } from '../check-numbers.js';

export interface Neighbor {
  /** Row of the table. */
  readonly index: number;
  /** Cosine of the angle between the two, from −1 to 1. */
  readonly score: number;
}

export interface EmbeddingIndex {
  /** The nearest rows, nearest first; equal ones in the table's order. Throws an `argument` error on another dimension. */
  search(query: Float32Array, options?: { readonly topK?: number | undefined }): Neighbor[];
}

/**
 * A table of embeddings [rows, D] to search by cosine. Rows that have no direction (NaN, as `audiozoo embed` writes for
 * files that cannot be heard, infinite or zero) are never found. The table is kept, not copied.
 */
export function embeddingIndex({ data, shape }: Tensor<'float32'>): EmbeddingIndex {
  const [rows = 0, dim = 0] = shape;
  if (shape.length !== 2 || dim === 0) {
    throw new AudiozooError({
      code: 'argument',
      what: 'this is no table of embeddings',
      expected: '[rows, dimensions]',
      got: formatShape(shape),
    });
  }
  const norms = Float64Array.from({ length: rows }, (_, row) =>
    normOf(data.subarray(row * dim, (row + 1) * dim)),
  );

  return {
    search(query, options = {}) {
      checkNumbers('the query', query);
      checkOptions('search', options, { topK: 'count' });
      const { topK = 10 } = options;
      const length = normOf(query);
      if (query.length !== dim || !(length > 0 && length < Number.POSITIVE_INFINITY)) {
        throw new AudiozooError({
          code: 'argument',
          what: 'the query does not fit the embeddings',
          expected: `${dim} finite numbers, not all 0`,
          got: query.length === dim ? 'others' : `${query.length}`,
          hint: 'Make both with one model.',
          option: 'model',
        });
      }
      const direction = Float64Array.from(query, (value) => value / length); // so that nothing is widened again and again
      const products = new Float64Array(4);
      let found: Neighbor[] = [];
      let least = Number.NEGATIVE_INFINITY; // what a row must surpass
      const keepBest = () => {
        found = found.sort((a, b) => b.score - a.score || a.index - b.index).slice(0, topK);
        if (found.length === topK) least = found.at(-1)!.score;
      };
      for (let first = 0; first < rows; first += 4) {
        multiplyFour(data, first, rows - 1, direction, products);
        for (let row = first; row < Math.min(first + 4, rows); row++) {
          const score = products[row - first]! / norms[row]!;
          if (score > least) found.push({ index: row, score }); // NaN never is
        }
        if (found.length >= 2 * topK + 64) keepBest();
      }
      keepBest();
      return found;
    },
  };
}

function normOf(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

/**
 * Of four rows from `first` on, none behind the last: no sum waits for another, and the query is read once for all.
 * Destructured, V8 would keep the sums boxed: twice the time.
 */
function multiplyFour(
  table: Float32Array, // [rows, D]
  first: number,
  last: number,
  direction: Float64Array, // [D]
  into: Float64Array, // [4]
): void {
  const dim = direction.length;
  const a = first * dim;
  const b = Math.min(first + 1, last) * dim;
  const c = Math.min(first + 2, last) * dim;
  const d = Math.min(first + 3, last) * dim;
  let sumA = 0;
  let sumB = 0;
  let sumC = 0;
  let sumD = 0;
  for (let at = 0; at < dim; at++) {
    const value = direction[at]!;
    sumA += table[a + at]! * value;
    sumB += table[b + at]! * value;
    sumC += table[c + at]! * value;
    sumD += table[d + at]! * value;
  }
  into[0] = sumA;
  into[1] = sumB;
  into[2] = sumC;
  into[3] = sumD;
}
