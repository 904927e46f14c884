// Scalar products of many embeddings with one: by the WebAssembly of kernel/products.ts, which is given some rows at a time,
// or in plain TypeScript where WebAssembly is missing or forbidden.

import { kernelBinary } from './kernel-binary.js';

/**
 * Calls `take` with the product of each row of a table [rows, D] and a direction [D], in the table's order. Sums are made in
 * float64.
 */
export type RowProducts = (
  table: Float32Array,
  direction: Float64Array,
  take: (row: number, product: number) => void,
) => void;

/** The fastest here. */
export const rowProducts: RowProducts = (table, direction, take) => {
  kernel ??= instantiate();
  if (kernel) vectorProducts(kernel, table, direction, take);
  else scalarProducts(table, direction, take);
};

interface Kernel {
  readonly memory: WebAssembly.Memory;
  multiplyRows(rows: number, count: number, dim: number, direction: number, products: number): void;
}

/** The program's one instance; null where it cannot be. Products do not wait for anything, so they can share its memory. */
let kernel: Kernel | null | undefined;

function instantiate(): Kernel | null {
  // WebAssembly's numbers are little-endian, typed arrays are as the machine is.
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] !== 1) return null;
  try {
    const bytes = Uint8Array.from(atob(kernelBinary), (character) => character.charCodeAt(0));
    const memory = new WebAssembly.Memory({ initial: 1 });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    return { memory, ...(exports as unknown as Pick<Kernel, 'multiplyRows'>) };
  } catch {
    return null;
  }
}

/** Numbers of the table that the kernel is given at once: they stay near the core. */
const numbersAtOnce = 32_768;
const pageBytes = 65_536;

function vectorProducts(
  { memory, multiplyRows }: Kernel,
  table: Float32Array,
  direction: Float64Array,
  take: (row: number, product: number) => void,
): void {
  const dim = direction.length;
  const rows = table.length / dim;
  const count = 4 * Math.max(1, Math.floor(numbersAtOnce / dim / 4)); // rows at once
  const directionAt = 4 * count * dim;
  const productsAt = directionAt + 8 * dim;
  const missing = productsAt + 8 * count - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  const given = new Float32Array(memory.buffer, 0, count * dim);
  const products = new Float64Array(memory.buffer, productsAt, count);
  new Float64Array(memory.buffer, directionAt, dim).set(direction);
  for (let first = 0; first < rows; first += count) {
    const end = Math.min(first + count, rows);
    given.set(table.subarray(first * dim, end * dim));
    multiplyRows(0, count, dim, directionAt, productsAt); // of what lies behind the last row, too
    for (let row = first; row < end; row++) take(row, products[row - first]!);
  }
}

export const scalarProducts: RowProducts = (table, direction, take) => {
  const dim = direction.length;
  for (let row = 0, at = 0; at < table.length; row++) {
    let sum = 0;
    for (let index = 0; index < dim; index++) sum += table[at++]! * direction[index]!;
    take(row, sum);
  }
};
