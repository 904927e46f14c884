// How values look to people.

import type { Json, JsonObject } from '@audiozoo/core';
import { oneLine } from '@audiozoo/core/plugin';

/** `87,254,032` */
export function formatCount(count: number): string {
  return count.toLocaleString('en');
}

/** `3.4 MB` */
export function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
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
