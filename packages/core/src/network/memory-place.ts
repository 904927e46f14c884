import { type ByteSource, blobSource } from '../files/byte-source.js';
import type { OwnBytes } from '../tensors/own-array.js';
import { inBatches } from './byte-stream.js';
import type { Draft, Place } from './draft.js';

/** Keeps nothing: all bytes are one Blob, whose parts leave JavaScript's memory for the browser's, which may be a disk. */
export const memoryPlace: Place = {
  async find() {
    return undefined;
  },
  async keep(_file, fill) {
    let parts: Blob[] = [];
    const { draft, flush } = batchedDraft(
      async (batch) => void parts.push(new Blob([batch])),
      async () => {
        parts = [];
      },
    );
    await fill(draft);
    await flush();
    return blobSource(new Blob(parts));
  },
  async remove() {},
};

/** Places that keep what came for as long as the program runs, and what they keep, by its name. */
export function smallFilePlaces(): {
  readonly kept: ReadonlyMap<string, ByteSource>;
  place(name: string): Place;
} {
  const kept = new Map<string, ByteSource>();
  return {
    kept,
    place: (name) => ({
      ...memoryPlace,
      async find() {
        const source = kept.get(name);
        return source && { source, version: {}, sha256: undefined };
      },
      async keep(file, fill) {
        const source = await memoryPlace.keep(file, fill);
        kept.set(name, source);
        return source;
      },
    }),
  };
}

/** A draft that begins with nothing and is written batch by batch. */
export function batchedDraft(
  write: (batch: OwnBytes) => Promise<void>,
  empty: () => Promise<void>,
): { readonly draft: Draft; flush(): Promise<void> } {
  const batches = inBatches(write);
  let bytes = 0;
  let version: Draft['version'] = {};
  const draft: Draft = {
    get bytes() {
      return bytes;
    },
    get version() {
      return version;
    },
    async *read() {},
    async begin(next) {
      batches.forget();
      if (bytes > 0) await empty();
      bytes = 0;
      version = next;
    },
    async append(piece) {
      bytes += piece.length;
      await batches.append(piece);
    },
  };
  return { draft, flush: batches.flush };
}
