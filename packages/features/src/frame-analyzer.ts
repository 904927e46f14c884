/** Turns frames of a signal into rows of features. */
export interface FrameAnalyzer {
  /** Numbers in a row. */
  readonly columns: number;
  /**
   * Reads `frames` frames of `signal`, the first from sample `start`, each `hopLength` after the one before
   * and all of them inside `signal`; writes their rows to `output` from `offset`. `firstFrame` is the first
   * one's number in the whole signal.
   */
  analyze(
    signal: Float32Array,
    start: number,
    firstFrame: number,
    frames: number,
    output: Float32Array,
    offset: number,
  ): void;
}
