import type { ResultRow } from './result-row.js';

/** A file of results while it is written. */
export interface RowWriter {
  write(row: ResultRow): Promise<void>;
  /** Ends the file, which is then on the disk. */
  finish(counts: ShardCounts): Promise<void>;
  /** Lets go of the file, finished or not. */
  close(): Promise<void>;
}

export interface ShardCounts {
  /** Sounds that were heard. */
  readonly clips: number;
  /** Of sound that was heard. */
  readonly seconds: number;
  /** Sounds that could not be. */
  readonly failed: number;
  /** Sounds that were heard, with a note on them. */
  readonly noted: number;
}
