// Which of many embeddings are nearest to one.

import { AudiozooError, type Tensor } from '@audiozoo/core';
import { checkOptions, formatShape } from '@audiozoo/core/plugin';
import { checkNumbers } from '../check-numbers.js';
import { rowProducts } from './row-products.js';

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
      const direction = Float64Array.from(query, (value) => value / length);
      let found: Neighbor[] = [];
      let least = Number.NEGATIVE_INFINITY; // what a row must surpass
      const keepBest = () => {
        found = found.sort((a, b) => b.score - a.score || a.index - b.index).slice(0, topK);
        if (found.length === topK) least = found.at(-1)!.score;
      };
      rowProducts(data, direction, (row, product) => {
        const score = product / norms[row]!;
        if (score > least) found.push({ index: row, score }); // NaN never is
        if (found.length >= 2 * topK + 64) keepBest();
      });
      keepBest();
      return found;
    },
  };
}

function normOf(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
