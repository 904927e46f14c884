/** Samples of one channel that come in pieces, such as `openAudioStream` gives. */
export interface AudioPieces extends AsyncIterable<Float32Array> {
  /** Hertz. */
  readonly sampleRate: number;
  /** Seconds that will come, where that is known: for progress. */
  readonly seconds?: number | undefined;
  /** Samples left out so far, because nobody took them in time. */
  readonly skipped?: number | undefined;
}
