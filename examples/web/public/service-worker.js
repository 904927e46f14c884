// Keeps the page for visits without a network. The page itself comes from the network while there is one, so
// a new version is never hidden by an old one; its other files carry their content's hash in their names and
// are taken from here first. Responses are kept whole, with the headers that isolate the page: threads work
// offline too. The model is kept by the library and passes through.

/** @type {ServiceWorkerGlobalScope} */
const worker = /** @type {never} */ (self);
const cacheName = 'audiozoo-web';

worker.addEventListener('install', (event) => {
  event.waitUntil(keepShell().then(() => worker.skipWaiting()));
});

worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== worker.location.origin) return;
  if (request.mode === 'navigate') event.respondWith(page(event));
  else if (pathname.includes('/assets/')) event.respondWith(asset(request));
});

/** The page: from the network, and what it is made of is kept anew; without a network as it was kept. */
async function page(event) {
  try {
    const response = await fetch(event.request);
    if (response.ok) event.waitUntil(keepShell().catch(() => {}));
    return response;
  } catch (error) {
    const kept = await (await caches.open(cacheName)).match(worker.registration.scope);
    if (kept) return kept;
    throw error;
  }
}

async function asset(request) {
  const kept = await (await caches.open(cacheName)).match(request.url);
  return kept ?? fetch(request);
}

/** Keeps every file that shell.json lists, and no other. */
async function keepShell() {
  const { scope } = worker.registration;
  const cache = await caches.open(cacheName);
  const listed = await fetch(new URL('shell.json', scope), { cache: 'no-store' });
  const urls = (await listed.json()).map((file) => new URL(file, scope).href);
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  await cache.add(new Request(scope, { cache: 'no-cache' }));
  await cache.addAll(urls.filter((url) => url !== scope && !kept.has(url)));
  await Promise.all([...kept].filter((url) => !urls.includes(url)).map((url) => cache.delete(url)));
}
