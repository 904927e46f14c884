// The pieces of memory that a program reads and writes, before they have addresses.

import { integerGroup, tileColumns } from './layout.js';

export type Storage = Constant | Activation;

/** Bytes that all begin at a multiple of: a line of the processor's caches, which threads need not share. */
export const alignment = 64;

/** A weight in one of the forms that kernels read it in: written once, when the model is loaded. */
export interface Constant {
  readonly kind: 'constant';
  readonly parameter: string;
  /**
   * `plain`: float32 as stored. `packed`: float32 for `linear`. `integers`: for `integerLinear`, with the sums of
   * its columns and its scales behind it.
   */
  readonly form: 'plain' | 'packed' | 'integers';
  /** Output channels. */
  readonly rows: number;
  readonly columns: number;
  /** Whether it is stored as int8, and linears multiply that. */
  readonly isQuantized: boolean;
}

/** Numbers that a run makes, float32 all. */
export interface Activation {
  readonly kind: 'activation';
  readonly elements: number;
}

/** Tells constants apart, whatever recording they come from. */
export function keyOf({ form, rows, parameter }: Constant): string {
  return `${form} ${rows} ${parameter}`;
}

export function bytesOf(storage: Storage): number {
  if (storage.kind === 'activation') return 4 * storage.elements;
  const { form, rows, columns } = storage;
  if (form === 'plain') return 4 * rows * columns;
  if (form === 'packed') return 4 * roundUp(rows, tileColumns) * columns;
  const { scales } = integerOffsets(storage);
  return scales + 4 * roundUp(rows, tileColumns);
}

/** Where in an `integers` constant, in bytes, the sums and the scales begin. */
export function integerOffsets({ rows, columns }: Constant): {
  readonly sums: number;
  readonly scales: number;
} {
  const sums = roundUp(rows, tileColumns) * roundUp(columns, integerGroup);
  return { sums, scales: sums + 4 * roundUp(rows, tileColumns) };
}

/** The next multiple. */
export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}
