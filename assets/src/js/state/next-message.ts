// One message, with files or without, may be written while an answer runs: it waits here and is sent when the answer has
// ended. When the answer failed, or nothing can be sent, it comes back into the field. It lies in the queue's table (queue.ts)
// with the id its turn will have, so it outlives page and browser, and two tabs never send the same one. What is said in a
// temporary conversation stays in memory.

import { effect, signal, untracked } from '@preact/signals';
import { giveFilesBack, type Attachment } from './attachments.ts';
import * as conversations from './conversations.ts';
import * as db from './db.ts';
import { draftWasSent, giveBack } from './drafts.ts';
import { newId } from './ids.ts';
import { alone } from './outbox.ts';
import { user } from './session.ts';
import { kTemporary, thread } from './thread.ts';
import { isRunning, sendTo } from './turns.ts';
import type { QueuedTurn } from './types.ts';

type Row = QueuedTurn & db.Row;

const waiting = signal<ReadonlyMap<string, QueuedTurn>>(new Map()); // by conversation
export const nextIn = (conversation: string): QueuedTurn | undefined => waiting.value.get(conversation);

function show(conversation: string, row: QueuedTurn | null): void {
  const next = new Map(waiting.peek());
  if (row) next.set(conversation, row);
  else next.delete(conversation);
  waiting.value = next;
}

// False: one is waiting already.
export function sendAfter(conversation: string, text: string, files: readonly Attachment[] = []): boolean {
  if (waiting.peek().has(conversation)) return false;
  const row: QueuedTurn = { id: newId(), conversation, fresh: false, kind: 'ask', parent: null, message: text, provider: null, model: null, created: Date.now(), held: true };
  if (files.length > 0) row.attachments = files;
  show(conversation, row);
  const kept = conversation === kTemporary ? Promise.resolve() : db.put('queue', row);
  void kept.then(() => draftWasSent(conversation, text)); // the draft goes when the message is on disk
  return true;
}

export function takeNextBack(conversation: string): void {
  const row = waiting.peek().get(conversation);
  if (!row) return;
  show(conversation, null);
  giveBack(conversation, row.message!);
  giveFilesBack(conversation, row.attachments);
  void db.drop('queue', row.id);
}

// How the newest answer ended, where that is known: only an open conversation tells.
function failedAt(conversation: string): boolean {
  const open = thread.peek();
  if (open.id !== conversation) return false;
  const last = open.messages.filter((m) => m.role === 'assistant').reduce<(typeof open.messages)[number] | null>((a, b) => (!a || b.created >= a.created ? b : a), null);
  return last?.state === 'failed' || last?.state === 'interrupted';
}

// The list may still be on its way after a reload; a temporary conversation is none of it.
const known = (conversation: string): boolean => conversation === kTemporary || conversations.get(conversation) !== undefined;

// Under the turn's lock and with the row read anew: another tab may have sent it or taken it back.
async function sendOne(row: QueuedTurn): Promise<void> {
  const kept = row.conversation === kTemporary || !db.persistent.peek() ? row : await db.one<Row>('queue', row.id);
  if (waiting.peek().get(row.conversation)?.id !== row.id || isRunning(row.conversation)) return;
  show(row.conversation, null);
  if (!kept?.held) return;
  if (failedAt(row.conversation) || !sendTo(row.conversation, row.message!, row.attachments, row.id)) {
    giveBack(row.conversation, row.message!);
    giveFilesBack(row.conversation, row.attachments);
    await db.drop('queue', row.id);
  }
  await db.queueWritten(); // it is an ordinary one when the lock goes
  await load();
}

function sendWhatWaits(): void {
  for (const [conversation, row] of waiting.peek()) if (!isRunning(conversation) && known(conversation)) void alone(`${row.id} held`, () => sendOne(row));
}

// What this page does not know of: written before it was opened, or by another one. The oldest of a conversation first.
async function load(): Promise<void> {
  const who = user.peek()?.id;
  const rows = (await db.all<Row>('queue')).filter((row) => row.held).reverse();
  if (who === user.peek()?.id && rows.length > 0) waiting.value = new Map([...rows.map((row): [string, QueuedTurn] => [row.conversation, row]), ...waiting.peek()]);
}

export function startNextMessages(): void {
  const here = signal<string | undefined>(undefined);
  effect(() => void (here.value = user.value?.id));
  effect(() => {
    waiting.value = new Map();
    if (here.value && conversations.conversationsLoaded.value) void untracked(load); // before that the visit has not begun
  });
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && here.peek() && void load());
  effect(() => {
    void conversations.conversationsLoaded.value;
    for (const conversation of waiting.value.keys()) isRunning(conversation); // subscribes to the end of each
    void thread.value;
    const timer = setTimeout(() => untracked(sendWhatWaits)); // what ends an answer is written in several steps
    return () => clearTimeout(timer);
  });
}
