// A program as the kernels read it: records of words. Where things lie is left open until the plan is made.

import { end } from './layout.js';
import type { Activation, Storage } from './storage.js';

/** One call of a kernel. */
export interface Step {
  /** Its number in layout.ts. */
  readonly operation: number;
  /** In the order of layout.ts. */
  readonly values: readonly Value[];
  /** What it writes; another step may write another part. */
  readonly target: Activation;
  /** Storages whose elements the target may take the place of, one by one. */
  readonly replaceable: readonly Storage[];
  /** Bytes of scratch memory that each thread needs. */
  readonly scratch: number;
}

/** A size or flag, a float, or the address of a byte in a storage. */
export type Value = number | { readonly float: number } | Address;

export interface Address {
  readonly storage: Storage;
  /** In bytes. */
  readonly offset: number;
}

export function isAddress(value: Value): value is Address {
  return typeof value === 'object' && 'storage' in value;
}

/** The storages that a step reads and writes. */
export function storagesOf({ values }: Step): readonly Storage[] {
  return values.filter(isAddress).map(({ storage }) => storage);
}

/** A program in words, `addressOf` saying where storages begin. */
export function encodeProgram(steps: readonly Step[], addressOf: (storage: Storage) => number): Int32Array {
  const words = steps.flatMap(({ operation, values }) => [
    operation,
    values.length + 2,
    ...values.map((value) => {
      if (typeof value === 'number') return value;
      return isAddress(value) ? addressOf(value.storage) + value.offset : floatBits(value.float);
    }),
  ]);
  return Int32Array.from([...words, end, 2]); // addresses beyond 2³¹ wrap, as they do in WebAssembly
}

function floatBits(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0]!;
}
