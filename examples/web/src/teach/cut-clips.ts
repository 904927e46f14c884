// A recording, as a model learns from it: clips as long as it hears at a time, without the quiet between the sounds.

export interface ClipLengths {
  /** Samples of a clip, and from the beginning of one to that of the next. */
  readonly length: number;
  readonly hop: number;
}

/** Clips that are so much quieter than the loudest of their recording are left out: 20 dB. */
const quietest = 1 / 10;

/** One clip where the recording is no longer, else clips that overlap; the last one reaches the end. */
export function cutClips(samples: Float32Array, { length, hop }: ClipLengths): Float32Array[] {
  if (samples.length <= length) return [samples];
  const clips: Float32Array[] = [];
  for (let start = 0; start < samples.length - length; start += hop) {
    clips.push(samples.subarray(start, start + length));
  }
  clips.push(samples.subarray(samples.length - length));
  const levels = clips.map(level);
  const least = quietest * Math.max(...levels);
  return clips.filter((_, place) => levels[place]! >= least);
}

/** The root of the mean square. */
export function level(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}
