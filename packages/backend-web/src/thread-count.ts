// How many threads WebAssembly gets: the same for every runtime that asks.

export interface ThreadCount {
  readonly count: number;
  /** Why there are no more; empty when there is nothing to say. */
  readonly why: string;
}

/** Whether workers may share memory. */
export function canShareMemory(): boolean {
  return whyNotShared() === '';
}

/** Pages that are not isolated have no memory to share, nor has WebKitGTK, isolated or not; other runtimes always do. */
function whyNotShared(): string {
  const { crossOriginIsolated = true } = globalThis as { readonly crossOriginIsolated?: boolean };
  if (!crossOriginIsolated) return 'the page is not cross-origin isolated';
  return typeof SharedArrayBuffer === 'function' ? '' : 'the browser shares no memory between threads';
}

/**
 * The threads asked for, or half of the logical cores; one where memory cannot be shared, or where `whyOne` says that
 * there is to be one.
 */
export function settleThreads(asked: number | undefined, whyOne = ''): ThreadCount {
  const why = whyNotShared() || whyOne;
  if (why) return { count: 1, why };
  if (asked) return { count: asked, why: '' };
  const { navigator } = globalThis as { readonly navigator?: Navigator };
  // Two logical cores are often one real one, and somebody has to draw the page.
  const cores = navigator?.hardwareConcurrency ?? 1;
  return { count: Math.min(8, Math.max(Math.min(2, cores), Math.ceil(cores / 2))), why: '' };
}

/** For people: `2 threads`. */
export function formatThreads({ count, why }: ThreadCount): string {
  return `${count} thread${count === 1 ? '' : 's'}${why && `: ${why}`}`;
}
