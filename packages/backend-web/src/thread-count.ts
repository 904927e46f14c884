// How many threads WebAssembly gets: the same for every runtime that asks.

export interface ThreadCount {
  readonly count: number;
  /** Why there are no more; empty when there is nothing to say. */
  readonly why: string;
}

/** Whether workers may share memory: pages that are not isolated have none to share; other runtimes always do. */
export function canShareMemory(): boolean {
  const { crossOriginIsolated = true } = globalThis as { readonly crossOriginIsolated?: boolean };
  return crossOriginIsolated;
}

/** The threads asked for, or half of the logical cores; one where memory cannot be shared. */
export function settleThreads(asked: number | undefined): ThreadCount {
  if (!canShareMemory()) return { count: 1, why: 'the page is not cross-origin isolated' };
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
