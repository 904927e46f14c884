import { tensor, writeNpy } from '@audiozoo/core';
import { fileSink } from '@audiozoo/core/disk';
import { numberToFloat16 } from '@audiozoo/core/plugin';
import type { JobSettings } from '../job/job-settings.js';
import type { RowWriter } from './row-writer.js';

interface EmbeddingOptions {
  readonly embed: NonNullable<JobSettings['embed']>;
  readonly size: number;
}

/** Embeddings as NumPy's .npy, [lines, size], NaN where a sound could not be heard: the shape comes first, so they wait for the last. */
export async function embeddingRows(
  path: string,
  target: string,
  { embed, size }: EmbeddingOptions,
): Promise<RowWriter> {
  const file = await fileSink(path, target);
  const rows: (Float32Array | undefined)[] = [];
  let isClosed = false;
  const close = async () => {
    if (!isClosed) await file.close();
    isClosed = true;
  };
  return {
    async write({ embedding }) {
      rows.push(embedding);
    },
    async finish() {
      const values = new Float32Array(rows.length * size);
      for (const [place, row] of rows.entries()) {
        if (row) values.set(row, place * size);
        else values.fill(Number.NaN, place * size, (place + 1) * size);
      }
      const shape = [rows.length, size];
      const table =
        embed === 'float16'
          ? tensor('float16', shape, Uint16Array.from(values, numberToFloat16))
          : tensor('float32', shape, values);
      await file.write(writeNpy(table));
      await close();
    },
    close: () => close().catch(() => {}), // what it says was said before
  };
}
