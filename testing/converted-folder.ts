// A checkpoint's model directory, for tests of the packages that read checkpoints.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConvertOptions, convertCheckpoint, directorySink } from '@audiozoo/converters';
import { openFile } from '@audiozoo/core/files';

/** A folder with what the checkpoint becomes, for as long as `use` takes. */
export async function withConvertedFolder<T>(
  checkpoint: string,
  options: Omit<ConvertOptions, 'output'>,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'audiozoo-converted-'));
  try {
    const directory = join(folder, 'model');
    const source = await openFile(checkpoint);
    const output = directorySink(directory);
    await convertCheckpoint(source, { ...options, output }).finally(() => source.close());
    return await use(directory);
  } finally {
    await rm(folder, { recursive: true });
  }
}
