// Axes beside an area. d3-scale chooses the ticks; they are drawn here, because d3-axis draws into a page only.

import { scaleLinear } from 'd3-scale';
import { faintInk, gridLine } from './ink.js';
import type { Spectrogram } from './spectrogram.js';
import { element, type Rectangle } from './svg.js';
import { text } from './text.js';

const size = 13;
const tickLength = 5;
const gap = 5;

export interface TimeSpan {
  /** Seconds. */
  readonly start: number;
  readonly end: number;
}

/** Numbers in seconds below an area, and lines through it where asked. */
export function timeAxis(area: Rectangle, { start, end }: TimeSpan, { lines = false } = {}): string {
  const scale = scaleLinear([start, end], [area.x, area.x + area.width]);
  const ticks = scale.ticks(10);
  const bottom = area.y + area.height;
  const format = scale.tickFormat(10);
  const marks = ticks.map((seconds) => {
    const x = scale(seconds);
    const top = lines ? area.y : bottom;
    return (
      element('line', { x1: x, x2: x, y1: top, y2: bottom + tickLength, stroke: gridLine }) +
      text(format(seconds), x, bottom + tickLength + gap + size / 2, {
        size,
        fill: faintInk,
        anchor: 'middle',
      })
    );
  });
  const middle = area.x + area.width / 2;
  const unit = text('seconds', middle, bottom + tickLength + gap + 2.2 * size, {
    size,
    fill: faintInk,
    anchor: 'middle',
  });
  return marks.join('') + unit;
}

/** Numbers in hertz, or of columns, to the left of an area. */
export function frequencyAxis(
  area: Rectangle,
  { columns, frequencies }: Pick<Spectrogram, 'columns' | 'frequencies'>,
): string {
  const scale = scaleLinear([0, columns], [area.y + area.height, area.y]);
  let lowest = Number.POSITIVE_INFINITY; // where the number below stands
  const marks = frequencyTicks(columns, frequencies).map(({ value, column }) => {
    const y = scale(column);
    if (lowest - y < 1.3 * size) return '';
    lowest = y;
    return (
      element('line', { x1: area.x - tickLength, x2: area.x, y1: y, y2: y, stroke: gridLine }) +
      text(`${value}`, area.x - tickLength - gap, y, { size, fill: faintInk, anchor: 'end' })
    );
  });
  const unit = frequencies ? 'Hz' : 'column';
  return (
    marks.join('') +
    text(unit, area.x - tickLength - gap, area.y - size, { size, fill: faintInk, anchor: 'end' })
  );
}

/** Round frequencies, lowest first, and the columns (with fractions) where they lie. */
function frequencyTicks(columns: number, frequencies: readonly number[] | undefined) {
  if (!frequencies) {
    const ticks = scaleLinear([0, columns], [0, 1]).ticks(6);
    return ticks.map((column) => ({ value: column, column }));
  }
  // Columns are not spread as any one scale has it, so that each lies where its neighbors say.
  const columnOf = scaleLinear(
    frequencies,
    frequencies.map((_, column) => column + 0.5),
  );
  const round = [10, 100, 1000, 10_000].flatMap((power) => [1, 2, 5].map((digit) => digit * power));
  return round
    .filter((hertz) => hertz >= frequencies[0]! && hertz <= frequencies.at(-1)!)
    .map((hertz) => ({ value: hertz, column: columnOf(hertz) }));
}
