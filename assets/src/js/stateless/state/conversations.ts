// The conversations of this browser: the list for the sidebar and the thread that is open.

import { computed, effect, signal } from '@preact/signals';
import * as db from './db.ts';
import { go, page } from './router.ts';
import { toast } from './status.ts';
import { newestLeaf, pathTo, titleFrom } from './tree.ts';
import type { Conversation, Message } from './types.ts';
import { newId } from './ids.ts';
import { t } from '../words.ts';

const kUndoMs = 8000;

const rows = signal<Conversation[]>([]);
export const conversationsLoaded = signal(false);
export const conversations = computed(() => rows.value.filter((c) => !c.deleted).sort((a, b) => b.updated - a.updated));

export interface Thread {
  id: string | null;
  state: 'ready' | 'loading' | 'missing';
  messages: Message[]; // the whole tree
}

export const thread = signal<Thread>({ id: null, state: 'ready', messages: [] });
export const current = computed(() => rows.value.find((c) => c.id === thread.value.id && !c.deleted));
export const shown = computed(() => pathTo(thread.value.messages, current.value?.leaf ?? null));

const channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel('whinchat') : undefined;
const tell = (conversation: string): void => channel?.postMessage({ conversation });

export const get = (id: string): Conversation | undefined => rows.peek().find((c) => c.id === id);

export async function saveConversation(row: Conversation): Promise<void> {
  rows.value = [...rows.peek().filter((c) => c.id !== row.id), row];
  await db.put('conversations', row);
  tell(row.id);
}

export async function saveMessage(row: Message): Promise<void> {
  if (thread.peek().id === row.conversation) {
    const others = thread.peek().messages.filter((m) => m.id !== row.id);
    thread.value = { ...thread.peek(), messages: [...others, row] };
  }
  await db.put('messages', row);
  if (row.state !== 'streaming') tell(row.conversation);
}

export async function removeMessage(row: Message): Promise<void> {
  if (thread.peek().id === row.conversation) {
    thread.value = { ...thread.peek(), messages: thread.peek().messages.filter((m) => m.id !== row.id) };
  }
  await db.remove('messages', row.id);
}

// The whole tree of a conversation, from the open thread or from the store.
export async function messagesOf(id: string): Promise<Message[]> {
  const open = thread.peek();
  return open.id === id && open.state === 'ready' ? open.messages : db.messagesOf<Message>(id);
}

export function create(firstText: string, provider: string | null, model: string | null): Conversation {
  const time = Date.now();
  const row: Conversation = {
    id: newId(), title: titleFrom(firstText) || t('new_chat'), named: false, created: time, updated: time,
    leaf: null, provider, model, deleted: null,
  };
  thread.value = { id: row.id, state: 'ready', messages: [] };
  void saveConversation(row);
  go(`/c/${row.id}`, page.peek().name === 'chat');
  return row;
}

export async function update(id: string, part: Partial<Conversation>): Promise<void> {
  const row = get(id);
  if (row) await saveConversation({ ...row, ...part });
}

export function rename(id: string, title: string): void {
  const clean = title.replace(/\s+/g, ' ').trim().slice(0, 200);
  if (clean) void update(id, { title: clean, named: true });
}

export function showAlternative(message: Message): void {
  void update(message.conversation, { leaf: newestLeaf(thread.peek().messages, message.id) });
}

// Gone from view at once, from the store when the undo has passed.
export function remove(id: string): void {
  const row = get(id);
  if (!row) return;
  void saveConversation({ ...row, deleted: Date.now() });
  const wasOpen = thread.peek().id === id;
  if (wasOpen) go('/chat');
  toast(t('deleted', { title: row.title }), {
    ms: kUndoMs,
    action: {
      label: t('undo'),
      run: () => {
        void saveConversation({ ...row, deleted: null });
        if (wasOpen) go(`/c/${id}`);
      },
    },
    onEnd: () => void purge(id),
  });
}

async function purge(id: string): Promise<void> {
  if (!get(id)?.deleted) return; // brought back meanwhile, perhaps in another tab
  rows.value = rows.peek().filter((c) => c.id !== id);
  await db.removeConversation(id);
  tell(id);
}

async function load(): Promise<void> {
  rows.value = await db.all<Conversation>('conversations');
  conversationsLoaded.value = true;
}

async function openThread(id: string | null): Promise<void> {
  if (thread.peek().id === id && thread.peek().state === 'ready') return;
  if (id === null) {
    thread.value = { id: null, state: 'ready', messages: [] };
    return;
  }
  thread.value = { id, state: 'loading', messages: [] };
  const found = await db.messagesOf<Message>(id);
  if (thread.peek().id !== id || thread.peek().state !== 'loading') return; // the person has moved on
  const exists = get(id) && !get(id)!.deleted;
  thread.value = { id, state: exists ? 'ready' : 'missing', messages: found };
}

async function refresh(id: string): Promise<void> {
  await load();
  if (thread.peek().id !== id) return;
  thread.value = { ...thread.peek(), messages: await db.messagesOf<Message>(id) };
}

export async function startConversations(isRunningHere: (conversation: string) => boolean): Promise<void> {
  await load();
  // Left over from a page that closed before its undo had passed.
  for (const row of rows.peek()) if (row.deleted && Date.now() - row.deleted > kUndoMs * 4) void purge(row.id);
  effect(() => {
    const at = page.value;
    void openThread(at.name === 'chat' ? at.conversation : null);
  });
  channel?.addEventListener('message', (event: MessageEvent<{ conversation?: string }>) => {
    const id = event.data?.conversation;
    if (typeof id === 'string' && !isRunningHere(id)) void refresh(id);
  });
}
