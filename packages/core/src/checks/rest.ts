/** Others wait no longer than this for their turn. */
const restAfterMilliseconds = 50;

let lastRest = 0;

/**
 * Lets other events of this thread happen (Ctrl-C, timers, other calls) if none could for a while, then throws the
 * signal's reason when it is aborted. For loops that work long without waiting for anything: cheap enough to await at
 * every item.
 */
export async function rest(signal?: AbortSignal): Promise<void> {
  if (performance.now() - lastRest >= restAfterMilliseconds) {
    await new Promise((resolve) => setTimeout(resolve));
    lastRest = performance.now();
  }
  signal?.throwIfAborted();
}
