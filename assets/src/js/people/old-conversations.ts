// Conversations that the first version of the app kept in this browser: read, sent to the server in the import format,
// then removed. An upload that is repeated adds nothing twice: the server remembers the ids.

import * as api from '../api.ts';

const kName = 'whinchat';
const kDismissed = 'whinchat.old.dismissed';

interface OldConversation {
  id: string;
  title: string;
  named: boolean;
  created: number;
  updated: number;
  leaf: string | null;
  provider: string | null;
  model: string | null;
  deleted: number | null;
}

interface OldMessage {
  id: string;
  conversation: string;
  parent: string | null;
  role: string;
  text: string;
  state: string;
  created: number;
  reasoning?: string;
  provider?: string;
  model?: string;
  usage?: unknown;
  finish?: string;
}

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

// Null when there is no such database; asking must not make one.
async function open(): Promise<IDBDatabase | null> {
  if (typeof indexedDB === 'undefined') return null;
  if (indexedDB.databases && !(await indexedDB.databases()).some((db) => db.name === kName)) return null;
  const request = indexedDB.open(kName);
  request.onupgradeneeded = () => request.transaction!.abort();
  return result(request).catch(() => null);
}

async function read(): Promise<{ conversations: OldConversation[]; messages: OldMessage[] }> {
  const db = await open();
  if (!db) return { conversations: [], messages: [] };
  const all = <T>(table: string): Promise<T[]> => (db.objectStoreNames.contains(table) ? result(db.transaction(table).objectStore(table).getAll() as IDBRequest<T[]>) : Promise.resolve([]));
  const [conversations, messages] = [await all<OldConversation>('conversations'), await all<OldMessage>('messages')];
  db.close();
  return { conversations: conversations.filter((c) => !c.deleted && messages.some((m) => m.conversation === c.id)), messages };
}

export async function countOld(): Promise<number> {
  if (localStorage.getItem(kDismissed)) return 0;
  return (await read()).conversations.length;
}

const time = (ms: number): string => new Date(ms).toISOString();
const states: Record<string, string> = { streaming: 'interrupted' };

export function exportOf(conversations: OldConversation[], messages: OldMessage[]): unknown {
  return {
    format: 'whinchat',
    version: 1,
    conversations: conversations.map((c) => ({
      id: c.id, title: c.title, title_source: c.named ? 'manual' : 'auto', provider: c.provider, model: c.model, head_id: c.leaf,
      created_at: time(c.created), updated_at: time(c.updated),
      messages: messages.filter((m) => m.conversation === c.id).map((m) => ({
        id: m.id, parent_id: m.parent, role: m.role, content: m.text, reasoning: m.reasoning ?? '', provider: m.provider ?? null, model: m.model ?? null,
        state: states[m.state] ?? m.state, usage: m.usage ?? null, finish_reason: m.finish ?? null, created_at: time(m.created),
      })),
    })),
  };
}

// The number that the server has now.
export async function uploadOld(): Promise<number> {
  const { conversations, messages } = await read();
  const raw = new Blob([JSON.stringify(exportOf(conversations, messages))], { type: 'application/json' });
  await api.call('POST', '/import', undefined, { raw, timeoutMs: 300_000 });
  indexedDB.deleteDatabase(kName);
  return conversations.length;
}

export async function dismissOld(): Promise<void> {
  localStorage.setItem(kDismissed, '1');
}
