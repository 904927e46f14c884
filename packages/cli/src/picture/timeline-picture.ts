// What is heard when: a row for each label, a bar for each event, time to the right in seconds.

import type { SoundEvent } from '@audiozoo/tasks';
import { drawTimeAxis, niceStep } from './axes.js';
import { Canvas, type Colour, lineSpacing, type Rectangle } from './canvas.js';
import { magma, mix } from './colour-map.js';
import { lineHeight, textWidth } from './font.js';
import { faintInk, ink, paper } from './inks.js';

export interface TimelinePicture {
  readonly events: readonly SoundEvent[];
  /** Seconds of the recording that the picture is of. */
  readonly start: number;
  readonly end: number;
  readonly title: string;
}

const stripe: Colour = [246, 246, 249];
const grid: Colour = [226, 226, 232];
const margin = { right: 32, top: 16, bottom: 62 };
const header = lineSpacing + 10;
const panelWidth = 1024;
const rowHeight = 26;
const labelWidth = { least: 60, most: 260 };
const barInset = 4;
/** Rows in a picture that can still be looked at; of more labels, those longest heard have one. */
const mostRows = 40;

/** A PNG file. */
export function drawTimeline({ events, start, end, title }: TimelinePicture): Uint8Array {
  const { rows, left } = rowsOf(events);
  const widest = Math.max(...rows.map(({ label }) => textWidth(label)), labelWidth.least);
  const area: Rectangle = {
    x: Math.min(widest, labelWidth.most) + 28,
    y: margin.top + header,
    width: panelWidth,
    height: Math.max(rows.length, 1) * rowHeight,
  };
  const canvas = new Canvas(area.x + area.width + margin.right, area.y + area.height + margin.bottom, paper);
  const duration = Math.max(end - start, Number.MIN_VALUE);
  const xOf = (seconds: number) => area.x + ((seconds - start) / duration) * area.width;

  const more = left === 0 ? '' : `, and ${left} labels that are heard for a shorter time`;
  const legendLeft = drawLegend(canvas, area);
  canvas.text(`${title}${more}`, area.x, margin.top, { colour: ink, maxWidth: legendLeft - area.x - 24 });

  for (const row of rows.keys()) {
    if (row % 2 === 1) continue;
    canvas.fill({ ...area, y: area.y + row * rowHeight, height: rowHeight }, stripe);
  }
  const step = niceStep(duration / 8);
  for (let index = Math.ceil(start / step - 1e-9); index * step < end; index++) {
    canvas.fill({ x: Math.round(xOf(index * step)), y: area.y, width: 1, height: area.height }, grid);
  }
  for (const [row, { label, events: ofLabel }] of rows.entries()) {
    const y = area.y + row * rowHeight;
    const textTop = y + Math.round((rowHeight - lineHeight) / 2);
    const room = { align: 'right', maxWidth: labelWidth.most } as const;
    canvas.text(label, area.x - 12, textTop, { colour: ink, ...room });
    for (const event of ofLabel) {
      const x = Math.round(xOf(event.start));
      const width = Math.max(Math.round(xOf(event.end)) - x, 2); // a short one in a long recording is seen too
      canvas.fill({ x, y: y + barInset, width, height: rowHeight - 2 * barInset }, shade(event.score));
    }
  }
  if (rows.length === 0) {
    const middle = area.x + area.width / 2;
    canvas.text('nothing found', middle, area.y + 4, { colour: faintInk, align: 'centre' });
  }
  canvas.fill({ x: area.x, y: area.y + area.height, width: area.width, height: 1 }, grid);
  drawTimeAxis(canvas, area, { start, duration });
  canvas.text('seconds', area.x + area.width / 2, canvas.height - lineSpacing - 8, {
    colour: faintInk,
    align: 'centre',
  });
  return canvas.toPng();
}

/** Labels with their events, in the model's order. */
function rowsOf(events: readonly SoundEvent[]) {
  const byLabel = new Map<number, SoundEvent[]>();
  for (const event of events) byLabel.set(event.index, [...(byLabel.get(event.index) ?? []), event]);
  const rows = [...byLabel.values()].map((ofLabel) => ({
    label: ofLabel[0]!.label,
    index: ofLabel[0]!.index,
    seconds: ofLabel.reduce((sum, { start, end }) => sum + end - start, 0),
    events: ofLabel,
  }));
  const shown = rows.sort((a, b) => b.seconds - a.seconds).slice(0, mostRows);
  return { rows: shown.sort((a, b) => a.index - b.index), left: rows.length - shown.length };
}

/** The surer, the darker. */
function shade(score: number): Colour {
  return mix(paper, magma(0.9 - 0.6 * score), 0.35 + 0.65 * score);
}

/** What the shades mean, above the right end of an area. Returns where it begins. */
function drawLegend(canvas: Canvas, area: Rectangle): number {
  const width = 110;
  const right = area.x + area.width;
  const x = right - textWidth('1') - 8 - width;
  canvas.paint({ x, y: margin.top + 4, width, height: lineHeight - 8 }, (column) => shade(column / width));
  canvas.text('1', right, margin.top, { colour: faintInk, align: 'right' });
  canvas.text('score 0', x - 8, margin.top, { colour: faintInk, align: 'right' });
  return x - 8 - textWidth('score 0');
}
