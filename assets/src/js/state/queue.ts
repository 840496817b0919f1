// What was sent and is not confirmed yet. Each entry carries the id of its turn: sending it twice makes one turn, so after
// a lost network it is simply sent again. It lies in IndexedDB until the server has it; a closed page loses nothing.

import { batch, signal } from '@preact/signals';
import type { ApiError } from '../api-error.ts';
import * as api from '../api.ts';
import { explain } from '../explain.ts';
import * as conversations from './conversations.ts';
import * as db from './db.ts';
import { follow } from './following.ts';
import { refreshQuota } from './quota.ts';
import { countTo, say } from './status.ts';
import { dropMessages, putMessages, setLeaf, thread } from './thread.ts';
import { newestLeaf } from './tree.ts';
import type { Message, QueuedTurn, StoredError } from './types.ts';

const kFirstWaitMs = 1000;
const kLastWaitMs = 30_000;

const entries = signal<ReadonlyMap<string, QueuedTurn>>(new Map());
export const entryOf = (turn: string | undefined): QueuedTurn | undefined => (turn ? entries.value.get(turn) : undefined);
export const waitingIn = (conversation: string): QueuedTurn | undefined => [...entries.value.values()].find((q) => q.conversation === conversation && !q.error);
export const entriesIn = (conversation: string): QueuedTurn[] => [...entries.peek().values()].filter((q) => q.conversation === conversation);
export const queuedLeaf = (conversation: string): string | undefined => {
  const last = entriesIn(conversation).at(-1);
  return last && answerId(last);
};
export const troubled = signal(false); // the last try reached nobody

function hold(q: QueuedTurn): void {
  entries.value = new Map(entries.peek()).set(q.id, q);
  void db.put('queue', q);
}

export function release(id: string): void {
  const next = new Map(entries.peek());
  next.delete(id);
  entries.value = next;
  void db.drop('queue', id);
}

export const questionId = (q: QueuedTurn): string => `${q.id}:q`;
export const answerId = (q: QueuedTurn): string => `${q.id}:a`;

// What is shown until the server has given the messages their ids.
function rowsOf(q: QueuedTurn, messages: readonly Message[]): { question: Message | undefined; answer: Message } {
  const base = { conversation: q.conversation, turn: q.id, created: q.created };
  const parent = q.kind === 'continue' ? (messages.find((m) => m.id === q.parent)?.parent ?? null) : q.parent;
  const answer: Message = {
    ...base, id: answerId(q), role: 'assistant', parent, text: '', state: q.error ? 'failed' : 'waiting', error: q.error,
    provider: q.provider ?? undefined, model: q.model ?? undefined,
  };
  if (q.kind !== 'ask') return { question: undefined, answer };
  return { question: { ...base, id: questionId(q), role: 'user', parent: q.parent, text: q.message ?? '', state: 'waiting' }, answer: { ...answer, parent: questionId(q) } };
}

const listOf = ({ question, answer }: ReturnType<typeof rowsOf>): Message[] => (question ? [question, answer] : [answer]);

// For the open thread: the rows of what is still on its way, and nothing for what has arrived after all.
export function queuedRows(conversation: string, known: readonly Message[]): Message[] {
  const [arrived, waiting] = [entriesIn(conversation).filter((q) => known.some((m) => m.turn === q.id)), entriesIn(conversation)];
  for (const q of arrived) release(q.id);
  return waiting.filter((q) => !arrived.includes(q)).flatMap((q) => listOf(rowsOf(q, known)));
}

export function enqueue(q: QueuedTurn): void {
  hold(q);
  putMessages(listOf(rowsOf(q, thread.peek().messages)));
  setLeaf(q.conversation, answerId(q));
  void deliver(q);
}

// Sent again by the person after a refusal: the same turn.
export function resend(q: QueuedTurn): void {
  enqueue({ ...q, error: undefined });
}

// Taken back before the server had it. If it did have it, the change feed brings it in again.
export function takeBack(q: QueuedTurn): void {
  batch(() => {
    release(q.id);
    dropMessages([questionId(q), answerId(q)]);
    if (q.parent) setLeaf(q.conversation, newestLeaf(thread.peek().messages, q.parent));
    if (q.fresh) conversations.forget([q.conversation]);
  });
}

const delivering = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;
let waitMs = kFirstWaitMs;

export function deliverAll(): void {
  clearTimeout(timer);
  for (const q of entries.peek().values()) if (!q.error) void deliver(q);
}

function deliverLater(): void {
  troubled.value = true;
  clearTimeout(timer);
  timer = setTimeout(deliverAll, waitMs);
  waitMs = Math.min(waitMs * 2, kLastWaitMs);
}

interface Begun {
  user_message_id?: string | null;
  message_id: string;
}

async function deliver(q: QueuedTurn): Promise<void> {
  if (delivering.has(q.id)) return;
  delivering.add(q.id);
  try {
    if (q.fresh) await api.post('/conversations', { id: q.conversation, provider: q.provider, model: q.model });
    const body = { id: q.id, kind: q.kind, parent_id: q.parent, message: q.message, provider: q.provider ?? undefined, model: q.model ?? undefined, ...q.options };
    const begun = await api.post<Begun>(`/conversations/${q.conversation}/turns`, body);
    waitMs = kFirstWaitMs;
    troubled.value = false;
    confirmed(q, begun);
  } catch (error) {
    if (!entries.peek().has(q.id)) return; // taken back meanwhile
    if (api.passing(error)) deliverLater();
    else if ((error as ApiError).status !== 401) refused(q, error as ApiError); // 401: it waits for the next sign-in
  } finally {
    delivering.delete(q.id);
  }
}

// The server has the turn: rows get their real ids, and the answer is read.
function confirmed(q: QueuedTurn, begun: Begun): void {
  const { question, answer } = rowsOf(q, thread.peek().messages);
  const rows: Message[] = [{ ...answer, id: begun.message_id, state: 'running' }];
  if (question && begun.user_message_id) {
    rows[0]!.parent = begun.user_message_id;
    rows.unshift({ ...question, id: begun.user_message_id, state: 'done' });
  }
  batch(() => {
    putMessages(rows);
    dropMessages([questionId(q), answerId(q)]);
    const known = conversations.get(q.conversation);
    conversations.change(q.conversation, { leaf: begun.message_id, running: q.id, updated: Date.now(), revision: known?.revision || 1 });
    release(q.id);
  });
  follow(q.id, begun.message_id, q.conversation, true);
}

export function storedError(error: ApiError): StoredError {
  const retryAt = error.retryAfter === undefined ? undefined : Date.now() + error.retryAfter * 1000;
  if (retryAt) countTo(retryAt);
  return { code: error.code, message: error.message, quota: error.quota, requestId: error.requestId, retryAt };
}

function refused(q: QueuedTurn, error: ApiError): void {
  const kept = { ...q, error: storedError(error) };
  hold(kept);
  if (thread.peek().id === q.conversation) putMessages(listOf(rowsOf(kept, thread.peek().messages)));
  say(explain(kept.error).title, true);
  if (error.status === 429) void refreshQuota();
}

export async function startQueue(): Promise<void> {
  const kept = await db.all<QueuedTurn & db.Row>('queue');
  entries.value = new Map(kept.map((q) => [q.id, q]));
  for (const q of kept) if (q.fresh && !conversations.get(q.conversation)) conversations.add(q.conversation, q.message ?? '', q.provider, q.model);
  deliverAll();
}

export function stopQueue(): void {
  clearTimeout(timer);
  entries.value = new Map();
}
