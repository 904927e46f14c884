// Parquet, in groups of rows: what is written is let go of, so that memory does not grow with a shard.

import { open } from 'node:fs/promises';
import { notWritable } from '@audiozoo/core/disk';
import type { SchemaElement } from 'hyparquet';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { JobSettings } from '../job/job-settings.js';
import { type NumberList, type NumberType, numberElement, writeNumberLists } from './number-lists.js';
import type { ResultRow } from './result-row.js';
import type { RowWriter } from './row-writer.js';

/** Rows that are written at a time, in which nothing else is done: fewer of those with embeddings, which wait in memory. */
const groupRows = 4096;
const embeddingGroupRows = 1024;

/** The key of the file's metadata that says what lies in it. */
export const countsKey = 'audiozoo';

/** A table of results. Errors name `target`. */
export async function parquetRows(path: string, target: string, settings: JobSettings): Promise<RowWriter> {
  const columns = columnsOf(settings);
  const refuse = notWritable(target);
  const begin = () => {
    const schema = [
      { name: 'root', num_children: columns.length },
      ...columns.flatMap(({ schema }) => schema),
    ];
    return new ParquetWriter({ writer: fileWriter(path), schema, createdBy: 'audiozoo' });
  };
  const attempt = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      return refuse(error);
    }
  };
  const writer = attempt(begin);
  const size = settings.embed === undefined ? groupRows : embeddingGroupRows;
  let waiting: ResultRow[] = [];
  const flush = () => {
    attempt(() => writeGroup(writer, columns, waiting));
    waiting = [];
  };
  return {
    async write(row) {
      waiting.push(row);
      if (waiting.length === size) flush();
    },
    async finish(counts) {
      if (waiting.length > 0) flush();
      writer.kvMetadata = [{ key: countsKey, value: JSON.stringify(counts) }];
      attempt(() => writer.finish());
      const file = await open(path, 'r+').catch(refuse);
      try {
        await file.sync().catch(refuse); // or a crash after the rename could leave an empty file
      } finally {
        await file.close();
      }
    },
    async close() {}, // it is open only while it is written to
  };
}

type Column = {
  readonly schema: readonly [SchemaElement, ...SchemaElement[]];
} & (
  | { readonly of: (row: ResultRow) => unknown; readonly numbers?: undefined }
  | { readonly of: (row: ResultRow) => NumberList | undefined; readonly numbers: NumberType }
);

/** Lists of numbers come behind what the writer makes itself, and are told of in the order of the schema. */
function writeGroup(writer: ParquetWriter, columns: readonly Column[], rows: readonly ResultRow[]): void {
  const others = columns.filter(({ numbers }) => !numbers);
  const columnData = others.map(({ schema: [{ name }], of }) => ({ name, data: rows.map(of) }));
  void writer.write({ columnData, rowGroupSize: rows.length });
  const group = writer.row_groups.at(-1)!;
  let place = 0;
  for (const { schema, of, numbers } of columns) {
    if (numbers) {
      const chunk = writeNumberLists(writer.writer, schema[0].name, numbers, rows.map(of));
      const { total_compressed_size: size } = chunk.meta_data!;
      group.columns.splice(place, 0, chunk);
      group.total_byte_size += size;
      group.total_compressed_size! += size;
    }
    place += schema.filter(({ type }) => type).length; // a list of records is one of columns
  }
}

const windowColumn: Column = {
  schema: [{ name: 'window', type: 'INT32', repetition_type: 'OPTIONAL' }],
  of: ({ window }) => window,
};

function columnsOf({ scores, events, hop, embed }: JobSettings): Column[] {
  const told: Column =
    events === true
      ? {
          schema: listOf('events', [
            { name: 'element', repetition_type: 'REQUIRED', num_children: 4 },
            text('label', 'REQUIRED'),
            number('start', 'REQUIRED'),
            number('end', 'REQUIRED'),
            number('score', 'REQUIRED'),
          ]),
          of: ({ events }) => events,
        }
      : scores.kind === 'all'
        ? {
            schema: listOf('scores', [numberElement('float32')]),
            of: ({ scores }) => scores,
            numbers: 'float32',
          }
        : {
            schema: listOf('labels', [
              { name: 'element', repetition_type: 'REQUIRED', num_children: 2 },
              text('label', 'REQUIRED'),
              number('score', 'REQUIRED'),
            ]),
            of: ({ labels }) => labels,
          };
  const columns: Column[] = [
    { schema: [text('id', 'REQUIRED')], of: ({ id }) => id },
    { schema: [text('source', 'REQUIRED')], of: ({ source }) => source },
    ...(hop !== undefined && !events ? [windowColumn] : []),
    { schema: [number('start')], of: ({ start }) => start },
    { schema: [number('end')], of: ({ end }) => end },
    { schema: [number('seconds')], of: ({ seconds, error }) => (error ? undefined : seconds) },
    { schema: [text('note')], of: ({ note }) => note },
    told,
    { schema: [text('code')], of: ({ error }) => error?.code },
    { schema: [text('error')], of: ({ error }) => error?.message },
  ];
  if (embed === undefined) return columns;
  const schema = listOf('embedding', [numberElement(embed)]);
  return [...columns, { schema, of: ({ embedding }) => embedding, numbers: embed }];
}

type Repetition = NonNullable<SchemaElement['repetition_type']>;

function text(name: string, repetition_type: Repetition = 'OPTIONAL'): SchemaElement {
  return { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type };
}

function number(name: string, repetition_type: Repetition = 'OPTIONAL'): SchemaElement {
  return { name, type: 'DOUBLE', repetition_type };
}

function listOf(name: string, element: readonly SchemaElement[]): [SchemaElement, ...SchemaElement[]] {
  return [
    { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    ...element,
  ];
}
