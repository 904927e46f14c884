/**
 * Where a model looks in what it hears, as outputs that it computes on request: maps over its features, [frequency, time]
 * with the lowest frequencies first, whose cells cover its input evenly.
 */
export interface AttentionMaps {
  /** The output [rows, columns] of the model as a whole, and how it comes about, for captions. */
  readonly whole: { readonly output: string; readonly description: string };
  /** Outputs [heads, rows, columns] of single layers, in their order; none where it shows none. */
  readonly layers: readonly string[];
  readonly heads: number;
  /** Frames of features that a map covers. */
  readonly frames: number;
}
