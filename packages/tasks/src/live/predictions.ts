// When to predict: at each hop of sound that waits, or as often as the model keeps up with sound that goes on.

export interface Listener<Result> {
  readonly hopSamples: number;
  /** Resolves to how much there is to predict from that was not there before: 0 is not enough. */
  push(samples: Float32Array): Promise<number>;
  predict(): Promise<Result>;
  /** The last prediction, of sound that has ended. Absent: where sound that waits ends between two hops, one more. */
  readonly finish?: () => Promise<Result>;
}

export interface Dropped {
  /** Hops without a prediction since the one before, because the model was too slow. */
  readonly dropped: number;
}

/** For sound that waits: a prediction at the very end of each hop. */
export async function* hopByHop<Result>(
  pieces: AsyncIterable<Float32Array>,
  { hopSamples, push, predict, finish }: Listener<Result>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Result & Dropped, void, undefined> {
  let inHop = 0;
  let heard = 0;
  for await (const piece of pieces) {
    for (let offset = 0; offset < piece.length; ) {
      const part = piece.subarray(offset, offset + hopSamples - inHop);
      heard += await push(part);
      offset += part.length;
      inHop += part.length;
      if (inHop < hopSamples) continue;
      inHop = 0;
      if (heard > 0) yield { ...(await predict()), dropped: 0 };
    }
  }
  if (signal?.aborted) return;
  if (finish || inHop > 0 || heard === 0) yield { ...(await (finish ?? predict)()), dropped: 0 };
}

/** For sound that goes on: it is taken as it comes, and predicted from what is latest whenever a hop is due. */
export async function* keepingUp<Result>(
  pieces: AsyncIterable<Float32Array>,
  { hopSamples, push, predict, finish }: Listener<Result>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Result & Dropped, void, undefined> {
  let samples = 0;
  let heard = 0;
  let hopsDone = 0;
  let end: { readonly error?: unknown } | undefined;
  let wake = () => {};

  const hear = async () => {
    for await (const piece of pieces) {
      heard += await push(piece);
      samples += piece.length;
      wake();
    }
  };
  hear()
    .then(
      () => (end = {}),
      (error: unknown) => (end = { error }),
    )
    .then(() => wake());

  for (;;) {
    const hops = Math.floor(samples / hopSamples);
    if (heard > 0 && hops > hopsDone) {
      const dropped = hops - hopsDone - 1;
      hopsDone = hops;
      yield { ...(await predict()), dropped };
    } else if (end) {
      if ('error' in end) throw end.error;
      if (finish && !signal?.aborted) yield { ...(await finish()), dropped: 0 };
      return;
    } else {
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
}
