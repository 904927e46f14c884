// Bytes that come in pieces, as iterables: what a network hands out and what storage takes.

/** Enough to keep storage busy, little enough to hold. */
const batchBytes = 4 * 1024 * 1024;

/** A body's pieces. Breaking off, or a failure of whoever reads, cancels it. */
export async function* piecesOf(body: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const { done, value } = await body.read();
      if (done) return;
      yield value;
    }
  } finally {
    await body.cancel().catch(() => undefined); // it may have failed already, and whoever read it knows
  }
}

/** The same bytes in fewer, larger pieces, whose memory is not used again. */
async function* inBatches(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let batch = new Uint8Array(batchBytes);
  let filled = 0;
  for await (const piece of pieces) {
    for (let offset = 0; offset < piece.length; ) {
      const part = piece.subarray(offset, offset + batchBytes - filled);
      batch.set(part, filled);
      filled += part.length;
      offset += part.length;
      if (filled === batchBytes) {
        yield batch;
        batch = new Uint8Array(batchBytes);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield batch.subarray(0, filled);
}

/** All bytes as one Blob. Batch after batch leaves JavaScript's memory for the browser's, which may be a disk. */
export async function collectBlob(pieces: AsyncIterable<Uint8Array>): Promise<Blob> {
  const parts: Blob[] = [];
  for await (const batch of inBatches(pieces)) parts.push(new Blob([batch]));
  return new Blob(parts);
}

/** Writes all bytes to a file, which takes them when the last is there; otherwise it stays as it was. */
export async function writeAll(
  file: FileSystemWritableFileStream,
  pieces: AsyncIterable<Uint8Array>,
  beforeItAppears?: () => Promise<void>,
): Promise<void> {
  try {
    for await (const batch of inBatches(pieces)) await file.write(batch);
    await beforeItAppears?.();
    await file.close();
  } catch (error) {
    await file.abort().catch(() => undefined);
    throw error;
  }
}
