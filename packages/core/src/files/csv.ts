// CSV as label files and data sets have it (RFC 4180, spaces around values, byte order marks). In one pass over the
// text, so that what a file costs is its size, whatever it holds.

import { type Refuse, refusing } from '../errors.js';

/** The largest known has 22,000 rows. */
const mostRows = 100_000;
const mostColumns = 100;

export interface CsvOptions {
  /** `,` when absent. */
  readonly separator?: ',' | '\t';
  readonly maxRows?: number;
  readonly maxColumns?: number;
}

/** The records of a text, all of one width; empty lines are passed over. Throws an error that names the line. */
export function parseCsv(
  text: string,
  path: string,
  { separator = ',', maxRows = mostRows, maxColumns = mostColumns }: CsvOptions = {},
): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let at = text.startsWith('\u{FEFF}') ? 1 : 0;
  let begin = at; // of the record
  const refuse: Refuse = (why, more) => {
    let line = 1;
    for (const _ of text.slice(0, begin).matchAll(/\r\n|\n|\r/g)) line++;
    return refusing('file', path)(`is not valid CSV: ${why} in line ${line}`, more);
  };
  while (at < text.length) {
    const { value, end } = readValue(text, at, separator, refuse);
    record.push(value);
    if (record.length > maxColumns)
      throw refuse(`more than ${maxColumns} values`, { hint: 'Leave out columns.' });
    const isLast = text[end] !== separator;
    at = end + (text.startsWith('\r\n', end) ? 2 : 1);
    if (!isLast && at < text.length) continue;
    if (!isLast) record.push(''); // the text ends behind a separator
    if (record.length > 1 || record[0] !== '') {
      if (record.length !== (records[0] ?? record).length) {
        const hint = 'Put values that contain commas in double quotes.';
        throw refuse(`${record.length} values instead of ${records[0]!.length}`, { hint });
      }
      records.push(record);
      if (records.length > maxRows) throw refuse(`more than ${maxRows} records`, { hint: 'Split the file.' });
    }
    record = [];
    begin = at;
  }
  return records;
}

const quoting = { hint: 'Put the value in double quotes, and write those within it twice.' };

/** The value that begins at `start`, and where the separator or line break behind it is. */
function readValue(
  text: string,
  start: number,
  separator: string,
  refuse: Refuse,
): { value: string; end: number } {
  const begin = skipBlanks(text, start, separator);
  const stops = `${separator}\n\r`;
  if (text[begin] !== '"') {
    let end = begin;
    while (end < text.length && !stops.includes(text[end]!) && text[end] !== '"') end++;
    if (text[end] === '"') throw refuse('a quotation mark within a value', quoting);
    return { value: text.slice(begin, end).trim(), end };
  }
  let close = begin;
  do close = text.indexOf('"', close + 1);
  while (close >= 0 && text[close + 1] === '"' && ++close);
  if (close < 0) throw refuse('a quotation mark that is never closed', quoting);
  const end = skipBlanks(text, close + 1, separator);
  if (end < text.length && !stops.includes(text[end]!))
    throw refuse('something behind a quoted value', quoting);
  return {
    value: text.slice(begin + 1, close).replaceAll('""', '"'),
    end,
  };
}

function skipBlanks(text: string, start: number, separator: string): number {
  let at = start;
  while (text[at] === ' ' || (text[at] === '\t' && separator !== '\t')) at++;
  return at;
}
