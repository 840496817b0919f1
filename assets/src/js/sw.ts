// The service worker: keeps this build's files so that the app starts without a network, sends what was written when no
// page is left to do it, and takes what other apps share. It never answers for /api/*.
// The build fills in __BUILD__ (an id made from the files' contents), __FILES__ (the paths of what is kept at once, as JSON,
// under the app's base, which is where this script lies) and __LATER__ (of what is kept when it is first used: fonts).
//
// Messages: {type:'skip-waiting'} takes over now (sent when the person agrees to an update); {type:'kill'} removes the
// worker and everything it kept. A server may also serve a worker that does the same.

import { isPage } from './pages.ts';
import { alone, callsFor, databasePrefix, isBegun, kSyncTag, kUploadMs, mayGo } from './state/outbox.ts';
import type { QueuedTurn } from './state/types.ts';

declare const __BUILD__: string;
declare const __FILES__: string;
declare const __LATER__: string;
declare const self: any;

const kBase = new URL('./', self.location.href).pathname;
const kPrefix = kBase === '/' ? 'whinchat-' : `whinchat ${kBase} `; // apps under other paths of this origin keep theirs
const kCacheMs = 3000;
const kCache = kPrefix + __BUILD__;
const kShared = `shared ${kBase}`; // what another app shared, until a page takes it (state/launched.ts)
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

// Pages: conversations have their own, every other one is the shell.
function keptAddress(url: URL, navigation: boolean): string | undefined {
  if (!url.pathname.startsWith(kBase)) return undefined;
  const path = url.pathname.slice(kBase.length);
  if (kFiles.includes(url.pathname) || kLater.includes(url.pathname)) return url.pathname;
  if (!navigation || !isPage(`/${path}`)) return undefined;
  return kBase + (/^(chat\/?$|c\/|temporary)/.test(path) ? 'chat' : '');
}

// A disk that does not answer in time is not waited for again, as long as there is a network.
let slow = false;
async function answer(address: string, request: Request): Promise<Response> {
  const looking = caches.open(kCache).then(async (cache) => ({ cache, kept: await cache.match(address) }));
  const found = slow ? undefined : await Promise.race([looking, new Promise<undefined>((resolve) => setTimeout(resolve, kCacheMs))]);
  slow ||= !found;
  if (found?.kept) return found.kept;
  const response = await fetch(request).catch(async (error) => (await looking).kept ?? Promise.reject(error));
  if (found && kLater.includes(address) && response.status === 200) await found.cache.put(address, response.clone());
  return response;
}

// Shared text, links and text files are kept here and never in an address, where a server's log would see them.
async function takeShared(request: Request): Promise<Response> {
  const form = await request.formData();
  const files = form.getAll('files').filter((one): one is File => typeof one !== 'string').slice(0, 8);
  const cache = await caches.open(kShared);
  await cache.put(`${kBase}shared/text`, new Response(['title', 'text', 'url'].map((name) => form.get(name)).filter(Boolean).join('\n')));
  await Promise.all(files.map((file, i) => cache.put(`${kBase}shared/${i}`, new Response(file, { headers: { 'X-Name': encodeURIComponent(file.name) } }))));
  return Response.redirect(`${kBase}chat#shared`, 303);
}

self.addEventListener('fetch', (event: any) => {
  const request: Request = event.request;
  const url = new URL(request.url);
  if (request.method === 'POST' && url.origin === self.location.origin && url.pathname === `${kBase}share`) return event.respondWith(takeShared(request));
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  const address = keptAddress(url, request.mode === 'navigate');
  if (!address) return;
  event.respondWith(answer(address, request));
});

// The outbox: rows of the person who is signed in, one after another, in the order they were written.
const settled = <T>(request: IDBRequest<T>): Promise<T> => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

async function openQueue(): Promise<IDBDatabase | undefined> {
  const { user } = await (await fetch(`${kBase}api/session`)).json();
  const name = databasePrefix(kBase) + user?.id;
  if (!user || !(await indexedDB.databases()).some((one) => one.name === name)) return undefined;
  const opening = indexedDB.open(name);
  opening.onupgradeneeded = () => opening.transaction!.abort(); // it has just been deleted
  const db = await settled(opening);
  db.onversionchange = () => db.close();
  return db;
}

const queue = (db: IDBDatabase, mode: IDBTransactionMode = 'readonly'): IDBObjectStore => db.transaction('queue', mode, { durability: 'strict' }).objectStore('queue');

// True: nothing is left to do for this one. What the server refuses stays for a page, which shows it.
async function send(db: IDBDatabase, id: string): Promise<boolean> {
  const row = await settled<QueuedTurn | undefined>(queue(db).get(id));
  if (!row || !mayGo(row)) return true;
  for (const [path, body] of callsFor(row)) {
    const file = body instanceof Blob;
    const headers = { 'Content-Type': file ? body.type : 'application/json' };
    const response = await fetch(`${kBase}api${path}`, { method: 'POST', headers, body: file ? body : JSON.stringify(body), signal: AbortSignal.timeout(file ? kUploadMs : 30_000) });
    if (!response.ok) return response.status >= 400 && response.status < 500 && response.status !== 429;
    const reply = await response.json();
    if (path.endsWith('/turns') && !isBegun(reply)) return false;
  }
  await settled(queue(db, 'readwrite').delete(id));
  for (const page of await self.clients.matchAll({ includeUncontrolled: true })) page.postMessage({ type: 'sent', id });
  return true;
}

async function sendAll(): Promise<void> {
  const db = await openQueue();
  if (!db) return;
  try {
    const rows = (await settled<QueuedTurn[]>(queue(db).getAll())).filter(mayGo);
    let left = false;
    for (const { id } of rows) if ((await alone(id, () => send(db, id))) === false) left = true;
    if (left) throw new Error('later'); // the browser asks again
  } finally {
    db.close();
  }
}

self.addEventListener('sync', (event: any) => event.tag === kSyncTag && event.waitUntil(sendAll()));
