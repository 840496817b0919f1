// IndexedDB behind five functions. When the browser denies it (private windows of some browsers, full disk) everything
// is kept in memory instead and `persistent` is false, so the app can say so. No call here throws for that reason.

const kName = 'whinchat';
const kVersion = 1;
export type Table = 'conversations' | 'messages';

interface Row {
  id: string;
  conversation?: string;
}

const memory: Record<Table, Map<string, Row>> = { conversations: new Map(), messages: new Map() };
let opening: Promise<IDBDatabase | null> | undefined;
export let persistent = true;

function open(): Promise<IDBDatabase | null> {
  return (opening ??= new Promise((resolve) => {
    const giveUp = (): void => {
      persistent = false;
      resolve(null);
    };
    try {
      const request = indexedDB.open(kName, kVersion);
      request.onupgradeneeded = () => {
        request.result.createObjectStore('conversations', { keyPath: 'id' });
        request.result.createObjectStore('messages', { keyPath: 'id' }).createIndex('conversation', 'conversation');
      };
      request.onsuccess = () => {
        // Another tab with a newer version wants to upgrade: let it; this tab reopens on its next call.
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
  }));
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function run<T>(table: Table, mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>, instead: () => T): Promise<T> {
  const db = await open();
  if (!db) return instead();
  try {
    const transaction = db.transaction(table, mode, { durability: mode === 'readwrite' ? 'strict' : 'default' });
    return await settled(work(transaction.objectStore(table)));
  } catch {
    persistent = false;
    return instead();
  }
}

export function all<T extends Row>(table: Table): Promise<T[]> {
  return run(table, 'readonly', (s) => s.getAll() as IDBRequest<T[]>, () => [...memory[table].values()] as T[]);
}

export function messagesOf<T extends Row>(conversation: string): Promise<T[]> {
  const instead = (): T[] => [...memory.messages.values()].filter((m) => m.conversation === conversation) as T[];
  return run('messages', 'readonly', (s) => s.index('conversation').getAll(conversation) as IDBRequest<T[]>, instead);
}

export async function put(table: Table, row: Row): Promise<void> {
  await run<unknown>(table, 'readwrite', (s) => s.put(row) as IDBRequest<unknown>, () => memory[table].set(row.id, structuredClone(row)));
}

export async function remove(table: Table, id: string): Promise<void> {
  await run<unknown>(table, 'readwrite', (s) => s.delete(id) as IDBRequest<unknown>, () => memory[table].delete(id));
}

export async function removeConversation(id: string): Promise<void> {
  for (const message of await messagesOf(id)) await remove('messages', message.id);
  await remove('conversations', id);
}
