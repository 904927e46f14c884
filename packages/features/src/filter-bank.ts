/** Filters as sparse rows: filter m weighs `count[m]` frequencies from `first[m]`, its weights lie together. */
export interface FilterBank {
  readonly first: Int32Array; // [filters]
  readonly count: Int32Array; // [filters]
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
    count[filter] = end - begin;
    for (let bin = begin; bin < end; bin++) weights.push(row[bin]!);
  }
  return { first, count, weights: Float64Array.from(weights) };
}
