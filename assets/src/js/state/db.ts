// IndexedDB behind a few functions: one database per user of this browser. It is a copy for reading without a network,
// and the safe place of what could not be sent yet. When the browser denies it (private windows of some browsers, full
// disk) everything is kept in memory instead and `persistent` is false, so the app can say so. No call throws for that.
// A browser that does not answer in time is one that denies it, until it answers after all: then the queue goes back to
// disk, and is sent from there. Its copies miss what came meanwhile and are left as they were, for the next page.

import { signal } from '@preact/signals';
import { base } from '../base.ts';
import { databasePrefix } from './outbox.ts';

const kPrefix = databasePrefix(base); // apps under other paths of this origin keep theirs
const kVersion = 1;
export type Table = 'conversations' | 'messages' | 'queue' | 'facts';

export interface Row {
  id: string;
  conversation?: string;
}

const tables: Table[] = ['conversations', 'messages', 'queue', 'facts'];
const memory = Object.fromEntries(tables.map((table) => [table, new Map<string, Row>()])) as Record<Table, Map<string, Row>>;
let name = `${kPrefix}nobody`;
let opening: Promise<IDBDatabase | null> | undefined;
export const persistent = signal(true);

const kPatienceMs = 3000;
let slow = false; // it was too slow once: only the queue is on disk as long as the page lives
const dropped = new Set<string>(); // from the queue while it was in memory
let queueIsBack: () => void = () => undefined;
export const onQueueBack = (tell: () => void): void => void (queueIsBack = tell);

function inTime<T>(work: Promise<T>, on: (result: T) => IDBDatabase | null): Promise<T> {
  const asked = name;
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      reject(new Error('slow'));
      if (name !== asked) return;
      slow = true;
      persistent.value = false;
      opening = Promise.resolve(null);
      void work.then((result) => (name === asked ? goBack(on(result)) : on(result)?.close()), () => undefined);
    };
    // Twice, because a page that was frozen finds everything due at once.
    let timer = setTimeout(() => (timer = setTimeout(giveUp, 50)), kPatienceMs);
    void work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function goBack(db: IDBDatabase | null): void {
  if (!db) return;
  opening = Promise.resolve(db);
  persistent.value = true;
  void write('queue', [...memory.queue.values()], [...dropped]).then(queueIsBack);
  memory.queue.clear();
  dropped.clear();
}

const open = (): Promise<IDBDatabase | null> => (opening ??= inTime(openDisk(), (db) => db).catch(() => null));

function openDisk(): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    const giveUp = (): void => {
      persistent.value = false;
      resolve(null);
    };
    try {
      const request = indexedDB.open(name, kVersion);
      request.onupgradeneeded = () => {
        for (const table of tables) request.result.createObjectStore(table, { keyPath: 'id' });
        request.transaction!.objectStore('messages').createIndex('conversation', 'conversation');
      };
      request.onsuccess = () => {
        // Another tab wants to upgrade or delete: let it; this tab reopens on its next call.
        request.result.onversionchange = () => {
          request.result.close();
          opening = undefined;
        };
        resolve(request.result);
      };
      request.onerror = giveUp;
      request.onblocked = giveUp;
    } catch {
      giveUp();
    }
  });
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function run<T>(table: Table, mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T> | undefined, instead: () => T): Promise<T> {
  const db = await open();
  if (!db || (slow && table !== 'queue')) return instead();
  try {
    return await inTime(onDisk(db, table, mode, work), () => db);
  } catch {
    persistent.value = false;
    return instead();
  }
}

async function onDisk<T>(db: IDBDatabase, table: Table, mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T> | undefined): Promise<T> {
  // What waits to be sent must survive a crash of the machine; a copy of the server's rows need not.
  const transaction = db.transaction(table, mode, { durability: table === 'queue' && mode === 'readwrite' ? 'strict' : 'default' });
  const request = work(transaction.objectStore(table));
  const result = request && (await settled(request));
  if (mode === 'readwrite') {
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
  }
  return result as T;
}

export function all<T extends Row>(table: Table): Promise<T[]> {
  return run(table, 'readonly', (s) => s.getAll() as IDBRequest<T[]>, () => [...memory[table].values()] as T[]);
}

export function one<T extends Row>(table: Table, id: string): Promise<T | undefined> {
  return run(table, 'readonly', (s) => s.get(id) as IDBRequest<T | undefined>, () => memory[table].get(id) as T | undefined);
}

export function messagesOf<T extends Row>(conversation: string): Promise<T[]> {
  const instead = (): T[] => [...memory.messages.values()].filter((m) => m.conversation === conversation) as T[];
  return run('messages', 'readonly', (s) => s.index('conversation').getAll(conversation) as IDBRequest<T[]>, instead);
}

// All of it or nothing: rows are put, then the named ones removed, in one transaction.
export async function write(table: Table, rows: readonly Row[], gone: readonly string[] = []): Promise<void> {
  const inMemory = (): void => {
    for (const row of rows) memory[table].set(row.id, structuredClone(row));
    for (const id of gone) memory[table].delete(id);
    if (table !== 'queue') return;
    for (const { id } of rows) dropped.delete(id);
    for (const id of gone) dropped.add(id);
  };
  const written = run<unknown>(table, 'readwrite', (s) => {
    let last: IDBRequest<unknown> | undefined;
    for (const row of rows) last = s.put(row) as IDBRequest<unknown>;
    for (const id of gone) last = s.delete(id) as unknown as IDBRequest<unknown>;
    return last;
  }, inMemory);
  if (table === 'queue') queueWrites = written;
  await written;
}

// Resolves when everything that was put into the queue so far is on disk.
let queueWrites: Promise<unknown> = Promise.resolve();
export const queueWritten = (): Promise<unknown> => queueWrites;

export const put = (table: Table, row: Row): Promise<void> => write(table, [row]);
export const drop = (table: Table, id: string): Promise<void> => write(table, [], [id]);

export async function dropConversations(ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  for (const id of ids) await write('messages', [], (await messagesOf(id)).map((m) => m.id));
  await write('conversations', [], ids);
}

// Some browsers throw already when the name is read.
function openable(): boolean {
  try {
    return typeof indexedDB !== 'undefined';
  } catch {
    return false;
  }
}

async function deleteDatabases(but: string | null): Promise<void> {
  if (!openable() || !indexedDB.databases) return;
  const found = await indexedDB.databases().catch(() => []);
  for (const { name: other } of found) if (other?.startsWith(kPrefix) && other !== but) indexedDB.deleteDatabase(other);
}

async function close(): Promise<void> {
  const db = await opening;
  db?.close();
  opening = undefined;
  for (const table of tables) memory[table].clear();
  dropped.clear();
}

// From now on this user's copy; what another user left in this browser is removed.
export async function openFor(user: string): Promise<void> {
  if (name === kPrefix + user) return;
  await close();
  name = kPrefix + user;
  void deleteDatabases(name);
}

export async function forgetEverything(): Promise<void> {
  await close();
  await deleteDatabases(null);
}
