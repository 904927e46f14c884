import { openModelDirectory, readTensor } from '@audiozoo/core';
import { openFiles } from '@audiozoo/core/files';

/** Opens a model directory and looks at every tensor, as a backend does, but keeps none. */
export async function readEveryTensor(location: string, cache: boolean) {
  const start = performance.now();
  let from = '';
  const onProgress = (progress: { readonly from: string }) => {
    from = progress.from;
  };
  const { weights } = await openModelDirectory(await openFiles(location, { cache, onProgress }));
  let bytes = 0;
  for (const stored of weights.tensors.values()) bytes += (await readTensor(stored)).data.byteLength;
  await weights.close();
  return { milliseconds: performance.now() - start, bytes, from };
}
