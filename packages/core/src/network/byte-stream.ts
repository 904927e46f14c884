// Bytes that come in pieces, as iterables: what a network hands out and what storage takes.

import type { OwnBytes } from '../tensors/own-array.js';

/** Enough to keep storage busy, little enough to hold. */
const batchBytes = 4 * 1024 * 1024;

/** How much is read at a time, where the reader can say. */
const pieceBytes = 256 * 1024;

/**
 * A body's pieces. Where the runtime can, all are read into one buffer, where each lies until the next is
 * asked for: hundreds of megabytes in buffers of their own would be garbage faster than it is collected.
 * Breaking off, or a failure of whoever reads, cancels the body.
 */
export async function* piecesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  const { read, cancel } = reader(body);
  try {
    for (let piece = await read(); piece; piece = await read()) yield piece;
  } finally {
    await cancel().catch(() => undefined); // it may have failed already, and whoever read it knows
  }
}

interface PieceReader {
  /** The next piece, or undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
  cancel(): Promise<void>;
}

function reader(body: ReadableStream<Uint8Array>): PieceReader {
  const intoBuffer = bufferReader(body);
  if (!intoBuffer) {
    const reader = body.getReader();
    return { read: async () => (await reader.read()).value, cancel: () => reader.cancel() };
  }
  let buffer = new ArrayBuffer(pieceBytes);
  return {
    async read() {
      const { done, value } = await intoBuffer.read(new Uint8Array(buffer));
      if (done) return undefined;
      buffer = value.buffer;
      return value;
    },
    cancel: () => intoBuffer.cancel(),
  };
}

function bufferReader(body: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | undefined {
  try {
    return body.getReader({ mode: 'byob' });
  } catch {
    return undefined; // Safari, and streams that pages make
  }
}

/** Takes bytes in pieces, and gives them on in fewer, larger ones, each of which is the taker's until it is done. */
export function inBatches(take: (batch: OwnBytes) => Promise<void>) {
  const batch = new Uint8Array(batchBytes);
  let filled = 0;
  const flush = async () => {
    if (filled > 0) await take(batch.subarray(0, filled));
    filled = 0;
  };
  return {
    flush,
    forget() {
      filled = 0;
    },
    async append(piece: Uint8Array): Promise<void> {
      for (let offset = 0; offset < piece.length; ) {
        const part = piece.subarray(offset, offset + batchBytes - filled);
        batch.set(part, filled);
        filled += part.length;
        offset += part.length;
        if (filled === batchBytes) await flush();
      }
    },
  };
}
