// A clip's spectrogram, and below it the same in grey under the glow of what a model attends to.

import { drawFrequencyAxis, drawTimeAxis } from './axes.js';
import { Canvas, type Colour, lineSpacing, type Rectangle } from './canvas.js';
import { magma, mix } from './colour-map.js';
import { faintInk, ink, paper } from './inks.js';
import { loudness, paintSpectrogram, type Spectrogram } from './spectrogram.js';

/** Attention over a grid of patches [rows, columns] = [frequency, time] that covers the model's window evenly. */
export interface AttentionMap {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
  /** Frames of the window. */
  readonly windowFrames: number;
}

export interface AttentionPicture {
  /** What was heard: the clip without the padding behind it. */
  readonly spectrogram: Spectrogram;
  readonly map: AttentionMap;
  /** Second of the recording where the clip begins. */
  readonly start: number;
  readonly title: string;
  /** What the model takes it for. */
  readonly labels: string;
  /** Which attention it is. */
  readonly caption: string;
}

const margin = { left: 84, right: 92, top: 16, bottom: 62 };
const panel = { width: 1024, height: 256 };
const header = 2 * lineSpacing;
const betweenPanels = lineSpacing + 16;

/** A PNG file. */
export function drawAttention({
  spectrogram,
  map,
  start,
  title,
  labels,
  caption,
}: AttentionPicture): Uint8Array {
  const width = margin.left + panel.width + margin.right;
  const height = margin.top + header + 2 * panel.height + betweenPanels + margin.bottom;
  const canvas = new Canvas(width, height, paper);
  const upper: Rectangle = { x: margin.left, y: margin.top + header, ...panel };
  const lower: Rectangle = { ...upper, y: upper.y + panel.height + betweenPanels };

  const room = { maxWidth: panel.width };
  canvas.text(title, margin.left, margin.top, { colour: ink, ...room });
  canvas.text(labels, margin.left, margin.top + lineSpacing, { colour: faintInk, ...room });
  canvas.text(caption, margin.left, lower.y - lineSpacing, { colour: ink, ...room });

  const loud = loudness(spectrogram);
  paintSpectrogram(canvas, upper, spectrogram, (frame, column) => magma(loud(frame, column)));
  const strength = strengthOf(map, spectrogram);
  paintSpectrogram(canvas, lower, spectrogram, (frame, column) =>
    glow(loud(frame, column), strength(frame, column)),
  );

  for (const area of [upper, lower]) drawFrequencyAxis(canvas, area, spectrogram);
  for (const area of [upper, lower]) {
    canvas.text(spectrogram.frequencies ? 'Hz' : 'column', area.x - 9, area.y - lineSpacing, {
      colour: faintInk,
      align: 'right',
    });
  }
  const duration = spectrogram.frames * spectrogram.secondsPerFrame;
  drawTimeAxis(canvas, lower, { start, duration });
  canvas.text('seconds', margin.left + panel.width / 2, height - lineSpacing - 8, {
    colour: faintInk,
    align: 'centre',
  });
  drawScale(canvas, lower);
  return canvas.toPng();
}

/** Grey sound, with attention in colour over it: the more, the less of the grey is left. */
function glow(loud: number, strength: number): Colour {
  const shade = 20 + 185 * loud;
  return mix([shade, shade, shade + 6], magma(0.15 + 0.85 * strength), 0.1 + 0.75 * strength);
}

/** Columns of the map whose patches hold some of a clip's frames. */
export function columnsHeard(
  { columns, windowFrames }: Pick<AttentionMap, 'columns' | 'windowFrames'>,
  frames: number,
): number {
  return Math.min(columns, Math.ceil((frames / windowFrames) * columns));
}

/** Attention from 0 (the least on the sound) to 1 (the most), between the patches' centres. */
function strengthOf(
  { rows, columns, data, windowFrames }: AttentionMap,
  { frames, columns: melBins }: Spectrogram,
): (frame: number, column: number) => number {
  const at = (row: number, column: number) => data[row * columns + column]!;
  const heard = columnsHeard({ columns, windowFrames }, frames);
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < heard; column++) {
      least = Math.min(least, at(row, column));
      most = Math.max(most, at(row, column));
    }
  }
  return (frame, column) => {
    const [time, timeShare] = between((frame / windowFrames) * columns, columns);
    const [row, rowShare] = between((column / melBins) * rows, rows);
    const later = Math.min(time + 1, columns - 1);
    const higher = Math.min(row + 1, rows - 1);
    const low = at(row, time) * (1 - timeShare) + at(row, later) * timeShare;
    const high = at(higher, time) * (1 - timeShare) + at(higher, later) * timeShare;
    const value = low * (1 - rowShare) + high * rowShare;
    return Math.min(Math.max((value - least) / (most - least || 1), 0), 1);
  };
}

/** The cell whose centre lies before a place, and how far the place is on the way to the next. */
function between(place: number, size: number): [cell: number, share: number] {
  const fromCentre = Math.min(Math.max(place - 0.5, 0), size - 1);
  const cell = Math.min(Math.floor(fromCentre), size - 1);
  return [cell, fromCentre - cell];
}

/** What the colours mean. */
function drawScale(canvas: Canvas, beside: Rectangle): void {
  const area = { x: beside.x + beside.width + 16, y: beside.y, width: 12, height: beside.height };
  canvas.paint(area, (_, y) => glow(0.4, 1 - y / area.height));
  const x = area.x + area.width + 6;
  canvas.text('most', x, area.y - 4, { colour: faintInk });
  canvas.text('least', x, area.y + area.height - lineSpacing + 4, { colour: faintInk });
}
