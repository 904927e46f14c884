/** How far work is, in one shape for all that reports it. */
export interface Progress {
  readonly done: number;
  /** In all, where that is known before the end. */
  readonly total: number | undefined;
  readonly unit: 'bytes' | 'seconds' | 'files' | 'clips';
}
