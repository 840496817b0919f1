// One message may be written while an answer runs: it waits here and is sent when the answer has ended. When the answer
// failed, or nothing can be sent, it comes back into the field. Kept per tab (sessionStorage): a reload loses nothing, and
// two tabs never send the same one.

import { effect, signal, untracked } from '@preact/signals';
import * as conversations from './conversations.ts';
import { giveBack } from './drafts.ts';
import { kTemporary, thread } from './thread.ts';
import { isRunning, sendTo } from './turns.ts';

const kKey = 'whinchat.next';

function load(): ReadonlyMap<string, string> {
  try {
    return new Map(Object.entries(JSON.parse(sessionStorage.getItem(kKey) ?? '{}') as Record<string, string>));
  } catch {
    return new Map();
  }
}

const waiting = signal<ReadonlyMap<string, string>>(new Map());
export const nextIn = (conversation: string): string | undefined => waiting.value.get(conversation);

function keep(conversation: string, text: string | null): void {
  const next = new Map(waiting.peek());
  if (text) next.set(conversation, text);
  else next.delete(conversation);
  waiting.value = next;
  try {
    sessionStorage.setItem(kKey, JSON.stringify(Object.fromEntries(next)));
  } catch {
    // Denied or full: it lives as long as the page.
  }
}

// False: one is waiting already.
export function sendAfter(conversation: string, text: string): boolean {
  if (waiting.peek().has(conversation)) return false;
  keep(conversation, text);
  return true;
}

export function takeNextBack(conversation: string): void {
  const text = waiting.peek().get(conversation);
  keep(conversation, null);
  if (text) giveBack(conversation, text);
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

function sendWhatWaits(): void {
  for (const [conversation, text] of waiting.peek()) {
    if (isRunning(conversation) || !known(conversation)) continue;
    keep(conversation, null);
    if (failedAt(conversation) || !sendTo(conversation, text)) giveBack(conversation, text);
  }
}

export function startNextMessages(): void {
  waiting.value = load();
  effect(() => {
    void conversations.conversationsLoaded.value;
    for (const conversation of waiting.value.keys()) isRunning(conversation); // subscribes to the end of each
    void thread.value;
    const timer = setTimeout(() => untracked(sendWhatWaits)); // what ends an answer is written in several steps
    return () => clearTimeout(timer);
  });
}
