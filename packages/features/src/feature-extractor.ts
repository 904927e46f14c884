// What makes features of sound, frame by frame: one form for all kinds of them, so that front ends and streams need to
// know none.

/** Rows of features, one for each frame: row-major `[frames, columns]`. */
export interface Features {
  readonly data: Float32Array; // [frames, columns]
  readonly frames: number;
  readonly columns: number;
}

/** Makes features of signals; what that takes is made once, for many of them. */
export interface FeatureExtractor {
  /** Extractors of one key make the same features of the same samples. */
  readonly key: string;
  /** Hertz of the samples. */
  readonly sampleRate: number;
  /** Samples from one frame to the next. */
  readonly hopLength: number;
  /** Numbers in a frame. */
  readonly columns: number;
  /** Hertz in the middle of each column, where columns are frequencies. */
  readonly frequencies?: readonly number[] | undefined;
  /** The fewest samples that make a frame. */
  readonly minSamples: number;
  /** Frames that a signal of `sampleCount` samples gives: 0 below `minSamples`. */
  frameCount(sampleCount: number): number;
  /** The most samples that give no more than so many frames. */
  maxSamples(frames: number): number;
  /**
   * The features of a whole signal. They are written into `into`, when given, which must hold at least
   * `frameCount(samples.length) * columns` numbers; `data` is then a view of it.
   *
   * Throws an `audio-too-short` error below `minSamples`, and an `audio` error that names the first sample
   * that is NaN or infinite.
   */
  compute(samples: Float32Array, into?: Float32Array): Features;
  /**
   * What of the features hangs on all frames of a clip, such as a floor below the loudest: done in place to the frames
   * `data` [frames, columns], which are then a clip. `compute` does it, streams cannot.
   */
  finishClip?(data: Float32Array): void;
  /** The same features from a signal that comes in pieces. Throws an `argument` error where they need it whole. */
  stream(): FeatureStream;
}

export interface FeatureStream {
  /** Takes the next samples, any number of them. Returns the frames that they complete. */
  push(samples: Float32Array): Features;
  /** Ends the signal. Returns the frames that reach over its end; throws as `compute` does if it was too short. */
  finish(): Features;
}
