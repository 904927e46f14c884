// The picture of a sound, drawn as its log-mel features come. A whole sound is fitted into the width; live
// sound moves through it. Either way memory is bounded: a whole sound that outgrows the columns is halved,
// live sound overwrites the oldest.

import { magma } from './colormap.js';

/** Log-mel features of consecutive frames, row by row. */
export interface Frames {
  readonly data: Float32Array; // [frames, melBins]
  readonly shape: readonly number[];
}

/** Frames of the log-mel features per second of sound. */
export const framesPerSecond = 100;

const maxColumns = 2048;
/** From the loudest to black, in natural logarithms of power: about 50 dB. */
const range = 12;
/** Below this even the loudest is nearly silence, and stays dark. */
const quietestPeak = -2;
/** How fast the picture adapts to quieter sound, per frame. */
const peakDecay = 0.005;

export interface Spectrogram {
  /** Begins with an empty picture: of live sound, or of a whole one. */
  begin(options: { readonly live: boolean; readonly description: string }): void;
  push(frames: Frames): void;
  describe(description: string): void;
  /** Seconds of sound that came. */
  readonly seconds: number;
  /** Draws: of live sound the `seconds` up to `end`. */
  draw(view?: { readonly end: number; readonly seconds: number }): void;
}

export function createSpectrogram(canvas: HTMLCanvasElement): Spectrogram {
  const columns = document.createElement('canvas');
  columns.width = maxColumns;
  const memory = columns.getContext('2d', { willReadFrequently: true })!;
  const screen = canvas.getContext('2d', { alpha: false })!;
  let live = false;
  let frames = 0;
  let framesPerColumn = 1;
  let loudest = new Float32Array(0); // of the column that is being filled
  let peak = quietestPeak;

  function begin(options: { live: boolean; description: string }): void {
    live = options.live;
    frames = 0;
    framesPerColumn = 1;
    peak = quietestPeak;
    columns.height = 0;
    describe(options.description);
    draw();
  }

  function describe(description: string): void {
    canvas.setAttribute('aria-label', description);
  }

  function push({ data, shape }: Frames): void {
    const [count, bins] = shape as [number, number];
    if (count === 0) return;
    if (columns.height !== bins) {
      columns.height = bins;
      loudest = new Float32Array(bins);
    }
    // A whole picture that comes at once is as bright as its loudest part, not as its beginning.
    for (const value of data) if (value > peak) peak = value;
    for (let frame = 0; frame < count; frame++) {
      const place = frames % framesPerColumn;
      if (place === 0) loudest.fill(Number.NEGATIVE_INFINITY);
      for (let bin = 0; bin < bins; bin++) {
        loudest[bin] = Math.max(loudest[bin]!, data[frame * bins + bin]!);
      }
      frames++;
      if (frames % framesPerColumn === 0) drawColumn(frames / framesPerColumn - 1, bins);
      if (live) peak = Math.max(quietestPeak, peak - peakDecay);
    }
  }

  function drawColumn(column: number, bins: number): void {
    const image = memory.createImageData(1, bins);
    const pixels = new Uint32Array(image.data.buffer);
    for (let bin = 0; bin < bins; bin++) {
      const level = 1 + (loudest[bin]! - peak) / range;
      pixels[bins - 1 - bin] = magma[Math.max(0, Math.min(255, Math.round(255 * level)))]!;
    }
    memory.putImageData(image, column % maxColumns, 0);
    if (!live && column === maxColumns - 1) halve();
  }

  function halve(): void {
    memory.drawImage(columns, 0, 0, maxColumns, columns.height, 0, 0, maxColumns / 2, columns.height);
    framesPerColumn *= 2;
  }

  function draw(view?: { end: number; seconds: number }): void {
    fit();
    const { width, height } = canvas;
    screen.fillStyle = '#000004';
    screen.fillRect(0, 0, width, height);
    const filled = Math.floor(frames / framesPerColumn);
    if (filled === 0 || columns.height === 0) return;
    if (!view) {
      screen.drawImage(columns, 0, 0, filled, columns.height, 0, 0, width, height);
      return;
    }
    const perColumn = width / (view.seconds * framesPerSecond);
    const end = view.end * framesPerSecond;
    const first = Math.max(0, Math.floor(end - view.seconds * framesPerSecond), filled - maxColumns + 1);
    const last = Math.min(filled, Math.ceil(end));
    for (let from = first; from < last; ) {
      const place = from % maxColumns;
      const count = Math.min(last - from, maxColumns - place);
      const x = width - (end - from) * perColumn;
      screen.drawImage(columns, place, 0, count, columns.height, x, 0, count * perColumn, height);
      from += count;
    }
  }

  /** As many pixels as the screen shows, however the page is zoomed or turned. */
  function fit(): void {
    const width = Math.round(canvas.clientWidth * devicePixelRatio);
    const height = Math.round(canvas.clientHeight * devicePixelRatio);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  }

  return {
    begin,
    push,
    describe,
    draw,
    get seconds() {
      return frames / framesPerSecond;
    },
  };
}
