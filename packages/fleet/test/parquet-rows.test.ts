import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { float16ToNumber, numberToFloat16 } from '@audiozoo/core/plugin';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import { parquetRows } from '../src/results/parquet-rows.js';
import type { ResultRow } from '../src/results/result-row.js';
import { settings } from './job.js';
import { temporaryFolder } from './temporary-folder.js';

const [rowCount, size] = [1100, 300]; // two groups, the first of two pages in float32

const rows = Array.from({ length: rowCount }, (_, row): ResultRow => {
  const told = { id: `${row}`, source: `/${row}`, seconds: 1 };
  if (row % 100 === 7) return { ...told, seconds: 0, error: { code: 'audio', message: 'not sound' } };
  const embedding = Float32Array.from({ length: size }, (_, place) => Math.sin(row * size + place));
  const labels = [{ label: 'rain', score: 0.5 }];
  return { ...told, labels, scores: [0.25, row / rowCount], embedding };
});

async function written(more: Partial<typeof settings>): Promise<ArrayBuffer> {
  const path = join(temporaryFolder(), 'a.parquet');
  const writer = await parquetRows(path, path, { ...settings, format: 'parquet', ...more });
  for (const row of rows) await writer.write(row);
  await writer.finish({ clips: rowCount, seconds: rowCount, failed: 0, noted: 0 });
  return new Uint8Array(readFileSync(path)).buffer;
}

const half = (value: number) => float16ToNumber(numberToFloat16(value));

test.each([
  ['float32', Math.fround],
  ['float16', half],
] as const)('embeddings in %s are those that were written, over groups and pages', async (embed, kept) => {
  const file = await written({ embed });
  const read = await parquetReadObjects({ file, columns: ['id', 'labels', 'embedding'] });
  expect(read.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
  expect(read.map(({ labels }) => labels ?? undefined)).toEqual(rows.map(({ labels }) => labels));
  const embeddings = read.map(({ embedding }) => embedding ?? undefined) as (number[] | undefined)[];
  // As texts, since long lists are compared slowly.
  expect(embeddings.map((list) => list?.join(' '))).toEqual(
    rows.map(({ embedding }) => embedding && Array.from(embedding, kept).join(' ')),
  );
});

test.each([{}, { scores: { kind: 'all' } }] as const)(
  'columns lie in the order of the schema, by which some read them: %o',
  async (more) => {
    const { schema, row_groups } = parquetMetadata(await written({ embed: 'float16', ...more }));
    const leaves = schema.filter(({ type }) => type).map(({ name }) => name);
    expect(row_groups).toHaveLength(2);
    for (const { columns, total_byte_size } of row_groups) {
      expect(columns.map(({ meta_data }) => meta_data!.path_in_schema.at(-1))).toEqual(leaves);
      const sizes = columns.map(({ meta_data }) => meta_data!.total_uncompressed_size);
      expect(sizes.reduce((sum, size) => sum + size, 0n)).toBe(total_byte_size);
    }
  },
);

test('all scores are those that were written', async () => {
  const read = await parquetReadObjects({ file: await written({ scores: { kind: 'all' } }) });
  expect(read.map(({ scores }) => scores ?? undefined)).toEqual(
    rows.map(({ scores }) => scores?.map(Math.fround)),
  );
});
