// The walk of a job runs ahead of its work, so that its whole size is known early where it is not large.

import type { Shard } from '@audiozoo/fleet';

/** Sounds that are walked and wait to be heard, at most. */
const mostAhead = 50_000;

/** The same shards, taken as they come, up to a bound; `onShard` hears of each as it is taken. */
export async function* walkAhead(
  shards: AsyncIterable<Shard>,
  onShard: (shard: Shard | undefined) => void,
): AsyncGenerator<Shard, void, undefined> {
  const waiting: Shard[] = [];
  let held = 0;
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;
  let wakeReader = () => {};
  let wakeWalker = () => {};
  let isLeft = false;
  const walk = async () => {
    try {
      for await (const shard of shards) {
        if (isLeft) return;
        waiting.push(shard);
        held += shard.entries.length;
        onShard(shard);
        wakeReader();
        while (held >= mostAhead && !isLeft) await new Promise<void>((resolve) => (wakeWalker = resolve));
      }
      onShard(undefined);
    } catch (error) {
      failure = { error };
    }
    isOver = true;
    wakeReader();
  };
  void walk();
  try {
    for (;;) {
      const shard = waiting.shift();
      if (shard) {
        held -= shard.entries.length;
        wakeWalker();
        yield shard;
      } else if (failure) throw failure.error;
      else if (isOver) return;
      else await new Promise<void>((resolve) => (wakeReader = resolve));
    }
  } finally {
    isLeft = true;
    wakeWalker();
  }
}
