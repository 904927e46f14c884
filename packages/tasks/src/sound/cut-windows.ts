// Sound that comes in pieces of any size, cut into windows on a fixed grid. Memory is bounded by one window
// and one piece.

export interface WindowGrid {
  /** Samples of a window, and from one window to the next. */
  readonly length: number;
  readonly hop: number;
  /**
   * Whether the first window has its middle, rather than its beginning, at the first sample. Silence lies before
   * and behind the sound then.
   */
  readonly centered: boolean;
  /** Windows with fewer samples of the sound than these are left out. */
  readonly minSamples: number;
}

export interface SoundWindow {
  /** Sample where the grid has this window: below 0 for the first centered ones. */
  readonly position: number;
  /** Samples of the sound that are in it, from `first` to before `end`. */
  readonly first: number;
  readonly end: number;
  /** Fewer than `length` at the end of the sound, unless windows are centered. */
  readonly samples: Float32Array;
}

/**
 * The windows of a sound, in order. The last one is the first to reach the end, with what is left (centered: the
 * last whose middle lies in the sound). Sound in which no window has `minSamples` comes as it is, for
 * those who check to refuse it.
 */
export async function* cutWindows(
  pieces: AsyncIterable<Float32Array>,
  { length, hop, centered, minSamples }: WindowGrid,
): AsyncGenerator<SoundWindow, void, undefined> {
  const middle = Math.floor(length / 2);
  const kept = new Float32Array(length); // samples `first` to `heard` of the sound
  let position = centered ? -middle : 0;
  let first = 0;
  let heard = 0;
  let reached = 0; // the end of the latest window
  let windows = 0;

  const current = (): SoundWindow => {
    const heardOfIt = kept.subarray(0, Math.max(0, heard - first));
    const samples = new Float32Array(centered ? length : heardOfIt.length);
    samples.set(heardOfIt, first - position);
    return { position, first, end: first + heardOfIt.length, samples };
  };
  const take = (): SoundWindow | undefined => {
    const window = current();
    reached = heard;
    position += hop;
    const next = Math.max(0, position);
    if (next < heard) kept.copyWithin(0, next - first, heard - first);
    first = next;
    return window.end - window.first < minSamples ? undefined : window;
  };

  for await (const piece of pieces) {
    for (let offset = 0; offset < piece.length; ) {
      if (heard < first) {
        const skipped = Math.min(first - heard, piece.length - offset);
        heard += skipped;
        offset += skipped;
        continue;
      }
      const part = piece.subarray(offset, offset + position + length - heard);
      kept.set(part, heard - first);
      heard += part.length;
      offset += part.length;
      if (heard < position + length) continue;
      const window = take();
      if (!window) continue;
      windows++;
      yield window;
    }
  }
  const whole = { ...current(), samples: kept.slice(0, Math.max(0, heard - first)) };
  const isLeft = () => (centered ? position + middle < heard : heard > reached && heard > first);
  while (isLeft()) {
    const window = take();
    if (!window) continue;
    windows++;
    yield window;
  }
  if (windows === 0) yield whole;
}
