// Work on the items of a source, several at a time, for a reader who gets what becomes of them one by one.

import { pMapIterable } from 'p-map';

export type Outcome<Item, Result> =
  | { readonly index: number; readonly item: Item; readonly result: Result }
  | { readonly index: number; readonly item: Item; readonly error: unknown };

export interface InOrderOptions {
  /** Items that are taken from the source and not yet read, at most. */
  readonly ahead: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * What becomes of each item, in the source's order. Of an item that fails it is an error, and the others go on; when
 * the source itself fails, that is thrown after the items before. Aborting throws the signal's reason at once: the
 * work has to see to itself.
 */
export async function* inOrder<Item, Result>(
  source: Iterable<Item> | AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
  { ahead, signal }: InOrderOptions,
): AsyncGenerator<Outcome<Item, Result>, void, undefined> {
  signal?.throwIfAborted();
  const items = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  // Boxed, for it awaits items: one like a promise that never settles would hold up all.
  const boxes: AsyncIterator<{ readonly item: Item }> = {
    async next() {
      const { done, value } = await items.next();
      return done ? { done, value } : { done: false, value: { item: value } };
    },
    async return(value) {
      await items.return?.();
      return { done: true, value };
    },
  };
  const taken = { [Symbol.asyncIterator]: () => boxes };
  const attempt = async ({ item }: { item: Item }, index: number): Promise<Outcome<Item, Result>> => {
    try {
      return { index, item, result: await work(item) };
    } catch (error) {
      return { index, item, error };
    }
  };
  const outcomes = pMapIterable(taken, attempt, { concurrency: ahead })[Symbol.asyncIterator]();
  // It knows no signal, and would wait for what is under way before it lets go of the source.
  let abort = () => {};
  const onAbort = () => abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  const next = () =>
    new Promise<IteratorResult<Outcome<Item, Result>>>((resolve, reject) => {
      signal?.throwIfAborted();
      abort = () => reject(signal!.reason);
      outcomes.next().then(resolve, reject);
    });
  try {
    for (;;) {
      const { value, done } = await next();
      if (done) return;
      yield value;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    const left = outcomes.return?.();
    if (signal?.aborted) void (async () => items.return?.())().catch(() => undefined);
    else await left;
  }
}
