// Answers that were asked for in this browser and have ended while nobody looked: a mark in the list, a number on the app's
// icon (W3C Badging, 2024) and in the title. Kept over reloads; what a closed page missed is found at the next start.

import { effect, signal, untracked } from '@preact/signals';
import { base } from '../base.ts';
import * as conversations from './conversations.ts';
import { thread } from './thread.ts';
import { entriesIn } from './queue.ts';

const kKey = base === '/' ? 'whinchat.unread' : `whinchat.unread ${base}`;
const kMax = 200; // conversations remembered

interface Kept {
  asked: readonly string[];
  unread: readonly string[];
}

const asked = signal<readonly string[]>([]);
export const unread = signal<readonly string[]>([]);
export const finished = signal(0); // answers since the page was opened; the install hint waits for some
const seen = signal(document.visibilityState === 'visible');

export const isUnread = (conversation: string): boolean => unread.value.includes(conversation);

function load(): void {
  try {
    const kept = JSON.parse(localStorage.getItem(kKey) ?? '{}') as Partial<Kept>;
    asked.value = kept.asked ?? [];
    unread.value = kept.unread ?? [];
  } catch {
    // denied, or not ours: nothing is remembered
  }
}

function save(): void {
  try {
    localStorage.setItem(kKey, JSON.stringify({ asked: asked.value, unread: unread.value } satisfies Kept));
  } catch {
    // It lasts as long as the page.
  }
}

export function forgetUnread(): void {
  asked.value = [];
  unread.value = [];
}

const without = (list: readonly string[], id: string): readonly string[] => (list.includes(id) ? list.filter((one) => one !== id) : list);

// Its turn has begun.
export function expectAnswer(conversation: string): void {
  asked.value = [...without(asked.peek(), conversation), conversation].slice(-kMax);
}

function look(): void {
  const open = seen.value ? thread.value.id : null;
  if (open) unread.value = without(unread.peek(), open);
  for (const id of asked.value) {
    const row = conversations.row(id);
    if (!row || row.running || entriesIn(id).length > 0) continue;
    asked.value = without(asked.peek(), id);
    if (row.deleted) continue;
    finished.value = finished.peek() + 1;
    if (id !== open) unread.value = [...without(unread.peek(), id), id].slice(-kMax);
  }
  for (const id of unread.peek()) if (conversations.row(id)?.deleted) unread.value = without(unread.peek(), id);
}

interface Badges {
  setAppBadge?(count: number): Promise<void>;
  clearAppBadge?(): Promise<void>;
}

export function startUnread(): void {
  load();
  document.addEventListener('visibilitychange', () => (seen.value = document.visibilityState === 'visible'));
  effect(look);
  effect(() => {
    const count = unread.value.length;
    void asked.value;
    untracked(save);
    const badges = navigator as Badges;
    void (count > 0 ? badges.setAppBadge?.(count) : badges.clearAppBadge?.())?.catch(() => undefined); // not installed, or not allowed
  });
}
