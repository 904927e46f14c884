import { ast } from '@audiozoo/ast';
import { convertCheckpoint, memoryDirectory } from '@audiozoo/converters';
import { blobSource, type FileStore, openModelDirectory, readTensor } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';

export interface Opening {
  readonly milliseconds: number;
  /** Of all tensors. */
  readonly bytes: number;
  readonly from: string;
}

/** Opens a model directory over HTTP and reads it. */
export async function openAddress(location: string, cache: boolean): Promise<Opening> {
  const start = performance.now();
  let from = '';
  const onProgress = (progress: { readonly from: string }) => {
    from = progress.from;
  };
  const bytes = await readEveryTensor(await openFiles(location, { cache, onProgress }));
  return { milliseconds: performance.now() - start, bytes, from };
}

/** Converts the checkpoint that the page's file input was given, as `serveClassifier` does, and reads it. */
export async function openCheckpoint(): Promise<Opening> {
  const start = performance.now();
  const output = memoryDirectory();
  const [file] = document.querySelector('input')!.files!;
  await convertCheckpoint(blobSource(file!), { models: [ast], output });
  return { milliseconds: performance.now() - start, bytes: await readEveryTensor(output), from: 'file' };
}

/** Looks at every tensor, as a backend does, but keeps none. */
async function readEveryTensor(files: FileStore): Promise<number> {
  const { weights } = await openModelDirectory(files);
  let bytes = 0;
  for (const stored of weights.tensors.values()) bytes += (await readTensor(stored)).data.byteLength;
  await weights.close();
  return bytes;
}

document.body.append(Object.assign(document.createElement('input'), { type: 'file' }));
