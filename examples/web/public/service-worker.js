// Keeps the pages for visits without a network. The pages themselves come from the network while there is one, so
// that a new version is never hidden by an old one; their other files carry their content's hash in their names and
// are taken from here first. Responses are kept whole, with the headers that isolate pages: threads work
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

/** A page: from the network, and what all are made of is kept anew; without a network as it was kept. */
async function page(event) {
  try {
    const response = await fetch(event.request);
    if (response.ok) event.waitUntil(keepShell().catch(() => {}));
    return response;
  } catch (error) {
    const cache = await caches.open(cacheName);
    const kept = await cache.match(event.request, { ignoreSearch: true });
    const first = kept ?? (await cache.match(worker.registration.scope));
    if (first) return first;
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
  const isPage = (url) => url === scope || url.endsWith('.html');
  await cache.addAll(urls.filter(isPage).map((url) => new Request(url, { cache: 'no-cache' })));
  await cache.addAll(urls.filter((url) => !isPage(url) && !kept.has(url)));
  await Promise.all([...kept].filter((url) => !urls.includes(url)).map((url) => cache.delete(url)));
}
