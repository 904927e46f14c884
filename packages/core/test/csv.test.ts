import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { processorTime } from '../../../testing/processor-time.js';
import { AudiozooError } from '../src/errors.js';
import { parseCsv } from '../src/files/csv.js';

const reference = (text: string): string[][] =>
  parse(text, { bom: true, trim: true, skip_empty_lines: true, record_delimiter: ['\r\n', '\n', '\r'] });

describe('CSV', () => {
  test('reads what another reader reads', () => {
    const value = fc.oneof(
      fc.stringMatching(/^[a-z ]{1,8}$/),
      fc.stringMatching(/^[a-z,\n"]{1,8}$/).map((text) => `"${text.replaceAll('"', '""')}"`),
      fc.constantFrom('""', ' "a" ', '\t b\t'),
    );
    const end = fc.constantFrom('\n', '\r\n', '\n\n', '\n \n');
    const width = fc.integer({ min: 2, max: 4 });
    const text = width.chain((columns) =>
      fc
        .array(fc.tuple(fc.array(value, { minLength: columns, maxLength: columns }), end), { maxLength: 6 })
        .map((rows) => rows.map(([values, close]) => values.join(',') + close).join('')),
    );
    fc.assert(
      fc.property(text, (csv) => {
        expect(parseCsv(csv, 'a.csv')).toEqual(reference(csv));
      }),
    );
  });

  test.each([
    ['a million empty values', ','.repeat(4e6), /more than 100 values in line 1/],
    ['a million records', 'a\n'.repeat(1e6), /more than 100000 records/],
    ['a quotation mark that is never closed', `"${'a\n'.repeat(2e6)}`, /never closed in line 1/],
    ['nothing but quotation marks', '"'.repeat(4e6 + 1), /never closed/],
    ['a quotation mark within a value', 'a"b', /quotation mark within a value in line 1/],
    ['something behind a quoted value', 'c\n"a"b', /behind a quoted value in line 2/],
    ['records of other lengths', 'a,b\nc', /1 values instead of 2 in line 2.*commas in double quotes/],
    ['a fault behind lines that hold no record of their own', 'a\r\n\r\n"b\nc"\nd"', /in line 5.*twice/],
  ])('with %s is refused soon, in a few words', (_title, text, message) => {
    const began = processorTime();
    let thrown: unknown;
    try {
      parseCsv(text, 'a.csv');
    } catch (error) {
      thrown = error;
    }
    expect(processorTime() - began).toBeLessThan(2000);
    expect(AudiozooError.isInstance(thrown, 'file')).toBe(true);
    expect((thrown as Error).message).toMatch(message);
    expect((thrown as Error).message.length).toBeLessThan(300);
  });

  test('of one value of four million characters is read at once', () => {
    const began = processorTime();
    expect(parseCsv('a'.repeat(4e6), 'a.csv')[0]![0]).toHaveLength(4e6);
    expect(parseCsv(' '.repeat(4e6), 'a.csv')).toEqual([]);
    expect(processorTime() - began).toBeLessThan(2000);
  });
});
