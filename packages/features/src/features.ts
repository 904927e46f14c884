/** Rows of features, one for each frame: row-major `[frames, columns]`. */
export interface Features {
  readonly data: Float32Array; // [frames, columns]
  readonly frames: number;
  /** `melBins`, and one more with `useEnergy`. */
  readonly columns: number;
}
