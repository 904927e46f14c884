import type { Canvas, Colour, Rectangle } from './canvas.js';

/** Features [frames, columns] and what their axes measure. */
export interface Spectrogram {
  readonly frames: number;
  readonly columns: number;
  readonly data: Float32Array;
  readonly secondsPerFrame: number;
  /** Hertz of each column; columns are numbered when it is absent. */
  readonly frequencies: readonly number[] | undefined;
}

/** A place in the spectrogram: frame and column, with fractions. */
export type Shade = (frame: number, column: number) => Colour;

/** Paints an area of the canvas, column 0 lowest. */
export function paintSpectrogram(
  canvas: Canvas,
  area: Rectangle,
  { frames, columns }: Pick<Spectrogram, 'frames' | 'columns'>,
  shade: Shade,
): void {
  canvas.paint(area, (x, y) =>
    shade(((x + 0.5) / area.width) * frames, ((area.height - y - 0.5) / area.height) * columns),
  );
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
