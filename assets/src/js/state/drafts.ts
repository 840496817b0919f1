// Drafts: in localStorage at every key, so none is lost, and a moment later on the server, so the next device has it.

import { signal } from '@preact/signals';
import * as api from '../api.ts';

const kKey = 'whinchat.draft.';
const kUnsaved = 'whinchat.draft.unsaved.';
const kSaveMs = 1200;

export const arrived = signal<{ conversation: string; text: string } | null>(null); // a draft from another device

function read(key: string): string {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return '';
  }
}

function write(key: string, value: string): void {
  try {
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
  } catch {
    // Full or denied: the field keeps it as long as the page lives.
  }
}

const waiting = new Map<string, ReturnType<typeof setTimeout>>();
let onServer: (conversation: string) => boolean = () => false; // the temporary one and a new one are not there
export const draftsGoTo = (test: typeof onServer): void => void (onServer = test);

async function save(conversation: string, keepalive: boolean): Promise<void> {
  clearTimeout(waiting.get(conversation));
  waiting.delete(conversation);
  if (!onServer(conversation)) return;
  const draft = read(kKey + conversation);
  try {
    await api.patch(`/conversations/${conversation}`, { draft }, { keepalive });
    if (read(kKey + conversation) === draft) write(kUnsaved + conversation, '');
  } catch {
    // Stays marked as unsaved; the next key, or the next opening, tries again.
  }
}

export const draftOf = (conversation: string | null): string => read(kKey + (conversation ?? 'new'));

// A message that was not sent after all: back into the field, before whatever has been typed there since.
export function giveBack(conversation: string | null, text: string): void {
  const typed = draftOf(conversation);
  const both = typed.trim() ? `${text}\n${typed}` : text;
  keepDraft(conversation, both);
  arrived.value = { conversation: conversation ?? 'new', text: both };
}

export function keepDraft(conversation: string | null, text: string): void {
  if (draftOf(conversation) === text) return;
  write(kKey + (conversation ?? 'new'), text);
  if (!conversation) return;
  write(kUnsaved + conversation, '1');
  clearTimeout(waiting.get(conversation));
  waiting.set(conversation, setTimeout(() => void save(conversation, false), kSaveMs));
}

// What the server has is newer, unless something was typed here that it has not got.
export function draftFromServer(conversation: string, text: string): void {
  if (read(kUnsaved + conversation)) {
    if (!waiting.has(conversation)) void save(conversation, false);
    return;
  }
  if (draftOf(conversation) === text) return;
  write(kKey + conversation, text);
  arrived.value = { conversation, text };
}

export function startDrafts(): void {
  const flush = (): void => {
    for (const conversation of waiting.keys()) void save(conversation, true);
  };
  addEventListener('pagehide', flush);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && flush());
}
