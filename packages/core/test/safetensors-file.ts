import type { Tensor } from '@audiozoo/core';
import { byteLength, safetensorsDType } from '@audiozoo/core/plugin';

/** Tensors as the bytes of a safetensors file. */
export function safetensorsFile(tensors: Readonly<Record<string, Tensor>>): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(tensors);
  let end = 0;
  const header = entries.map(([name, item]) => {
    const start = end;
    end += byteLength(item);
    return [name, { dtype: safetensorsDType(item.dtype), shape: item.shape, data_offsets: [start, end] }];
  });
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const file = new Uint8Array(8 + text.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  let offset = 8 + text.length;
  for (const [, item] of entries) {
    file.set(new Uint8Array(item.data.buffer, item.data.byteOffset, item.data.byteLength), offset);
    offset += item.data.byteLength;
  }
  return file;
}
