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
  else if (pathname.includes('/assets/')) event.respondWith(asset(event));
  else if (request.url === listUrl()) event.respondWith(list(request));
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

/** What is large is kept once somebody asks for it: whole, before it is handed on. Where there is no room, it is fetched. */
async function asset({ request }) {
  const cache = await caches.open(cacheName);
  const kept = () => cache.match(request.url);
  const found = (await kept()) ?? (await cache.add(request.url).then(kept, () => undefined));
  return found ?? fetch(request);
}

/** What the build says of its files: the newest, or what was kept last. */
async function list(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await (await caches.open(cacheName)).match(request.url);
    if (kept) return kept;
    throw error;
  }
}

function listUrl() {
  return new URL('shell.json', worker.registration.scope).href;
}

/** Keeps every file that shell.json lists, and no other but those that it lists for later. */
async function keepShell() {
  const { scope } = worker.registration;
  const cache = await caches.open(cacheName);
  const listed = await fetch(listUrl(), { cache: 'no-store' });
  const copy = listed.clone();
  const { files, later } = await listed.json();
  const [urls, large] = [files, later].map((some) => some.map((file) => new URL(file, scope).href));
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  const isPage = (url) => url === scope || url.endsWith('.html');
  await cache.addAll(urls.filter(isPage).map((url) => new Request(url, { cache: 'no-cache' })));
  await cache.addAll(urls.filter((url) => !isPage(url) && !kept.has(url)));
  await cache.put(listUrl(), copy);
  const wanted = new Set([...urls, ...large, listUrl()]);
  await Promise.all([...kept].filter((url) => !wanted.has(url)).map((url) => cache.delete(url)));
}
