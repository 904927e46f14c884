// Axes beside an area: time to the right in seconds, frequency upwards in hertz.

import type { Canvas, Colour, Rectangle } from './canvas.js';
import { lineHeight } from './font.js';
import { faintInk } from './inks.js';
import type { Spectrogram } from './spectrogram.js';

const line: Colour = [190, 190, 200];
const tickLength = 5;
const gap = 4;

/** Ticks and numbers in hertz to the left of an area. */
export function drawFrequencyAxis(
  canvas: Canvas,
  area: Rectangle,
  { columns, frequencies }: Pick<Spectrogram, 'columns' | 'frequencies'>,
): void {
  let lowest = area.y + area.height + lineHeight; // where the number below stands
  for (const { value, column } of frequencyTicks(columns, frequencies)) {
    const y = Math.round(area.y + area.height - (column / columns) * area.height);
    if (y < area.y || y >= area.y + area.height || lowest - y < lineHeight) continue;
    lowest = y;
    canvas.fill({ x: area.x - tickLength, y, width: tickLength, height: 1 }, line);
    const top = Math.round(y - lineHeight / 2);
    canvas.text(value, area.x - tickLength - gap, top, { colour: faintInk, align: 'right' });
  }
}

/** Ticks and numbers in seconds below an area. */
export function drawTimeAxis(
  canvas: Canvas,
  area: Rectangle,
  { start, duration }: { readonly start: number; readonly duration: number },
): void {
  const step = niceStep(duration / 8);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const bottom = area.y + area.height;
  for (let index = Math.ceil(start / step - 1e-9); index * step <= start + duration + 1e-9; index++) {
    const x = Math.min(
      Math.round(area.x + ((index * step - start) / duration) * area.width),
      area.x + area.width - 1,
    );
    canvas.fill({ x, y: bottom, width: 1, height: tickLength }, line);
    canvas.text((index * step).toFixed(decimals), x, bottom + tickLength + gap, {
      colour: faintInk,
      align: 'centre',
    });
  }
}

/** Round frequencies, and the columns (with fractions) where they lie. */
function frequencyTicks(columns: number, frequencies: readonly number[] | undefined) {
  if (!frequencies) {
    const step = niceStep(columns / 6);
    const count = Math.floor(columns / step) + 1;
    return Array.from({ length: count }, (_, index) => ({ value: `${index * step}`, column: index * step }));
  }
  const round = [1, 2, 5].flatMap((digit) => [10, 100, 1000, 10_000].map((power) => digit * power));
  return round
    .sort((a, b) => a - b)
    .filter((hertz) => hertz >= frequencies[0]! && hertz <= frequencies.at(-1)!)
    .map((hertz) => {
      const upper = frequencies.findIndex((frequency) => frequency >= hertz);
      const lower = Math.max(upper - 1, 0);
      const span = frequencies[upper]! - frequencies[lower]! || 1;
      return { value: `${hertz}`, column: lower + 0.5 + (hertz - frequencies[lower]!) / span };
    });
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => step >= least * 0.999)!;
}
