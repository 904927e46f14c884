// The documents' tables of models, in Markdown.

import type { ZooEntry } from '@audiozoo/core';

export interface PublishedModel {
  /** Of its package, and of its folder. */
  readonly name: string;
  readonly description: string;
  readonly entries: readonly ZooEntry[];
}

/** docs/cost.json. */
export interface Cost {
  /** What was measured on what, in the words that stand below the table. */
  readonly measured: string;
  /** From ten seconds of sound to labels or to an embedding, by the name of the checkpoint; those that were measured. */
  readonly milliseconds: Readonly<Record<string, number>>;
}

/** README: a line for each package. */
export function modelsTable(models: readonly PublishedModel[]): string {
  return table(
    ['model', '', 'published checkpoints'],
    models.map(({ name, description, entries }) => [
      `[${name}](packages/${name})`,
      description.replace(/\.$/, ''),
      [`${entries.length}`, ...ranges(entries)].join('; '),
    ]),
  );
}

/** Each measure from the lowest to the highest: "mAP 0.481 to 0.5". */
function ranges(entries: readonly ZooEntry[]): string[] {
  const measures = new Set(entries.flatMap(({ figures }) => Object.keys(figures)));
  return [...measures].map((measure) => {
    const values = entries.flatMap(({ figures }) => figures[measure] ?? []);
    const [least, most] = [Math.min(...values), Math.max(...values)];
    return `${measure} ${least === most ? most : `${least} to ${most}`}`;
  });
}

/** Which model?: those that are to be chosen before others. */
export function whichModelTable(entries: readonly ZooEntry[], { measured, milliseconds }: Cost): string {
  const best = entries.filter(({ bestFor }) => bestFor !== undefined);
  const isMeasured = best.some(({ name }) => name in milliseconds);
  const rows = best.map(({ name, bestFor, description, figures, weights, license = '' }) => [
    `\`${name}\``,
    ...[bestFor!, description, measuresOf(figures)],
    weights === undefined ? '' : `${weights} M`,
    ...(isMeasured ? [name in milliseconds ? `${milliseconds[name]} ms` : ''] : []),
    license,
  ]);
  const cost = isMeasured ? ['10 s cost'] : [];
  const titles = ['model', 'for', 'trained on', 'figure', 'weights', ...cost, 'license'];
  const numbers = ['figure', 'weights', ...cost];
  return [table(titles, rows, numbers), ...(isMeasured ? [measured] : [])].join('\n\n');
}

function measuresOf(figures: ZooEntry['figures']): string {
  const measures = Object.entries(figures);
  return measures.map(([measure, value]) => `${measure} ${value}`).join(', ');
}

/** With columns as wide as their widest cell, those of numbers to the right. */
function table(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  numbers: readonly string[] = [],
): string {
  const widths = titles.map((_, column) => Math.max(...[titles, ...rows].map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, column) => pad(cell, column)).join(' | ')} |`;
  const pad = (cell: string, column: number) =>
    numbers.includes(titles[column]!) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
  const rules = widths.map((width, column) =>
    numbers.includes(titles[column]!) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width),
  );
  return [line(titles), line(rules), ...rows.map(line)].join('\n');
}
