// The service worker: keeps this build's files so that the app starts without a network. It never touches /api/*.
// The build fills in __BUILD__ (an id made from the files' contents) and __FILES__ (their addresses, as JSON).
//
// Messages: {type:'skip-waiting'} takes over now (sent when the person agrees to an update); {type:'kill'} removes the
// worker and everything it kept. A server may also serve a worker that does the same.

declare const __BUILD__: string;
declare const __FILES__: string;
declare const self: any;

const kPrefix = 'whinchat-';
const kCache = kPrefix + __BUILD__;
const kFiles: string[] = JSON.parse(__FILES__);

// Files under /assets/ carry a hash in their name: one that an older build kept is the same file.
async function keep(cache: Cache, url: string): Promise<void> {
  const old = url.startsWith('/assets/') ? await caches.match(url) : undefined;
  const response = old ?? (await fetch(new Request(url, { cache: 'reload', credentials: 'same-origin' })));
  if (response.status !== 200 || response.redirected) throw new Error(`${url}: ${response.status}`);
  await cache.put(url, response);
}

self.addEventListener('install', (event: any) => {
  event.waitUntil(caches.open(kCache).then((cache) => Promise.all(kFiles.map((url) => keep(cache, url)))));
});

async function dropCaches(all: boolean): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith(kPrefix) && (all || name !== kCache)) await caches.delete(name);
}

self.addEventListener('activate', (event: any) => {
  event.waitUntil(dropCaches(false).then(() => self.clients.claim()));
});

self.addEventListener('message', (event: any) => {
  if (event.data?.type === 'skip-waiting') self.skipWaiting();
  if (event.data?.type === 'kill') event.waitUntil(dropCaches(true).then(() => self.registration.unregister()));
});

// Pages: /chat has its own, everything else that looks like a page is the shell. Names with a dot are files.
function keptAddress(url: URL, navigation: boolean): string | undefined {
  if (url.pathname.startsWith('/api/') || url.pathname === '/api') return undefined;
  if (kFiles.includes(url.pathname)) return url.pathname;
  if (!navigation || url.pathname.includes('.') || url.pathname === '/metrics') return undefined;
  return /^\/chat\/?$/.test(url.pathname) ? '/chat' : '/';
}

self.addEventListener('fetch', (event: any) => {
  const request: Request = event.request;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  const address = keptAddress(url, request.mode === 'navigate');
  if (!address) return;
  event.respondWith(caches.open(kCache).then((cache) => cache.match(address)).then((kept) => kept ?? fetch(request)));
});
