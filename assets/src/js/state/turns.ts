// What a person does with messages: send, edit, answer again, go on, stop. In a stored conversation each becomes a turn
// on the server; in a temporary one the answer is streamed to this page alone.

import { effect } from '@preact/signals';
import { giveFilesBack, type Attachment } from './attachments.ts';
import * as conversations from './conversations.ts';
import { draftsGoTo, giveBack } from './drafts.ts';
import { askToStop, follow, followedIn, isStopping, leaveAllBut } from './following.ts';
import { newId } from './ids.ts';
import { liveIn } from './live.ts';
import { usable } from './models.ts';
import * as queue from './queue.ts';
import { go, page } from './router.ts';
import { turnOptions } from './settings.ts';
import { online, say } from './status.ts';
import * as temporary from './temporary.ts';
import { connectTurns, isLocal, kTemporary, leafNow, openFresh, thread } from './thread.ts';
import type { Message, QueuedTurn } from './types.ts';
import { t } from '../words.ts';

export const isRunning = (conversation: string): boolean =>
  queue.waitingIn(conversation) !== undefined || liveIn(conversation) !== undefined || !!conversations.row(conversation)?.running;

export const stopAsked = (conversation: string): boolean => isStopping(conversations.row(conversation)?.running);

function turn(conversation: string, part: Pick<QueuedTurn, 'kind' | 'parent'> & { id?: string; message?: string; fresh?: boolean; attachments?: readonly Attachment[] | undefined }): void {
  const row = conversations.get(conversation);
  const model = usable(row ?? null);
  say(t('answering'));
  queue.enqueue({
    id: newId(), fresh: row?.revision === 0, ...part, options: turnOptions(), conversation, created: Date.now(),
    provider: model?.provider ?? row?.provider ?? null, model: model?.id ?? row?.model ?? null,
  });
}

// Returns false when nothing can be sent now; the caller keeps the text.
export function send(text: string, files: readonly Attachment[] = []): boolean {
  const open = thread.peek();
  if ((!text.trim() && files.length === 0) || open.state !== 'ready') return false;
  if (open.id) return sendTo(open.id, text, files);
  const model = usable(null);
  const made = conversations.add(newId(), text.trim() ? text : files[0]!.name, model?.provider ?? null, model?.id ?? null);
  openFresh(made.id);
  turn(made.id, { kind: 'ask', parent: null, message: text, fresh: true, attachments: someOf(files) });
  go(`/c/${made.id}`, page.peek().name === 'chat');
  return true;
}

const someOf = (files: readonly Attachment[]): readonly Attachment[] | undefined => (files.length > 0 ? files : undefined);

// Into a conversation that need not be open.
export function sendTo(conversation: string, text: string, files: readonly Attachment[] = [], id = newId()): boolean {
  if (isRunning(conversation)) return false;
  if (conversation === kTemporary) return thread.peek().id === kTemporary && temporary.send(text);
  const row = conversations.get(conversation);
  if (!row || row.deleted) return false;
  turn(conversation, { id, kind: 'ask', parent: leafToAnswer(thread.peek().id === conversation ? leafNow() : row.leaf), message: text, attachments: someOf(files) });
  return true;
}

// A refused question stands at the end of the branch and is no message on the server: the next one takes its place.
function leafToAnswer(leaf: string | null): string | null {
  const { messages } = thread.peek();
  for (let at = messages.find((m) => m.id === leaf); at; at = messages.find((m) => m.id === at!.parent)) if (!isLocal(at)) return at.id;
  return messages.some((m) => m.id === leaf) ? null : leaf;
}

// False: nothing can be sent now; the caller keeps the text.
export function edit(message: Message, text: string): boolean {
  if ((!text.trim() && !message.attachments) || isRunning(message.conversation)) return false;
  if (message.conversation === kTemporary) temporary.edit(message, text);
  else editStored(message, text);
  return true;
}

function editStored(message: Message, text: string): void {
  const refused = queue.entryOf(message.turn);
  if (refused) queue.takeBack(refused); // it was never sent: the new text replaces it
  if (refused?.fresh) conversations.add(message.conversation, text, refused.provider, refused.model);
  turn(message.conversation, { kind: 'ask', parent: message.parent, message: text, fresh: refused?.fresh ?? false, attachments: refused ? refused.attachments : message.attachments });
}

// A new answer to the same question; what the server refused is sent again.
export function again(message: Message): void {
  if (isRunning(message.conversation)) return;
  if (message.conversation === kTemporary) return temporary.again(message);
  const refused = queue.entryOf(message.turn);
  if (refused) queue.resend(refused);
  else turn(message.conversation, { kind: 'regenerate', parent: message.parent });
}

export function goOn(message: Message): void {
  if (isRunning(message.conversation) || message.conversation === kTemporary) return;
  turn(message.conversation, { kind: 'continue', parent: message.id });
}

// A turn that is still on its way comes back as a draft; a running one ends on the server.
export function stop(conversation: string): void {
  if (conversation === kTemporary) return temporary.stop();
  const waiting = queue.waitingIn(conversation);
  if (waiting) {
    queue.takeBack(waiting);
    if (waiting.fresh) go('/chat', true);
    if (waiting.message) giveBack(waiting.fresh ? null : conversation, waiting.message);
    giveFilesBack(waiting.fresh ? null : conversation, waiting.attachments);
    return;
  }
  const running = conversations.get(conversation)?.running;
  if (running) void askToStop(running);
}

export function startTurns(): void {
  connectTurns({ attach: (one) => void (one.message && follow(one.id, one.message, one.conversation)), queued: queue.queuedRows });
  conversations.holdBranch((id) => {
    const leaf = queue.queuedLeaf(id);
    return leaf ? { leaf, running: null } : followedIn(id);
  });
  draftsGoTo((id) => (conversations.get(id)?.revision ?? 0) > 0);
  effect(() => {
    const { id } = thread.value;
    leaveAllBut(id);
    if (id !== kTemporary) temporary.stop(); // what is left is gone
  });
  effect(() => void (online.value && queue.deliverAll()));
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && queue.deliverAll());
}
