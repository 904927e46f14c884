import type { Entry } from './entry.js';

/** Sounds that are done together: what is lost when a process ends, and what a worker takes. */
export interface Shard {
  /** 32 hexadecimal digits of the SHA-256 of its entries: what its results are called. */
  readonly id: string;
  readonly entries: readonly Entry[];
  /** Of sound, as far as file sizes and the entries tell. */
  readonly seconds: number;
}
