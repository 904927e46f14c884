// Labels with their scores, for people. Names of labels and files come from others: each stays on its line.

import { oneLine } from '@audiozoo/core/plugin';
import type { ScoredLabel } from '@audiozoo/tasks';

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
