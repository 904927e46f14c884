// What is heard when: a row for each label, a bar for each event, time to the right in seconds.

import { scaleLinear } from 'd3-scale';
import { timeAxis } from './axes.js';
import { css, magma, mix } from './color-map.js';
import { type Color, heatMap } from './heat-map.js';
import { faintInk, gridLine, ink, paper } from './ink.js';
import { element, picture, type Rectangle } from './svg.js';
import { text, textWidth } from './text.js';

/** Something heard from `start` to `end`, in seconds. */
export interface TimelineEvent {
  readonly label: string;
  /** Of the label among the model's. */
  readonly index: number;
  readonly start: number;
  readonly end: number;
  /** From 0 to 1. */
  readonly score: number;
}

export interface TimelinePicture {
  readonly events: readonly TimelineEvent[];
  /** Seconds of the recording that the picture is of. */
  readonly start: number;
  readonly end: number;
  readonly title: string;
}

const margin = { left: 24, right: 32, top: 20, bottom: 56 };
const header = 40;
const panelWidth = 1024;
const rowHeight = 30;
const barInset = 6;
const labelWidth = { least: 60, most: 260 };
const labelGap = 14;
const legend = { width: 120, height: 10 };
/** Rows in a picture that can still be looked at; of more labels, those longest heard have one. */
const mostRows = 40;

/** An SVG file. */
export function drawTimeline({ events, start, end, title }: TimelinePicture): string {
  const { rows, left } = rowsOf(events);
  const widest = Math.max(...rows.map(({ label }) => textWidth(label)), labelWidth.least);
  const area: Rectangle = {
    x: margin.left + Math.min(widest, labelWidth.most) + labelGap,
    y: margin.top + header,
    width: panelWidth,
    height: Math.max(rows.length, 1) * rowHeight,
  };
  const [width, height] = [area.x + area.width + margin.right, area.y + area.height + margin.bottom];
  const last = end > start ? end : start + 1;
  const more = left === 0 ? '' : `, and ${left} labels that are heard for a shorter time`;

  return picture(
    width,
    height,
    `${title}: what is heard when`,
    element('rect', { width, height, fill: paper }),
    text(`${title}${more}`, area.x, margin.top + 8, {
      size: 16,
      fill: ink,
      maxWidth: area.width - legend.width - 120,
    }),
    drawLegend(area),
    timeAxis(area, { start, end: last }, { lines: true }),
    ...rows.map((row, index) => drawRow(row, { ...area, y: area.y + index * rowHeight }, start, last)),
    element('line', {
      x1: area.x,
      x2: area.x + area.width,
      y1: area.y + area.height,
      y2: area.y + area.height,
      stroke: faintInk,
    }),
    rows.length === 0
      ? text('nothing found', area.x + area.width / 2, area.y + rowHeight / 2, {
          fill: faintInk,
          anchor: 'middle',
        })
      : '',
  );
}

interface Row {
  readonly label: string;
  readonly events: readonly TimelineEvent[];
}

function drawRow({ label, events }: Row, { x, y, width }: Rectangle, start: number, end: number): string {
  const place = scaleLinear([start, end], [x, x + width]);
  const bars = events.map((event) => {
    const from = place(event.start);
    return element('rect', {
      x: from,
      y: y + barInset,
      width: Math.max(place(event.end) - from, 2), // a short one in a long recording is seen too
      height: rowHeight - 2 * barInset,
      rx: 3,
      fill: css(shade(event.score)),
    });
  });
  return [
    element('line', { x1: x, x2: x + width, y1: y + rowHeight, y2: y + rowHeight, stroke: gridLine }),
    text(label, x - labelGap, y + rowHeight / 2, { fill: ink, anchor: 'end', maxWidth: labelWidth.most }),
    ...bars,
  ].join('');
}

/** Labels with their events, in the model's order. */
function rowsOf(events: readonly TimelineEvent[]) {
  const byLabel = new Map<number, TimelineEvent[]>();
  for (const event of events) {
    const ofLabel = byLabel.get(event.index);
    if (ofLabel) ofLabel.push(event);
    else byLabel.set(event.index, [event]);
  }
  const rows = [...byLabel].map(([index, ofLabel]) => ({
    label: ofLabel[0]!.label,
    index,
    seconds: ofLabel.reduce((sum, { start, end }) => sum + end - start, 0),
    events: ofLabel,
  }));
  const shown = rows.sort((a, b) => b.seconds - a.seconds).slice(0, mostRows);
  return { rows: shown.sort((a, b) => a.index - b.index), left: rows.length - shown.length };
}

/** The surer, the darker. */
function shade(score: number): Color {
  return mix([255, 255, 255], magma(0.88 - 0.6 * score), 0.35 + 0.65 * score);
}

/** What the shades mean, above the right end of an area. */
function drawLegend(area: Rectangle): string {
  const y = margin.top + 8;
  const right = area.x + area.width;
  const bar = { x: right - 16 - legend.width, y: y - legend.height / 2, ...legend };
  const label = { size: 13, fill: faintInk, anchor: 'end' } as const;
  return [
    heatMap(bar, (x) => shade(x / legend.width)),
    text('1', right, y, label),
    text('score 0', bar.x - 8, y, label),
  ].join('');
}
