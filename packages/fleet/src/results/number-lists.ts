// Lists of numbers as a column of Parquet. Its writer takes such lists apart, number by number, and float16 costs it an array
// for each; here they are written as they lie in memory, in the same pages.

import { castTensor, tensor } from '@audiozoo/core';
import type { ColumnChunk, SchemaElement } from 'hyparquet';
import { ByteWriter, type Writer } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';

export type NumberList = ArrayLike<number>;

export type NumberType = 'float32' | 'float16';

const pageBytes = 2 ** 20;

export function numberElement(type: NumberType): SchemaElement {
  const element = { name: 'element', repetition_type: 'REQUIRED' } as const;
  if (type === 'float32') return { ...element, type: 'FLOAT' };
  const half = { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2, logical_type: { type: 'FLOAT16' } } as const;
  return { ...element, ...half };
}

/** Writes the column `name`, an optional list of `numberElement(type)`, for a group of rows; undefined where one has none. */
export function writeNumberLists(
  writer: Writer,
  name: string,
  type: NumberType,
  rows: readonly (NumberList | undefined)[],
): ColumnChunk {
  const start = writer.offset;
  let numbers = 0;
  for (const page of pagesOf(rows, pageBytes / bytesOf[type])) numbers += writePage(writer, type, page);
  const size = BigInt(writer.offset - start);
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: numberElement(type).type!,
      encodings: ['PLAIN', 'RLE'],
      path_in_schema: [name, 'list', 'element'],
      codec: 'UNCOMPRESSED', // they hardly repeat
      num_values: BigInt(numbers),
      total_uncompressed_size: size,
      total_compressed_size: size,
      data_page_offset: BigInt(start),
    },
  };
}

const bytesOf = { float32: 4, float16: 2 } as const;

/** Rows of about so many numbers: a row is never parted. */
function* pagesOf(
  rows: readonly (NumberList | undefined)[],
  numbers: number,
): Generator<readonly (NumberList | undefined)[]> {
  let [first, held] = [0, 0];
  for (const [place, row] of rows.entries()) {
    const more = row?.length ?? 0;
    if (held > 0 && held + more > numbers) {
      yield rows.slice(first, place);
      [first, held] = [place, 0];
    }
    held += more;
  }
  yield rows.slice(first);
}

/** Returns how many values it counts: numbers, and one for each row that has none. */
function writePage(writer: Writer, type: NumberType, rows: readonly (NumberList | undefined)[]): number {
  // Of each value whether it goes on with a row, and how much is there of it: the list, and a number in that.
  const [repetitions, definitions] = [new ByteWriter(), new ByteWriter()];
  let count = 0;
  for (const row of rows) {
    const values = row && row.length > 0 ? row.length : 1;
    writeRun(repetitions, 1, 0);
    if (values > 1) writeRun(repetitions, values - 1, 1);
    writeRun(definitions, values, !row ? 0 : row.length === 0 ? 1 : 2);
    count += values;
  }
  const lists = rows.filter((row) => row !== undefined);
  const numbers = numbersOf(lists, type);
  const bytes = repetitions.offset + definitions.offset + numbers.byteLength;
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: bytes,
    compressed_page_size: bytes,
    data_page_header_v2: {
      num_values: count,
      num_nulls: count - numbers.length,
      num_rows: rows.length,
      encoding: 'PLAIN',
      definition_levels_byte_length: definitions.offset,
      repetition_levels_byte_length: repetitions.offset,
      is_compressed: false,
    },
  });
  writer.appendBytes(repetitions.getBytes());
  writer.appendBytes(definitions.getBytes());
  writer.appendBytes(new Uint8Array(numbers.buffer));
  return count;
}

/** So many times the same level. */
function writeRun(writer: ByteWriter, length: number, level: number): void {
  writer.appendVarInt(length << 1);
  writer.appendUint8(level);
}

function numbersOf(lists: readonly NumberList[], type: NumberType) {
  const length = lists.reduce((sum, { length }) => sum + length, 0);
  const numbers = new Float32Array(length);
  let at = 0;
  for (const list of lists) {
    numbers.set(list, at);
    at += list.length;
  }
  return castTensor(tensor('float32', [length], numbers), type).data;
}
