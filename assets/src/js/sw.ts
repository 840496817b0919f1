// The service worker: keeps this build's files so that the app starts without a network. It never touches /api/*.
// The build fills in __BUILD__ (an id made from the files' contents), __FILES__ (the paths of what is kept at once, as JSON,
// under the app's base, which is where this script lies) and __LATER__ (of what is kept when it is first used: fonts).
//
// Messages: {type:'skip-waiting'} takes over now (sent when the person agrees to an update); {type:'kill'} removes the
// worker and everything it kept. A server may also serve a worker that does the same.

declare const __BUILD__: string;
declare const __FILES__: string;
declare const __LATER__: string;
declare const self: any;

const kBase = new URL('./', self.location.href).pathname;
const kPrefix = kBase === '/' ? 'whinchat-' : `whinchat ${kBase} `; // apps under other paths of this origin keep theirs
const kCache = kPrefix + __BUILD__;
const under = (list: string): string[] => (JSON.parse(list) as string[]).map((path) => kBase + path);
const kFiles = under(__FILES__);
const kLater = under(__LATER__);

// Files under /assets/ carry a hash in their name: one that an older build kept is the same file.
async function keep(cache: Cache, url: string): Promise<void> {
  const old = url.startsWith(`${kBase}assets/`) ? await caches.match(url) : undefined;
  const response = old ?? (await fetch(new Request(url, { cache: 'reload', credentials: 'same-origin' })));
  if (response.status !== 200 || response.redirected) throw new Error(`${url}: ${response.status}`);
  await cache.put(url, response);
}

// What an older build kept when it was used is kept on; the rest waits for its use.
async function carryOver(cache: Cache): Promise<void> {
  for (const url of kLater) {
    const old = await caches.match(url);
    if (old) await cache.put(url, old);
  }
}

self.addEventListener('install', (event: any) => {
  event.waitUntil(caches.open(kCache).then((cache) => Promise.all([...kFiles.map((url) => keep(cache, url)), carryOver(cache)])));
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
  if (!url.pathname.startsWith(kBase)) return undefined;
  const path = url.pathname.slice(kBase.length);
  if (/^api(?:\/|$)/.test(path)) return undefined;
  if (kFiles.includes(url.pathname) || kLater.includes(url.pathname)) return url.pathname;
  if (!navigation || path.includes('.') || path === 'metrics') return undefined;
  return kBase + (/^chat\/?$/.test(path) ? 'chat' : '');
}

async function answer(address: string, request: Request): Promise<Response> {
  const cache = await caches.open(kCache);
  const kept = await cache.match(address);
  if (kept) return kept;
  const response = await fetch(request);
  if (kLater.includes(address) && response.status === 200) await cache.put(address, response.clone());
  return response;
}

self.addEventListener('fetch', (event: any) => {
  const request: Request = event.request;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  const address = keptAddress(url, request.mode === 'navigate');
  if (!address) return;
  event.respondWith(answer(address, request));
});
