// Work on the items of a source, several at a time, for a reader who gets what becomes of them one by one.

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
  const entries: { outcome?: Outcome<Item, Result> }[] = []; // taken and not yet read
  let taken = 0;
  let taking = false;
  let left = false;
  let end: { readonly error?: unknown } | undefined;
  let wake = () => {};

  const begin = async (item: Item): Promise<void> => {
    const index = taken++;
    const entry: (typeof entries)[number] = {};
    entries.push(entry);
    try {
      entry.outcome = { index, item, result: await work(item) };
    } catch (error) {
      entry.outcome = { index, item, error };
    }
    wake();
  };
  const take = async (): Promise<void> => {
    if (taking) return;
    taking = true;
    try {
      while (!end && entries.length < ahead) {
        const next = await items.next();
        if (left) return;
        if (next.done) end = {};
        else void begin(next.value);
      }
    } catch (error) {
      end = { error };
    } finally {
      taking = false;
      wake();
    }
  };

  const onAbort = () => wake();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    void take();
    for (;;) {
      signal?.throwIfAborted();
      const outcome = entries[0]?.outcome;
      if (outcome) {
        entries.shift();
        void take();
        yield outcome;
      } else if (end && entries.length === 0) {
        if ('error' in end) throw end.error;
        return;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    left = true;
    signal?.removeEventListener('abort', onAbort);
    if (!end) await leave(items, taking, signal);
  }
}

/** Tells a source that nobody reads on. One that is about to give an item cannot hear that before, nor is waited for. */
async function leave(
  items: Iterator<unknown> | AsyncIterator<unknown>,
  busy: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const returned = (async () => items.return?.())();
  if (busy) {
    returned.catch(() => undefined);
    return;
  }
  await returned.catch((error: unknown) => {
    if (!signal?.aborted) throw error; // else its reason is the one to tell of
  });
}
