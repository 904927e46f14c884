// Clips in a CSV file: file,label[,fold][,start,end].

import { parseCsv, quote, refusing } from '@audiozoo/core/plugin';
import type { NamedClip } from './data-set.js';

/** As many as AudioSet has. */
const maxRows = 2_200_000;
/** A day: longer sounds are cut in other ways. */
const mostSeconds = 86_400;
const columns = ['file', 'label', 'fold', 'start', 'end'] as const;
type Column = (typeof columns)[number];
/** Two of them are ESC-50's. */
const otherNames: Readonly<Record<string, Column>> = { filename: 'file', category: 'label', labels: 'label' };
/** Passed over, these would give other clips than a person means. */
const slips = /^(fold|start|end)/;

/**
 * Text of a table → its clips. Columns of other names (a licence, an author) are passed over, except `folds`, `start_time` and
 * the like. Throws `file` errors that name the row: the first below the header is 1.
 */
export function parseClipTable(text: string, name: string): NamedClip[] {
  const [header = [], ...rows] = parseCsv(text, name, { maxRows, maxColumns: 50 });
  const refuse = refusing('file', `${name} is no table of clips:`, {
    expected: 'a first line file,label and perhaps fold, start, end',
  });
  const places = new Map<Column, number>();
  header.forEach((cell, place) => {
    const lower = cell.toLowerCase();
    const column = otherNames[lower] ?? columns.find((known) => known === lower);
    if (column === undefined && slips.test(lower)) throw refuse(`it has a column ${quote(cell)}`);
    if (column === undefined) return;
    if (places.has(column)) throw refuse(`it has two columns for ${column}`);
    places.set(column, place);
  });
  for (const column of ['file', 'label'] as const) {
    if (!places.has(column)) throw refuse(`it has no column ${column}`, { got: quote(header.join(',')) });
  }
  if (rows.length === 0) throw refuse('it holds no clips', { got: 'a header alone' });

  return rows.map((row, at) => {
    const where = `${name}, row ${at + 1},`;
    const value = (column: Column) => row[places.get(column) ?? -1] ?? '';
    const wrong = (column: Column, expected: string) =>
      refusing('file', where)(`has no ${column}`, { expected, got: quote(value(column)) });
    const file = value('file');
    if (file === '' || file.includes('\0')) throw wrong('file', 'a path');
    if (value('label') === '') throw wrong('label', 'one or more, with commas between them');
    const fold = value('fold');
    if (!/^\d{0,4}$/.test(fold)) throw wrong('fold', 'a whole number from 0 to 9999');
    const [start, end] = (['start', 'end'] as const).map((column) => {
      const seconds = value(column);
      if (seconds === '') return undefined;
      const isNumber = /^(\d+\.?\d*|\.\d+)$/.test(seconds) && Number(seconds) <= mostSeconds;
      if (!isNumber) throw wrong(column, `seconds from 0 to ${mostSeconds}`);
      return Number(seconds);
    });
    if (end !== undefined && end <= (start ?? 0)) throw wrong('end', `seconds after ${start ?? 0}`);
    return {
      file,
      labels: value('label'),
      where,
      ...(fold !== '' && { fold: Number(fold) }),
      ...(start !== undefined && { start }),
      ...(end !== undefined && { end }),
    };
  });
}
