/** Has the service worker keep the pages for visits without a network; what is served from source changes, and is not kept. */
export function keepOffline(): void {
  if (!IS_BUILT || !('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register('./service-worker.js').catch((error: unknown) => {
    console.warn('The page will not be there offline:', error);
  });
}
