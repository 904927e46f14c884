// A clip's spectrogram, and below it the same in grey under the glow of what a model attends to.

import { frequencyAxis, timeAxis } from './axes.js';
import { magma, mix } from './color-map.js';
import { type Color, heatMap } from './heat-map.js';
import { faintInk, ink, paper } from './ink.js';
import { loudness, type Spectrogram } from './spectrogram.js';
import { element, picture, type Rectangle } from './svg.js';
import { text } from './text.js';

/** Attention over a grid of cells [rows, columns] = [frequency, time] that covers the model's window evenly. */
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

const margin = { left: 72, right: 84, top: 20, bottom: 56 };
const panel = { width: 1024, height: 256 };
const header = 64;
const betweenPanels = 48;

/** An SVG file. */
export function drawAttention({ spectrogram, map, start, title, labels, caption }: AttentionPicture): string {
  const width = margin.left + panel.width + margin.right;
  const height = margin.top + header + 2 * panel.height + betweenPanels + margin.bottom;
  const upper: Rectangle = { x: margin.left, y: margin.top + header, ...panel };
  const lower: Rectangle = { ...upper, y: upper.y + panel.height + betweenPanels };

  const loud = loudness(spectrogram);
  const strength = strengthOf(map, spectrogram);
  const sound = spectrogramPixels(upper, spectrogram, (...place) => magma(loud(...place)));
  const glowing = spectrogramPixels(lower, spectrogram, (...place) =>
    glow(loud(...place), strength(...place)),
  );
  const end = start + spectrogram.frames * spectrogram.secondsPerFrame;
  const room = { maxWidth: panel.width };

  return picture(
    width,
    height,
    `${title}: ${caption}`,
    element('rect', { width, height, fill: paper }),
    text(title, margin.left, margin.top + 8, { size: 16, fill: ink, ...room }),
    text(labels, margin.left, margin.top + 34, { fill: faintInk, ...room }),
    sound,
    text(caption, margin.left, lower.y - 16, { fill: ink, ...room }),
    glowing,
    frequencyAxis(upper, spectrogram),
    frequencyAxis(lower, spectrogram),
    timeAxis(lower, { start, end }),
    drawScale(lower),
  );
}

/** A heat map of the spectrogram's places: frame and column, with fractions; column 0 lowest. */
function spectrogramPixels(
  area: Rectangle,
  { frames, columns }: Spectrogram,
  colorAt: (frame: number, column: number) => Color,
): string {
  return heatMap(area, (x, y) =>
    colorAt(((x + 0.5) / area.width) * frames, ((area.height - y - 0.5) / area.height) * columns),
  );
}

/** Grey sound, with attention in color over it: the more, the less of the grey is left. */
function glow(loud: number, strength: number): Color {
  const shade = 20 + 185 * loud;
  return mix([shade, shade, shade + 6], magma(0.15 + 0.85 * strength), 0.1 + 0.75 * strength);
}

/** Columns of the map whose cells hold some of a clip's frames. */
export function columnsHeard(
  { columns, windowFrames }: Pick<AttentionMap, 'columns' | 'windowFrames'>,
  frames: number,
): number {
  return Math.min(columns, Math.ceil((frames / windowFrames) * columns));
}

/** Attention from 0 (the least on the sound) to 1 (the most), between the cells' centers. */
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

/** The cell whose center lies before a place, and how far the place is on the way to the next. */
function between(place: number, size: number): [cell: number, share: number] {
  const fromCenter = Math.min(Math.max(place - 0.5, 0), size - 1);
  const cell = Math.min(Math.floor(fromCenter), size - 1);
  return [cell, fromCenter - cell];
}

/** What the colors mean. */
function drawScale(beside: Rectangle): string {
  const area = { x: beside.x + beside.width + 16, y: beside.y, width: 12, height: beside.height };
  const x = area.x + area.width + 8;
  const label = { size: 13, fill: faintInk };
  return [
    heatMap(area, (_, y) => glow(0.4, 1 - y / area.height)),
    text('most', x, area.y + 7, label),
    text('least', x, area.y + area.height - 7, label),
  ].join('');
}
