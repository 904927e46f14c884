// The names of a checkpoint's classes: the official `index,mid,display_name`, the same without mids or
// without a header, or one name per line.

import { AudiozooError, type Label } from '@audiozoo/core';

const largestFile = 4_000_000;

/** Reads a label file. Throws a `file` error that says what is wrong with it. */
export async function readLabelFile(file: File): Promise<Label[]> {
  if (file.size > largestFile) throw refuse(file.name, 'it is too large', `${file.size} bytes`);
  return parseLabels(await file.text(), file.name);
}

export function parseLabels(text: string, fileName: string): Label[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const rows = lines.filter((line) => line.trim()).map(splitCells);
  const headed = rows[0]?.some((cell) => cell.toLowerCase() === 'display_name');
  const columns = headed ? rows[0]!.map((cell) => cell.toLowerCase()) : columnsOfWidth(rows[0]?.length ?? 0);
  const body = headed ? rows.slice(1) : rows;
  if (body.length === 0) throw refuse(fileName, 'it holds no labels', 'none');

  const labels: Label[] = [];
  body.forEach((row, place) => {
    const cell = (column: string) => row[columns.indexOf(column)];
    const index = columns.includes('index') ? Number(cell('index')) : place;
    const name = cell('display_name');
    const mid = cell('mid');
    if (!name || row.length !== columns.length)
      throw refuse(fileName, `line ${place + 1} has no name`, row.join(','));
    if (!Number.isInteger(index) || index < 0 || index >= body.length || labels[index]) {
      throw refuse(fileName, 'the classes are not numbered one by one', `${cell('index')}`);
    }
    labels[index] = mid ? { name, mid } : { name };
  });
  return labels;
}

function columnsOfWidth(width: number): string[] {
  return ['index', ...(width > 2 ? ['mid'] : []), 'display_name'].slice(width > 1 ? 0 : 1);
}

/** The cells of a line; quoted ones may hold commas, and quotes doubled. */
function splitCells(line: string): string[] {
  const cells = [...line.matchAll(/(?:^|,)(?:\s*"((?:[^"]|"")*)"\s*|([^,]*))/g)];
  return cells.map(([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare!.trim());
}

function refuse(fileName: string, why: string, got: string): AudiozooError {
  return new AudiozooError({
    code: 'file',
    what: `${fileName} is no label file: ${why}`,
    expected: 'lines of index,mid,display_name, or one name per line',
    got: got.slice(0, 60),
  });
}
