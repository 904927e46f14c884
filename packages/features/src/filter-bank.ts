/** Rows are made of whole groups of so many weights, which are summed apart: a single sum would wait for itself. */
const group = 4;

/** Numbers behind the last frequency that rows may reach over, with weights of 0. */
export const overhang = group - 1;

/** Filters as sparse rows: filter m weighs `count[m]` frequencies from `first[m]`, its weights lie together. */
export interface FilterBank {
  readonly first: Int32Array; // [filters]
  readonly count: Int32Array; // [filters], multiples of 4
  readonly weights: Float64Array; // [sum of count]
}

/** Of `filters` rows, each with a weight for every frequency. */
export function createFilterBank(filters: number, rowOf: (filter: number) => number[]): FilterBank {
  const first = new Int32Array(filters);
  const count = new Int32Array(filters);
  const weights: number[] = [];
  for (let filter = 0; filter < filters; filter++) {
    const row = rowOf(filter);
    const begin = row.findIndex((value) => value !== 0);
    if (begin < 0) continue; // empty, where filters lie closer than frequencies
    const end = row.findLastIndex((value) => value !== 0) + 1;
    first[filter] = begin;
    count[filter] = Math.ceil((end - begin) / group) * group;
    for (let bin = begin; bin < begin + count[filter]!; bin++) weights.push(row[bin] ?? 0);
  }
  return { first, count, weights: Float64Array.from(weights) };
}
