import { readFileSync } from 'node:fs';
import { tensor } from '@audiozoo/core';
import { embeddingIndex, placesApart } from '@audiozoo/tasks';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { compileKernel } from '../kernel/compile.js';
import { rowProducts, scalarProducts } from '../src/search/row-products.js';

/** Sums in another order differ in their last bits. */
const scoreTolerance = 1e-12;

const cosine = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>) =>
    Array.from(x, (value, index) => value * y[index]!).reduce((sum, value) => sum + value, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

describe('embeddingIndex', () => {
  test('finds the rows of the highest cosines, of any number and dimension', () => {
    const numbers = (length: number) =>
      fc.array(fc.integer({ min: -9, max: 9 }), { minLength: length, maxLength: length });
    const cases = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 5 }))
      .chain(([dim, rows, topK]) => fc.tuple(numbers(dim), numbers(dim * rows), fc.constant(topK)));
    fc.assert(
      fc.property(cases, ([asked, values, topK]) => {
        fc.pre(asked.some((value) => value !== 0));
        const query = Float32Array.from(asked);
        const [dim, rows] = [query.length, values.length / query.length];
        const data = Float32Array.from(values);
        const scores = Array.from({ length: rows }, (_, row) =>
          cosine(data.subarray(row * dim, (row + 1) * dim), query),
        );
        const expected = scores.filter((score) => !Number.isNaN(score)).sort((a, b) => b - a);
        const found = embeddingIndex(tensor('float32', [rows, dim], data)).search(query, { topK });
        expect(found).toHaveLength(Math.min(topK, expected.length));
        found.forEach(({ index, score }, rank) => {
          expect(Math.abs(score - scores[index]!)).toBeLessThan(scoreTolerance);
          expect(Math.abs(score - expected[rank]!)).toBeLessThan(scoreTolerance);
        });
        expect(new Set(found.map(({ index }) => index)).size).toBe(found.length);
      }),
    );
  });

  test('never finds a row without a direction, and tells equal ones in their order', () => {
    const rows = [
      [NaN, 1],
      [3, 4],
      [0, 0],
      [Infinity, 1],
      [3, 4],
      [4, 3],
    ].flat();
    const index = embeddingIndex(tensor('float32', [6, 2], Float32Array.from(rows)));
    const found = index.search(Float32Array.of(3, 4));
    expect(found.map((neighbor) => neighbor.index)).toEqual([1, 4, 5]);
    expect(found[0]!.score).toBeCloseTo(1, 12);
  });

  test.each([[Float32Array.of(1, 2, 3)], [Float32Array.of(0, 0)], [Float32Array.of(NaN, 1)]])(
    'refuses to look for %j among rows of two',
    (query) => {
      const index = embeddingIndex(tensor('float32', [1, 2], Float32Array.of(1, 2)));
      expect(() => index.search(query)).toThrow('2 finite numbers');
    },
  );
});

describe('products of rows', () => {
  test('come of a kernel that is what kernel/compile.ts makes of kernel/products.ts', async () => {
    const kept = readFileSync(new URL('../src/search/kernel-binary.ts', import.meta.url), 'utf8');
    expect(kept).toBe(await compileKernel());
  });

  test('are worked out by that kernel where there is WebAssembly', async () => {
    vi.resetModules(); // for memory of its own, which grows for the first table
    const grown = vi.spyOn(WebAssembly.Memory.prototype, 'grow');
    const { rowProducts } = await import('../src/search/row-products.js');
    rowProducts(new Float32Array(8), new Float64Array(4), () => {});
    expect(grown).toHaveBeenCalledOnce();
    grown.mockRestore();
  });

  test.each([
    [1, 5],
    [3, 1],
    [7, 130],
    [512, 67],
    [40_001, 6],
  ])('are the same without WebAssembly: of %i numbers in %i rows', (dim, rows) => {
    const table = Float32Array.from({ length: rows * dim }, (_, at) => Math.sin(at * at));
    const direction = Float64Array.from({ length: dim }, (_, at) => Math.cos(3 * at));
    const [vector, scalar] = [rowProducts, scalarProducts].map((products) => {
      const taken: number[] = [];
      products(table, direction, (row, product) => {
        expect(row).toBe(taken.length);
        taken.push(product);
      });
      return taken;
    });
    expect(vector).toHaveLength(rows);
    vector!.forEach((product, row) => {
      expect(Math.abs(product - scalar![row]!)).toBeLessThan(scoreTolerance * Math.max(1, dim));
    });
  });
});

describe('placesApart', () => {
  test('leaves out what overlaps a better place of the same sound, and what is too many', () => {
    const place = (start: number, name = 'a.wav') => ({ name, start, end: start + 2 });
    const found = [place(4), place(5), place(5, 'b.wav'), place(2), place(6), place(0)];
    expect(placesApart(found, 4)).toEqual([place(4), place(5, 'b.wav'), place(2), place(6)]);
  });

  test('keeps whole sounds beside places', () => {
    const [whole, place] = [{ name: 'a.wav' }, { name: 'a.wav', start: 0, end: 1 }];
    expect(placesApart([whole, place, whole], 9)).toEqual([whole, place, whole]);
  });
});
