// Drafts: in localStorage at every key, so none is lost, and a moment later on the server, so the next device has it.

import { signal } from '@preact/signals';
import * as api from '../api.ts';
import { base } from '../base.ts';
import * as db from './db.ts';

const kKey = base === '/' ? 'whinchat.draft.' : `whinchat.draft ${base} `; // apps under other paths of this origin have their own
const kUnsaved = `${kKey}unsaved.`;
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
  const draft = draftOf(conversation);
  try {
    await api.patch(`/conversations/${conversation}`, { draft }, { keepalive });
    if (draftOf(conversation) === draft) write(kUnsaved + conversation, '');
  } catch {
    // Stays marked as unsaved; the next key, or the next opening, tries again.
  }
}

// Fields that were emptied, by sending above all: what stood there is no longer shown, and goes when what was sent is kept.
const emptied = new Map<string, string>();

function empty(key: string): void {
  const text = read(key);
  emptied.set(key, text);
  setTimeout(async () => {
    await db.queueWritten();
    if (emptied.get(key) !== text) return;
    emptied.delete(key);
    if (read(key) === text) write(key, '');
  });
}

export function draftOf(conversation: string | null): string {
  const key = kKey + (conversation ?? 'new');
  const text = read(key);
  return emptied.get(key) === text ? '' : text;
}

// After a crash a message may be in the queue and still in the field.
export function draftWasSent(conversation: string | null, message: string): void {
  if (draftOf(conversation) !== message) return;
  keepDraft(conversation, '');
  arrived.value = { conversation: conversation ?? 'new', text: '' };
}

export function forgetDrafts(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(kKey)) localStorage.removeItem(key);
}

// A message that was not sent after all: back into the field, before whatever has been typed there since.
export function giveBack(conversation: string | null, text: string): void {
  const typed = draftOf(conversation);
  const both = typed.trim() ? `${text}\n${typed}` : text;
  keepDraft(conversation, both);
  arrived.value = { conversation: conversation ?? 'new', text: both };
}

export function keepDraft(conversation: string | null, text: string): void {
  if (draftOf(conversation) === text) return;
  const key = kKey + (conversation ?? 'new');
  if (text) {
    emptied.delete(key);
    write(key, text);
  } else empty(key);
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
  emptied.delete(kKey + conversation);
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
