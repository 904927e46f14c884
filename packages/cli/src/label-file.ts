// Labels of a model's classes, in the order of its outputs: the official `index,mid,display_name`, the same
// without a header or without mids, or one name per line.

import { readFile, stat } from 'node:fs/promises';
import { AudiozooError, type Label } from '@audiozoo/core';
import { parse } from 'csv-parse/sync';

/** More would be no label file. */
const maxBytes = 16_000_000;

type Column = 'index' | 'mid' | 'display_name';
const columnNames: readonly Column[] = ['index', 'mid', 'display_name'];
const headerlessColumns: readonly (readonly Column[])[] = [
  ['display_name'],
  ['index', 'display_name'],
  ['index', 'mid', 'display_name'],
];

/** Reads a label file. Throws `file` errors when it cannot be read or understood. */
export async function readLabelFile(path: string): Promise<readonly Label[]> {
  const status = await stat(path).catch((cause: unknown) => {
    throw refuse(path, 'it cannot be opened', { got: String(cause) });
  });
  if (!status.isFile() || status.size > maxBytes) {
    const got = status.isFile() ? `${status.size} bytes` : 'no file';
    throw refuse(path, 'it cannot be one', { expected: `a file of at most ${maxBytes} bytes`, got });
  }
  return parseLabels(await readFile(path, 'utf8'), path);
}

/** Text of a label file → labels. */
export function parseLabels(text: string, path: string): readonly Label[] {
  let records: string[][];
  try {
    records = parse(text, { bom: true, trim: true, skip_empty_lines: true });
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw refuse(path, 'it is not sound CSV', { got }, 'Put names that contain commas in double quotes.');
  }
  const { columns, rows } = splitHeader(records, path);
  if (rows.length === 0) throw refuse(path, 'it holds no labels');

  const labels: Label[] = [];
  rows.forEach((row, place) => {
    const value = (column: Column) => row[columns.indexOf(column)];
    const name = value('display_name');
    const mid = value('mid');
    const index = columns.includes('index') ? readIndex(value('index')!, rows.length, path) : place;
    if (!name) throw refuse(path, `class ${index} has no name`);
    if (labels[index])
      throw refuse(path, `class ${index} stands twice`, { got: `${labels[index].name} and ${name}` });
    labels[index] = mid ? { name, mid } : { name };
  });
  return labels;
}

/** The columns by the header, or by their number where there is none. */
function splitHeader(
  records: readonly string[][],
  path: string,
): { columns: readonly Column[]; rows: readonly string[][] } {
  const [first] = records;
  if (!first) throw refuse(path, 'it holds no labels');
  const named = first.map((cell) => columnNames.find((name) => name === cell.toLowerCase()));
  if (named.includes('display_name')) {
    if (named.every((name) => name !== undefined) && new Set(named).size === named.length) {
      return { columns: named, rows: records.slice(1) };
    }
  } else {
    const columns = headerlessColumns.find(({ length }) => length === first.length);
    if (columns) return { columns, rows: records };
  }
  throw refuse(path, 'its columns are not known', {
    expected: 'index,mid,display_name, or one name per line',
    got: JSON.stringify(first.join(',').slice(0, 100)),
  });
}

function readIndex(text: string, count: number, path: string): number {
  const index = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (index < count) return index;
  throw refuse(path, 'a class has no valid index', {
    expected: `each whole number from 0 to ${count - 1} once`,
    got: JSON.stringify(text),
  });
}

function refuse(
  path: string,
  why: string,
  found: { readonly expected?: string; readonly got?: string } = {},
  mend = 'The official form is index,mid,display_name with one line per class.',
): AudiozooError {
  return new AudiozooError({ code: 'file', what: `${path} is no label file: ${why}`, ...found, mend });
}
