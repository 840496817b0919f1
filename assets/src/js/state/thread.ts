// The conversation that is open: its whole tree of messages, from the copy first, then from the server.

import { computed, effect, signal, untracked, type ReadonlySignal } from '@preact/signals';
import { ApiError } from '../api-error.ts';
import * as api from '../api.ts';
import * as conversations from './conversations.ts';
import * as db from './db.ts';
import { draftFromServer } from './drafts.ts';
import { liveOf } from './live.ts';
import { page } from './router.ts';
import { leafWithout, newestLeaf, pathTo, withSummaries, without } from './tree.ts';
import type { Conversation, Message } from './types.ts';
import { openedOf, type Opened, type Turn } from './wire.ts';

export const kTemporary = 'temporary'; // the id of the conversation that is kept nowhere

export interface Thread {
  id: string | null;
  state: 'ready' | 'loading' | 'missing' | 'unreachable';
  messages: Message[];
  leaf: string | null; // of the temporary one; all others have theirs in the list
}

const kEmpty: Thread = { id: null, state: 'ready', messages: [], leaf: null };

export const thread = signal<Thread>(kEmpty);
export const isTemporary = computed(() => thread.value.id === kTemporary);
export const current = computed(() => (thread.value.id ? conversations.row(thread.value.id) : undefined));
const leaf = computed(() => (isTemporary.value ? thread.value.leaf : (current.value?.leaf ?? null)));

// A head that the copy does not know yet (it came with a newer list): the newest message leads to the branch to show.
const lastOf = (messages: readonly Message[]): string | null => messages.filter((m) => !m.summary).reduce<Message | null>((a, b) => (!a || b.created >= a.created ? b : a), null)?.id ?? null;

// Without what is being deleted: until the server has been told, its rows are only out of sight (state/removal.ts).
export const goneFrom = signal<readonly { conversation: string; message: string }[]>([]);
export const messagesSeen = computed(() => goneFrom.value.reduce((all, one) => without(all, one.message), thread.value.messages));
const leafSeen = computed(() => goneFrom.value.reduce<{ all: Message[]; leaf: string | null }>(
  ({ all, leaf: at }, one) => {
    const left = without(all, one.message);
    return { all: left, leaf: leafWithout(all, left, one.message, at) };
  }, { all: thread.value.messages, leaf: leaf.value }).leaf);
export const leafNow = (): string | null => leafSeen.peek();

export const shown = computed(() => {
  const messages = messagesSeen.value;
  const path = pathTo(messages, leafSeen.value);
  return withSummaries(messages, path.length > 0 ? path : pathTo(messages, lastOf(messages)));
});

// A row that exists only here until the server has confirmed its turn.
export const isLocal = (message: Message): boolean => message.id.includes(':');

let moved = 0; // counts what is changed here, so that an older answer of the server is known as such

export function putMessages(list: readonly Message[]): void {
  moved++;
  const open = thread.peek();
  const mine = list.filter((m) => m.conversation === open.id);
  if (mine.length > 0) {
    const ids = new Set(mine.map((m) => m.id));
    thread.value = { ...open, messages: [...open.messages.filter((m) => !ids.has(m.id)), ...mine] };
  }
  const kept = list.filter((m) => m.conversation !== kTemporary && !isLocal(m) && m.state !== 'waiting');
  if (kept.length > 0) void db.write('messages', kept);
}

export function dropMessages(ids: readonly string[]): void {
  moved++;
  const open = thread.peek();
  thread.value = { ...open, messages: open.messages.filter((m) => !ids.includes(m.id)) };
}

export function setLeaf(conversation: string, id: string): void {
  if (conversation === kTemporary) thread.value = { ...thread.peek(), leaf: id };
  else conversations.change(conversation, { leaf: id, updated: Date.now() });
}

export function showAlternative(message: Message): void {
  const next = newestLeaf(thread.peek().messages, message.id);
  if (message.conversation === kTemporary || next.includes(':')) setLeaf(message.conversation, next); // not on the server
  else void conversations.update(message.conversation, { leaf: next });
}

// The branch that holds a message, for who was led to it.
export function showMessage(id: string): void {
  if (shown.peek().some((m) => m.id === id)) return;
  const message = thread.peek().messages.find((m) => m.id === id);
  if (message) showAlternative(message);
}

// Told of what has to go on beside the rows: turns that are running on the server, messages that the queue still holds.
let attach: (turn: Turn) => void = () => undefined;
let queued: (conversation: string, known: readonly Message[]) => Message[] = () => [];
export function connectTurns(hooks: { attach: typeof attach; queued: typeof queued }): void {
  attach = hooks.attach;
  queued = hooks.queued;
}

function merged(from: Opened): Message[] {
  const before = new Map(thread.peek().messages.map((m) => [m.id, m]));
  const list = from.messages.map((m) => {
    const old = before.get(m.id);
    if (old && liveOf(m.id)) return old;
    if (!old) return m;
    const measured: Partial<Message> = {};
    if (old.firstMs !== undefined) measured.firstMs = old.firstMs;
    if (old.reasoningMs !== undefined) measured.reasoningMs = old.reasoningMs;
    if (old.error?.retryAt && m.error) measured.error = { ...m.error, retryAt: old.error.retryAt };
    return { ...m, ...measured };
  });
  return [...list, ...queued(from.conversation.id, list)];
}

const kAgainMs = 3000;
let asking: ReturnType<typeof setTimeout> | undefined;

// What is shown is the copy, or nothing: until the server has been heard.
function askAgain(id: string): void {
  clearTimeout(asking);
  asking = setTimeout(() => void (thread.peek().id === id && refreshThread(id)), kAgainMs);
}

let shownVersion = ''; // of the open conversation, as the thread was loaded
const versionOf = (c: Conversation): string => `${c.updated} ${c.leaf} ${c.running}`;

export async function refreshThread(id: string): Promise<void> {
  let opened: Opened | undefined;
  const visit = conversations.visitNow();
  const before = moved;
  try {
    opened = openedOf(await api.get(`/conversations/${id}`));
  } catch (error) {
    if (thread.peek().id !== id) return;
    const gone = (error as ApiError).status === 404 || (error as ApiError).status === 400;
    const local = conversations.get(id)?.revision === 0;
    if (gone && !local) {
      conversations.forget([id]);
      thread.value = { ...thread.peek(), state: 'missing', messages: [] };
    } else if (thread.peek().state === 'loading') thread.value = { ...thread.peek(), state: 'unreachable' };
    if (!gone) askAgain(id);
    return;
  }
  if (!opened || visit !== conversations.visitNow()) return;
  const open = thread.peek().id === id;
  if (open && before === moved) shownVersion = versionOf(opened.conversation);
  conversations.receive([opened.conversation]);
  if (!open) return;
  // A turn began or ended here while the server was answering: what it says may be from before.
  if (before !== moved) return refreshThread(id);
  const messages = merged(opened);
  const gone = thread.peek().messages.filter((m) => !messages.some((other) => other.id === m.id)).map((m) => m.id);
  thread.value = { id, state: 'ready', messages, leaf: null };
  void db.write('messages', opened.messages, gone);
  draftFromServer(id, opened.draft);
  for (const turn of opened.running) attach(turn);
}

async function openThread(id: string | null, temporary: boolean): Promise<void> {
  const open = thread.peek();
  if (temporary) {
    if (open.id !== kTemporary) thread.value = { ...kEmpty, id: kTemporary };
    return;
  }
  if (id === null) return void (thread.value = kEmpty);
  if (open.id === id && open.state === 'ready') return; // just made here
  const local = conversations.get(id)?.revision === 0;
  thread.value = { ...kEmpty, id, state: 'loading' };
  const copy = await db.messagesOf<Message>(id);
  if (thread.peek().id !== id || thread.peek().state !== 'loading') return; // the person has moved on
  const waiting = queued(id, copy);
  if (local || copy.length > 0) thread.value = { id, state: 'ready', messages: [...copy, ...waiting], leaf: null };
  if (!local) await refreshThread(id);
}

// A conversation that begins here: nothing has to be fetched.
export function openFresh(id: string): void {
  thread.value = { ...kEmpty, id };
}

export function startThread(here: ReadonlySignal<string | undefined>): Promise<void> {
  conversations.onServerChange((told) => {
    if (told.id === thread.peek().id && thread.peek().state === 'ready' && versionOf(told) !== shownVersion) void refreshSoon(told.id);
  });
  let first: Promise<void> = Promise.resolve();
  effect(() => {
    const at = page.value;
    const there = here.value !== undefined && at.name === 'chat';
    first = untracked(() => (there ? openThread(at.conversation, at.temporary) : openThread(null, false)));
  });
  return first;
}

let refreshing: Promise<void> | undefined;
let again = false;

// Many changes in a row become at most two fetches.
function refreshSoon(id: string): Promise<void> {
  if (refreshing) {
    again = true;
    return refreshing;
  }
  refreshing = refreshThread(id).finally(() => {
    refreshing = undefined;
    if (again) {
      again = false;
      const open = thread.peek().id;
      if (open && open !== kTemporary) void refreshSoon(open);
    }
  });
  return refreshing;
}
