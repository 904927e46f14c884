// What every decoder hands over: interleaved blocks at the file's own rate. The rest (one channel, the
// part asked for, resampling, checks) is done once, in audio-stream.ts.

export interface DecodedAudio {
  /** Samples per second and channel. */
  readonly sampleRate: number;
  readonly channels: number;
  /** How long it is, where that is known beforehand. */
  readonly seconds?: number | undefined;
  /** Interleaved samples from frame `first` to before frame `end` (a frame is one sample of each channel). */
  blocks(first: number, end: number): AsyncIterable<Float32Array>;
  close(): Promise<void>;
}

/** The part of a decoder's output from frame `first` to before frame `end`, for those that cannot seek. */
export async function* cutFrames(
  blocks: AsyncIterable<Float32Array>,
  channels: number,
  first: number,
  end: number,
): AsyncGenerator<Float32Array> {
  let frame = 0;
  for await (const block of blocks) {
    const frames = block.length / channels;
    const from = Math.max(0, first - frame);
    const to = Math.min(frames, end - frame);
    if (from < to) yield block.subarray(from * channels, to * channels);
    frame += frames;
    if (frame >= end) return;
  }
}
