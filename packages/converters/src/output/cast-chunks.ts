import { castTensor, type DType, tensor } from '@audiozoo/core';
import { bytesToElements } from '@audiozoo/core/plugin';

/** Chunks of whole elements in another dtype, chunk by chunk. */
export async function* castChunks(
  chunks: AsyncIterable<Uint8Array>,
  from: DType,
  to: DType,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    if (from === to) {
      yield chunk;
      continue;
    }
    const elements = bytesToElements(from, chunk);
    const { data } = castTensor(tensor(from, [elements.length], elements), to);
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
}
