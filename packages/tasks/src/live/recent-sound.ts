/** The latest samples of a sound, by their places in it. */
export interface RecentSound {
  push(samples: Float32Array): void;
  /** Samples that came in all. */
  readonly length: number;
  /** A copy of the samples `first` to before `end`, which have to be among those that are kept. */
  read(first: number, end: number): Float32Array;
}

/** Keeps so many samples, and twice as many for a while, so that few are moved. */
export function recentSound(kept: number): RecentSound {
  let memory = new Float32Array(2 * kept);
  let length = 0;
  let begin = 0; // place of the memory's first sample in the sound
  return {
    push(samples) {
      if (length - begin + samples.length > memory.length) {
        const first = Math.max(begin, length - kept);
        const next = new Float32Array(Math.max(2 * kept, length - first + samples.length));
        next.set(memory.subarray(first - begin, length - begin));
        memory = next;
        begin = first;
      }
      memory.set(samples, length - begin);
      length += samples.length;
    },
    get length() {
      return length;
    },
    read: (first, end) => memory.slice(first - begin, end - begin),
  };
}
