// Labels of a model's classes, in the order of its outputs: the official `index,mid,display_name`, the same
// without a header or without mids, or one name per line.

import type { Label } from '@audiozoo/core';
import { readTextFile } from '@audiozoo/core/disk';
import { parseCsv, quote, quoteName, type Refuse, refusing } from '@audiozoo/core/plugin';

/** More would be no label file: AudioSet's has 15 kB. */
const maxBytes = 4_000_000;

type Column = 'index' | 'mid' | 'display_name';
const columnNames: readonly Column[] = ['index', 'mid', 'display_name'];
const headerlessColumns: readonly (readonly Column[])[] = [
  ['display_name'],
  ['index', 'display_name'],
  ['index', 'mid', 'display_name'],
];

/** Reads a label file. Throws `file` errors when it cannot be read or understood. */
export async function readLabelFile(path: string): Promise<readonly Label[]> {
  return parseLabels(await readTextFile(path, maxBytes, 'is no label file'), path);
}

/** Text of a label file → labels. */
export function parseLabels(text: string, path: string): readonly Label[] {
  const refuse = refusing('file', `${path} is no label file:`, {
    hint: 'The official form is index,mid,display_name with one line per class.',
  });
  const { columns, rows } = splitHeader(parseCsv(text, path), refuse);
  if (rows.length === 0) throw refuse('it holds no labels');

  const labels: Label[] = [];
  rows.forEach((row, place) => {
    const value = (column: Column) => row[columns.indexOf(column)];
    const name = value('display_name');
    const mid = value('mid');
    const index = columns.includes('index') ? readIndex(value('index')!, rows.length, refuse) : place;
    if (!name) throw refuse(`class ${index} has no name`);
    if (labels[index])
      throw refuse(`class ${index} stands twice`, {
        got: `${quoteName(labels[index].name)} and ${quoteName(name)}`,
      });
    labels[index] = mid ? { name, mid } : { name };
  });
  return labels;
}

/** The columns by the header, or by their number where there is none. */
function splitHeader(
  records: readonly string[][],
  refuse: Refuse,
): { columns: readonly Column[]; rows: readonly string[][] } {
  const [first] = records;
  if (!first) throw refuse('it holds no labels');
  const named = first.map((cell) => columnNames.find((name) => name === cell.toLowerCase()));
  if (named.includes('display_name')) {
    if (named.every((name) => name !== undefined) && new Set(named).size === named.length) {
      return { columns: named, rows: records.slice(1) };
    }
  } else {
    const columns = headerlessColumns.find(({ length }) => length === first.length);
    if (columns) return { columns, rows: records };
  }
  throw refuse('its columns are not known', {
    expected: 'index,mid,display_name, or one name per line',
    got: quote(first.join(',')),
  });
}

function readIndex(text: string, count: number, refuse: Refuse): number {
  const index = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (index < count) return index;
  throw refuse('a class has no valid index', {
    expected: `each whole number from 0 to ${count - 1} once`,
    got: quote(text),
  });
}
