// The results of a shard: written beside as they come, under their name once they are whole.

import { writeWhole } from '@audiozoo/core/disk';
import type { JobSettings } from '../job/job-settings.js';
import { embeddingRows } from './embedding-rows.js';
import { jsonLines } from './json-lines.js';
import { parquetRows } from './parquet-rows.js';
import type { ResultRow } from './result-row.js';
import { embeddingsPath, shardPath } from './results-folder.js';
import type { RowWriter, ShardCounts } from './row-writer.js';

export interface ShardFile {
  readonly folder: string;
  readonly id: string;
  readonly settings: JobSettings;
  /** Numbers in an embedding, where there are some. */
  readonly embeddingSize: number;
}

/**
 * Writes a shard's file from what `each` gives: lines by their sounds. The file appears last, when embeddings beside it are
 * there. Throws a `file` error where it cannot be written; then nothing is left.
 */
export async function writeShard(
  { folder, id, settings, embeddingSize }: ShardFile,
  sounds: AsyncIterable<readonly ResultRow[]>,
): Promise<ShardCounts> {
  const { format, embed } = settings;
  const target = shardPath(folder, id, format);
  const write = async (open: readonly (() => Promise<RowWriter>)[]) => {
    const writers: RowWriter[] = [];
    try {
      for (const each of open) writers.push(await each());
      let [clips, seconds, failed, noted] = [0, 0, 0, 0];
      for await (const rows of sounds) {
        if (rows.some(({ error }) => error)) failed++;
        else clips++;
        if (rows.some(({ note }) => note !== undefined)) noted++;
        for (const row of rows) {
          seconds += row.seconds;
          for (const writer of writers) await writer.write(row);
        }
      }
      const counts = { clips, seconds, failed, noted };
      for (const writer of writers) await writer.finish(counts);
      return counts;
    } finally {
      for (const writer of writers) await writer.close();
    }
  };
  let counts: ShardCounts | undefined;
  await writeWhole(target, async (partial) => {
    const rows = () => (format === 'jsonl' ? jsonLines : parquetRows)(partial, target, settings);
    if (format === 'parquet' || embed === undefined) {
      counts = await write([rows]);
      return;
    }
    const beside = embeddingsPath(folder, id);
    await writeWhole(beside, async (besidePartial) => {
      const embeddings = () => embeddingRows(besidePartial, beside, { embed, size: embeddingSize });
      counts = await write([rows, embeddings]);
    });
  });
  return counts!;
}
