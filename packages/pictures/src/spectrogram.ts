/** Features [frames, columns] and what their axes measure. */
export interface Spectrogram {
  readonly frames: number;
  readonly columns: number;
  readonly data: Float32Array;
  readonly secondsPerFrame: number;
  /** Hertz of each column; columns are numbered when it is absent. */
  readonly frequencies: readonly number[] | undefined;
}

/** Loudness from 0 to 1: the quietest hundredth is 0, the loudest thousandth 1. */
export function loudness({ frames, columns, data }: Spectrogram): (frame: number, column: number) => number {
  const sorted = data.slice(0, frames * columns).sort();
  const at = (share: number) => sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)]!;
  const [low, high] = [at(0.01), at(0.999)];
  return (frame, column) => {
    const row = Math.min(Math.floor(frame), frames - 1);
    const value = data[row * columns + Math.min(Math.floor(column), columns - 1)]!;
    return Math.min(Math.max((value - low) / (high - low || 1), 0), 1);
  };
}
