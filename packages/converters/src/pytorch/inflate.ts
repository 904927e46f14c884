// Deflated zip entries, by the platform's own DecompressionStream. torch.save never compresses, but people
// repack archives. Never more than the declared size comes out.
//
// There is no way into the middle of a deflate stream, and many tensors may be views of one entry: the last one that
// was inflated is kept where it is small, and how often all is inflated is bounded.

import { blockBytes, rest } from '@audiozoo/core/plugin';
import { downloadAgain, refusal } from '../refusal.js';

const maxKeptBytes = 64_000_000;
/** To verify, read and quantize takes four. */
const mostPasses = 8;
/** Takes less than a second. */
const harmlessBytes = 256_000_000;

export interface Deflated {
  /** What to call it in messages. */
  readonly name: string;
  /** Bytes that it inflates to. */
  readonly size: number;
  readonly compressed: () => AsyncIterator<Uint8Array>;
}

export interface Inflater {
  /** Bytes `from` to `to` of an entry, in blocks of `blockBytes` but for the last. */
  blocks(entry: Deflated, from: number, to: number, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Inflates the entries of an archive, which are `total` bytes in all. */
export function createInflater(total: number): Inflater {
  let inflated = 0;
  let kept: { readonly name: string; readonly bytes: Uint8Array } | undefined;

  async function* pass(entry: Deflated, from: number, to: number) {
    inflated += to;
    if (inflated > Math.max(mostPasses * total, harmlessBytes)) {
      throw refusal(entry.name, 'holds too many tensors to be inflated for each', {
        hint: 'Unpack the archive and pack it again without compression.',
      });
    }
    yield* inflate(entry.name, entry.compressed(), entry.size, from, to);
  }

  return {
    async *blocks(entry, from, to, signal) {
      if (from === to) return;
      if (entry.size > maxKeptBytes) {
        for await (const block of pass(entry, from, to)) {
          await rest(signal);
          yield block;
        }
        return;
      }
      if (kept?.name !== entry.name) {
        kept = undefined;
        const bytes = new Uint8Array(entry.size);
        let filled = 0;
        for await (const block of pass(entry, 0, entry.size)) {
          await rest(signal);
          bytes.set(block, filled);
          filled += block.length;
        }
        kept = { name: entry.name, bytes };
      }
      const { bytes } = kept;
      for (let at = from; at < to; at += blockBytes) {
        await rest(signal);
        yield bytes.subarray(at, Math.min(at + blockBytes, to));
      }
    },
  };
}

/** Bytes `from` to `to` of what `compressed` inflates to; what lies before `from` is inflated and dropped. */
async function* inflate(
  name: string,
  compressed: AsyncIterator<Uint8Array>,
  size: number,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  let sourceFailed: { reason: unknown } | undefined; // platforms wrap it in errors of their own
  const reader = inflating(compressed, (reason) => {
    sourceFailed = { reason };
  }).getReader();
  const nextPiece = async () => {
    try {
      return (await reader.read()).value;
    } catch (cause) {
      if (sourceFailed) throw sourceFailed.reason;
      throw refusal(name, 'cannot be inflated', { hint: downloadAgain, cause });
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
          hint: downloadAgain,
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
