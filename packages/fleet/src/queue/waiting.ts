// Waiting for a while, for something to happen, or for the end.

export interface Bell {
  readonly ring: () => void;
  /** Resolves when it rings, or after so many milliseconds; at once if it has rung since. Rejects with the signal's reason. */
  rung(most: number, signal: AbortSignal): Promise<void>;
}

export function openBell(): Bell {
  let hasRung = false;
  let wake = () => {};
  return {
    ring() {
      hasRung = true;
      wake();
    },
    async rung(most, signal) {
      signal.throwIfAborted();
      if (!hasRung) {
        await new Promise<void>((resolve) => {
          const end = () => {
            clearTimeout(timer);
            signal.removeEventListener('abort', end);
            resolve();
          };
          const timer = setTimeout(end, most);
          signal.addEventListener('abort', end);
          wake = end;
        });
      }
      hasRung = false;
      signal.throwIfAborted();
    },
  };
}

/** Resolves after so many milliseconds, or as soon as the signal is aborted. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });
}

/** What a promise comes to, or undefined after so many milliseconds. */
export async function within<Result>(
  milliseconds: number,
  promise: Promise<Result>,
): Promise<Result | undefined> {
  const enough = new AbortController();
  try {
    return await Promise.race([promise, pause(milliseconds, enough.signal).then(() => undefined)]);
  } finally {
    enough.abort();
  }
}
