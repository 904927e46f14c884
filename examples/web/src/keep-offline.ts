/** What the build says of its files (app-shell.ts). */
export interface Shell {
  /** Of what the service worker keeps of itself. */
  readonly bytes: number;
  /** What choosing a runtime downloads, in bytes. */
  readonly runtimes: Readonly<Record<'onnxruntime' | 'tfjs', number>>;
  /** Files that are kept once they are asked for: too large for those who never do. */
  readonly later: readonly string[];
}

/**
 * Has the service worker keep the pages for visits without a network; what is served from source changes, and is not kept.
 * Resolves to whether they are there.
 */
export async function keepOffline(): Promise<boolean> {
  if (!IS_BUILT || !('serviceWorker' in navigator)) return false;
  try {
    await navigator.serviceWorker.register('./service-worker.js');
    await navigator.serviceWorker.ready;
    return true;
  } catch (error) {
    console.warn('The page will not be there offline:', error);
    return false;
  }
}

/** `undefined` where nobody says: without a network, and from source. */
export async function readShell(): Promise<Shell | undefined> {
  if (!IS_BUILT) return undefined;
  const response = await fetch('./shell.json').catch(() => undefined);
  return response?.ok ? ((await response.json()) as Shell) : undefined;
}

/** Has the service worker, once it is there, keep the large files of a runtime that were fetched before. */
export async function keepLarge(shell: Shell | undefined): Promise<void> {
  await Promise.all((shell?.later ?? []).map((file) => fetch(file))).catch(() => undefined);
}
