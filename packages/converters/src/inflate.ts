// Deflated zip entries, by the platform's own DecompressionStream. torch.save never compresses, but people
// repack archives. Never more than the declared size comes out.

import { blockBytes } from './byte-range.js';
import { downloadAgain, refusal } from './refusal.js';

/**
 * Bytes `from` to `to` of what `compressed` inflates to, in blocks of `blockBytes` but for the last. There
 * is no way into the middle of a deflate stream: what lies before `from` is inflated and dropped.
 */
export async function* inflate(
  name: string,
  compressed: AsyncIterator<Uint8Array>,
  size: number,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  if (from === to) return;
  let sourceFailed: { reason: unknown } | undefined; // platforms wrap it in errors of their own
  const reader = inflating(compressed, (reason) => {
    sourceFailed = { reason };
  }).getReader();
  const nextPiece = async () => {
    try {
      return (await reader.read()).value;
    } catch (cause) {
      if (sourceFailed) throw sourceFailed.reason;
      throw refusal(name, 'cannot be inflated', { mend: downloadAgain, cause });
    }
  };
  try {
    let position = 0; // of the next inflated piece
    let block = new Uint8Array(Math.min(blockBytes, to - from));
    let filled = 0;
    let yielded = from;
    while (yielded < to) {
      const piece = await nextPiece();
      if (!piece || position + piece.length > size) {
        throw refusal(name, 'does not inflate to its declared size', {
          expected: `${size} bytes`,
          got: piece ? 'more' : `${position}`,
          mend: downloadAgain,
        });
      }
      let at = Math.max(0, from - position);
      position += piece.length;
      while (at < piece.length && yielded < to) {
        const count = Math.min(piece.length - at, block.length - filled);
        block.set(piece.subarray(at, at + count), filled);
        at += count;
        filled += count;
        if (filled < block.length) continue;
        yield block;
        yielded += filled;
        block = new Uint8Array(Math.min(blockBytes, to - yielded));
        filled = 0;
      }
    }
  } finally {
    await reader.cancel().catch(() => {}); // it may have failed already, and then we know
  }
}

function inflating(compressed: AsyncIterator<Uint8Array>, failed: (reason: unknown) => void) {
  const bytes = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const { done, value } = await compressed.next();
        if (done) controller.close();
        else controller.enqueue(value as Uint8Array<ArrayBuffer>);
      } catch (reason) {
        failed(reason);
        throw reason;
      }
    },
  });
  return bytes.pipeThrough(new DecompressionStream('deflate-raw'));
}
