// Safetensors, written as a stream: the header is known from names and shapes, the data pass through in
// chunks, and weights are never in memory whole.

import { AudiozooError } from '../errors.js';
import type { FileSink } from '../files/file-sink.js';
import type { Progress } from '../progress.js';
import { bytesPerElement, type DType } from '../tensors/dtype.js';
import type { Shape } from '../tensors/shape.js';
import type { Tensor } from '../tensors/tensor.js';
import { safetensorsDType } from './safetensors.js';
import { byteLength } from './weights.js';

export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  /** The elements in row-major order, little-endian, in pieces of any size. Asked for once, when due. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** An entry of numbers that are in memory. */
export function memoryEntry(name: string, { dtype, shape, data }: Tensor): SafetensorsEntry {
  return {
    ...{ name, dtype, shape },
    async *chunks() {
      yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    },
  };
}

export interface SafetensorsOptions {
  /** Texts by name. `format` is there anyhow: Python's transformers asks for it before it loads a file. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly onWrite?: ((bytes: number) => void) | undefined;
}

const headerAlignment = 8;

/**
 * Writes entries as one safetensors file and returns its size. Entries keep their order, but for larger
 * element types going first, so that all data are aligned. Throws when an entry's chunks are not as long
 * as its shape says; `sink` then holds half a file.
 */
export async function writeSafetensors(
  sink: FileSink,
  entries: readonly SafetensorsEntry[],
  { metadata, onWrite }: SafetensorsOptions = {},
): Promise<number> {
  const ordered = [...entries].sort((a, b) => bytesPerElement(b.dtype) - bytesPerElement(a.dtype));
  const header = encodeHeader(ordered, { format: 'pt', ...metadata });
  await sink.write(header);
  let size = header.length;
  for (const entry of ordered) {
    const expected = byteLength(entry);
    let written = 0;
    for await (const chunk of entry.chunks()) {
      written += chunk.length;
      if (written > expected) break;
      await sink.write(chunk);
      onWrite?.(chunk.length);
    }
    if (written !== expected) {
      throw new AudiozooError({
        code: 'safetensors',
        what: `tensor ${JSON.stringify(entry.name)} cannot be written`,
        expected: `${expected} bytes, as its shape says`,
        got: written > expected ? 'more' : `${written}`,
      });
    }
    size += expected;
  }
  return size;
}

/** Writes entries as a safetensors file and closes it, saying how far it is. Returns its size. */
export async function writeWeightsFile(
  create: () => Promise<FileSink>,
  entries: readonly SafetensorsEntry[],
  {
    signal,
    onProgress,
  }: {
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((progress: Progress) => void) | undefined;
  },
): Promise<number> {
  const total = entries.reduce((sum, entry) => sum + byteLength(entry), 0);
  let done = 0;
  const file = await create();
  try {
    return await writeSafetensors(file, entries, {
      onWrite(count) {
        signal?.throwIfAborted();
        done += count;
        onProgress?.({ done, total, unit: 'bytes' });
      },
    });
  } finally {
    await file.close();
  }
}

function encodeHeader(
  entries: readonly SafetensorsEntry[],
  metadata: Readonly<Record<string, string>>,
): Uint8Array {
  // Put together as text: as an object's keys, names such as `__proto__` and `0` would lead a life of their own.
  const fields = [`"__metadata__":${JSON.stringify(metadata)}`];
  const names = new Set(['__metadata__']);
  let offset = 0;
  for (const { name, dtype, shape } of entries) {
    if (names.has(name)) {
      throw new AudiozooError({
        code: 'safetensors',
        what: `the name ${JSON.stringify(name)} cannot stand twice in a safetensors file`,
      });
    }
    names.add(name);
    const end = offset + byteLength({ dtype, shape });
    const entry = { dtype: safetensorsDType(dtype), shape, data_offsets: [offset, end] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    offset = end;
  }
  const text = new TextEncoder().encode(`{${fields.join(',')}}`);
  const length = Math.ceil(text.length / headerAlignment) * headerAlignment;
  const header = new Uint8Array(8 + length).fill(0x20); // padded with spaces, as the reference does
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(text, 8);
  return header;
}
