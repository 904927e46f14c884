// How values look to people. Names of labels and files come from others: each stays on its line.

import type { Json, JsonObject } from '@audiozoo/core';
import { oneLine } from '@audiozoo/core/plugin';
import type { ScoredLabel } from '@audiozoo/tasks';

/** `87,254,032` */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/** `3.4 MB` */
export function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A value of CSV (RFC 4180): between quotes where it must be, or where official files have them always. */
export function csvText(text: string, { quote = /[",\r\n]/.test(text) } = {}): string {
  return quote ? `"${text.replaceAll('"', '""')}"` : text;
}

/** What a model says about itself: `naming official AST, depth 4, input (fstride 16, …)`; unknown is left out. */
export function formatDescription(description: JsonObject): string {
  return Object.entries(description)
    .flatMap(([key, value]) =>
      value === null || value === undefined ? [] : `${oneLine(key)} ${formatValue(value)}`,
    )
    .join(', ');
}

function formatValue(value: Json): string {
  if (typeof value !== 'object' || value === null) return oneLine(String(value));
  return Array.isArray(value)
    ? `[${value.map(formatValue).join(', ')}]`
    : `(${formatDescription(value as JsonObject)})`;
}

const barLength = 20;

/** A title and labels below it, a line each: `  97.3 %  ███████████████████▍  zero`. */
export function labelTable(title: string, labels: readonly ScoredLabel[]): string {
  const lines = labels.map(
    ({ label, score }) =>
      `${percentage(score).padStart(9)}  ${bar(score).padEnd(barLength)}  ${oneLine(label)}`,
  );
  return [oneLine(title), ...lines].join('\n');
}

/** `97.3 %` */
export function percentage(score: number): string {
  return `${(score * 100).toFixed(1)} %`;
}

/** A bar of blocks, the last of them in eighths. */
function bar(score: number): string {
  const eighths = Math.round(score * barLength * 8);
  return '█'.repeat(eighths >> 3) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths & 7];
}
