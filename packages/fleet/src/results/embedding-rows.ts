import { castTensor, tensor, writeNpy } from '@audiozoo/core';
import { fileSink } from '@audiozoo/core/disk';
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
  const stored = (values: Float32Array) => castTensor(tensor('float32', [size], values), embed).data;
  const none = stored(new Float32Array(size).fill(Number.NaN));
  const rows: (typeof none)[] = [];
  let isClosed = false;
  const close = async () => {
    if (!isClosed) await file.close();
    isClosed = true;
  };
  return {
    async write({ embedding }) {
      rows.push(embedding ? stored(embedding) : none);
    },
    async finish() {
      const values = new (embed === 'float16' ? Uint16Array : Float32Array)(rows.length * size);
      for (const [place, row] of rows.entries()) values.set(row, place * size);
      await file.write(writeNpy(tensor(embed, [rows.length, size], values)));
      await close();
    },
    close: () => close().catch(() => {}), // what it says was said before
  };
}
