// What was sent and is not confirmed yet. It lies in IndexedDB before it leaves and until the server has it; a closed page
// loses nothing. Each entry carries the id of its turn: sending it twice makes one turn, so after a lost network it is
// simply sent again, by whichever page or the service worker (outbox.ts) gets to it.

import { batch, signal } from '@preact/signals';
import { ApiError } from '../api-error.ts';
import * as api from '../api.ts';
import { explain } from '../explain.ts';
import { giveFilesBack, withoutBlobs } from './attachments.ts';
import * as conversations from './conversations.ts';
import * as db from './db.ts';
import { draftOf, draftWasSent, giveBack } from './drafts.ts';
import { askToStop, follow } from './following.ts';
import { loadModels } from './models.ts';
import { alone, callsFor, isBegun, kSyncTag, kUploadMs, mayGo, type Begun } from './outbox.ts';
import { refreshQuota } from './quota.ts';
import { instructionsAllowed } from './settings.ts';
import { countTo, say } from './status.ts';
import { dropMessages, putMessages, refreshThread, setLeaf, thread } from './thread.ts';
import { newestLeaf } from './tree.ts';
import { expectAnswer } from './unread.ts';
import type { Message, QueuedTurn, StoredError } from './types.ts';

const kFirstWaitMs = 1000;
const kLastWaitMs = 30_000;
const kLookMs = 60_000; // for what other pages left behind

const entries = signal<ReadonlyMap<string, QueuedTurn>>(new Map());
export const entryOf = (turn: string | undefined): QueuedTurn | undefined => (turn ? entries.value.get(turn) : undefined);
export const waitingIn = (conversation: string): QueuedTurn | undefined => [...entries.value.values()].find((q) => q.conversation === conversation && !q.error);
export const anyWaits = (): boolean => [...entries.value.values()].some(mayGo);
export const entriesIn = (conversation: string): QueuedTurn[] => [...entries.peek().values()].filter((q) => q.conversation === conversation);
export const queuedLeaf = (conversation: string): string | undefined => {
  const last = entriesIn(conversation).at(-1);
  return last && answerId(last);
};
export const troubled = signal(false); // the last try reached nobody

const released = new Set<string>(); // by this page; their rows are about to go

function hold(q: QueuedTurn): Promise<void> {
  entries.value = new Map(entries.peek()).set(q.id, q);
  released.delete(q.id);
  return db.put('queue', q);
}

export function release(id: string): void {
  const next = new Map(entries.peek());
  next.delete(id);
  entries.value = next;
  released.add(id);
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
  return { question: { ...base, id: questionId(q), role: 'user', parent: q.parent, text: q.message ?? '', state: 'waiting', ...(q.attachments && { attachments: q.attachments }) }, answer: { ...answer, parent: questionId(q) } };
}

const listOf = ({ question, answer }: ReturnType<typeof rowsOf>): Message[] => (question ? [question, answer] : [answer]);

// For the open thread: the rows of what is still on its way, and nothing for what has arrived, though the reply has not.
export function queuedRows(conversation: string, known: readonly Message[]): Message[] {
  const [arrived, waiting] = [entriesIn(conversation).filter((q) => known.some((m) => m.turn === q.id)), entriesIn(conversation)];
  for (const q of arrived) {
    release(q.id);
    expectAnswer(conversation);
  }
  return waiting.filter((q) => !arrived.includes(q)).flatMap((q) => listOf(rowsOf(q, known)));
}

// Shown at once, sent when it is on disk.
export function enqueue(q: QueuedTurn): void {
  const kept = hold(q);
  putMessages(listOf(rowsOf(q, thread.peek().messages)));
  setLeaf(q.conversation, answerId(q));
  void kept.then(() => deliver(q));
}

// Sent again by the person after a refusal: the same turn.
export function resend(q: QueuedTurn): void {
  enqueue({ ...q, error: undefined });
}

// Taken back before the server had it, as far as anybody knows. What is on its way just then may still arrive.
const takenBack = new Set<string>();

export function takeBack(q: QueuedTurn): void {
  batch(() => {
    if (delivering.has(q.id)) takenBack.add(q.id);
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
  void adopt().then(() => {
    for (const q of entries.peek().values()) if (mayGo(q)) void deliver(q);
  });
}

// Sooner or later: here, in another page, or by the worker when none is left.
function deliverLater(): void {
  clearTimeout(timer);
  timer = setTimeout(deliverAll, waitMs);
  waitMs = Math.min(waitMs * 2, kLastWaitMs);
  void navigator.serviceWorker?.ready
    .then((worker) => (worker as { sync?: { register(tag: string): Promise<void> } }).sync?.register(kSyncTag))
    .catch(() => undefined); // not every browser has it, or lets everybody have it
}

async function deliver(q: QueuedTurn): Promise<void> {
  if (delivering.has(q.id)) return;
  delivering.add(q.id);
  try {
    if (!(await alone(q.id, () => send(q).then(() => true)))) deliverLater();
  } finally {
    delivering.delete(q.id);
    takenBack.delete(q.id);
  }
}

async function send(q: QueuedTurn): Promise<void> {
  const row = await db.one<QueuedTurn & db.Row>('queue', q.id);
  if (!entries.peek().has(q.id)) return; // taken back, or somebody else is here now
  if (!row && db.persistent.peek()) return gone(q);
  try {
    let reply: unknown;
    for (const [path, body] of callsFor(q)) reply = await (body instanceof Blob ? api.post(path, undefined, { raw: body, timeoutMs: kUploadMs }) : api.post(path, body));
    if (!isBegun(reply)) throw new ApiError('The reply was cut.', { code: 'offline' });
    waitMs = kFirstWaitMs;
    troubled.value = false;
    if (takenBack.has(q.id)) overtaken(q);
    if (entries.peek().has(q.id) || takenBack.has(q.id)) confirmed(q, reply);
  } catch (error) {
    if (!entries.peek().has(q.id)) return; // taken back meanwhile
    if (isRefusal(error)) {
      if (error.status === 401) return; // it waits for the next sign-in
      // Asked before it was known that the server lets nobody have instructions of their own: it goes without them.
      const { instructions, ...options } = q.options ?? {};
      if (instructions) await loadModels();
      if (!instructions || instructionsAllowed.peek() || !entries.peek().has(q.id)) return refused(q, error);
      const plain = { ...q, options };
      return hold(plain).then(() => send(plain));
    }
    troubled.value = true;
    deliverLater();
  }
}

// The server's own word that it will not do this. Everything else (no answer, half an answer, a server that starts or
// stops) leaves open whether it has the turn, and the same turn is sent again.
const isRefusal = (error: unknown): error is ApiError => error instanceof ApiError && error.status >= 400 && !api.passing(error) && error.status !== 408;

// Stop was pressed while the question was travelling, and it had arrived: then it is the answer that is stopped.
function overtaken(q: QueuedTurn): void {
  if (q.message) draftWasSent(q.fresh ? null : q.conversation, q.message);
  if (q.fresh && !conversations.get(q.conversation)) conversations.add(q.conversation, q.message ?? '', q.provider, q.model);
  void askToStop(q.id);
}

// The row is no longer there: another page or the worker has sent it or taken it back, or the browser has emptied its
// storage. The server knows which; what it has not got comes back into the field, and nothing is sent unasked.
async function gone(q: QueuedTurn): Promise<void> {
  try {
    await api.get(`/turns/${q.id}`);
    sentElsewhere(q);
  } catch (error) {
    if ((error as ApiError).status !== 404) return deliverLater();
    const field = q.fresh ? null : q.conversation;
    takeBack(q);
    giveFilesBack(field, q.attachments);
    if (q.message && !draftOf(field).includes(q.message)) giveBack(field, q.message);
  }
}

function sentElsewhere(q: QueuedTurn): void {
  batch(() => {
    release(q.id);
    dropMessages([questionId(q), answerId(q)]);
    if (conversations.get(q.conversation)?.revision === 0) conversations.change(q.conversation, { revision: 1 });
  });
  expectAnswer(q.conversation);
  if (thread.peek().id === q.conversation) void refreshThread(q.conversation);
}

// What other pages wrote down, closed or frozen since.
async function adopt(): Promise<void> {
  const visit = conversations.visitNow();
  const kept = await db.all<QueuedTurn & db.Row>('queue');
  if (visit !== conversations.visitNow()) return;
  const fresh = kept.filter((q) => !q.held && !entries.peek().has(q.id) && !released.has(q.id));
  if (fresh.length === 0) return;
  entries.value = new Map([...entries.peek(), ...fresh.map((q): [string, QueuedTurn] => [q.id, q])]);
  for (const q of fresh) {
    if (q.fresh && !conversations.get(q.conversation)) conversations.add(q.conversation, q.message ?? '', q.provider, q.model);
    if (thread.peek().id === q.conversation) putMessages(listOf(rowsOf(q, thread.peek().messages)));
  }
}

// The server has the turn: rows get their real ids, and the answer is read.
function confirmed(q: QueuedTurn, begun: Begun): void {
  const { question, answer } = rowsOf(q, thread.peek().messages);
  const rows: Message[] = [{ ...answer, id: begun.message_id, state: 'running' }];
  if (question && begun.user_message_id) {
    rows[0]!.parent = begun.user_message_id;
    rows.unshift({ ...question, id: begun.user_message_id, state: 'done', ...(q.attachments && { attachments: withoutBlobs(q.attachments) }) });
  }
  batch(() => {
    putMessages(rows);
    dropMessages([questionId(q), answerId(q)]);
    const known = conversations.get(q.conversation);
    conversations.change(q.conversation, { leaf: begun.message_id, running: q.id, updated: Date.now(), revision: known?.revision || 1 });
    release(q.id);
    expectAnswer(q.conversation);
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
  void hold(kept);
  if (thread.peek().id === q.conversation) putMessages(listOf(rowsOf(kept, thread.peek().messages)));
  say(explain(kept.error).title, true);
  if (error.status === 429) void refreshQuota();
}

let looking: ReturnType<typeof setInterval> | undefined;

// The worker tells what it has sent.
function onWorker(event: MessageEvent): void {
  const { type, id } = (event.data ?? {}) as { type?: string; id?: string };
  const q = type === 'sent' && id ? entries.peek().get(id) : undefined;
  if (q) sentElsewhere(q);
}

export async function startQueue(): Promise<void> {
  const kept = (await db.all<QueuedTurn & db.Row>('queue')).filter((q) => !q.held);
  entries.value = new Map(kept.map((q) => [q.id, q]));
  for (const q of kept) {
    if (q.fresh && !conversations.get(q.conversation)) conversations.add(q.conversation, q.message ?? '', q.provider, q.model);
    if (q.message) draftWasSent(q.fresh ? null : q.conversation, q.message);
  }
  navigator.serviceWorker?.addEventListener('message', onWorker);
  db.onQueueBack(deliverAll);
  looking = setInterval(() => document.visibilityState === 'visible' && deliverAll(), kLookMs);
  deliverAll();
}

export function stopQueue(): void {
  clearTimeout(timer);
  clearInterval(looking);
  db.onQueueBack(() => undefined);
  navigator.serviceWorker?.removeEventListener('message', onWorker);
  entries.value = new Map();
  released.clear();
}
