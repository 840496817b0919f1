// Answers that the server is writing, read by position for the conversation that is open. Whoever looks elsewhere leaves
// the reading; the server goes on, the change feed tells of the end, and coming back reads on.

import { signal } from '@preact/signals';
import * as api from '../api.ts';
import type { ApiError } from '../api-error.ts';
import { explain } from '../explain.ts';
import { TurnReader, type TurnEnd } from '../turn-reader.ts';
import * as conversations from './conversations.ts';
import * as db from './db.ts';
import { abandon, begin, finish, Live } from './live.ts';
import { refreshQuota } from './quota.ts';
import { countTo, say, toast } from './status.ts';
import { putMessages, refreshThread, thread } from './thread.ts';
import type { Message } from './types.ts';
import { t } from '../words.ts';

const kSpokenChars = 200;

const followed = new Map<string, { reader: TurnReader; live: Live }>(); // by turn
const stopping = signal<ReadonlySet<string>>(new Set()); // turns whose stop has been asked for
export const isStopping = (turn: string | null | undefined): boolean => !!turn && stopping.value.has(turn);

function setStopping(turn: string, on: boolean): void {
  const next = new Set(stopping.peek());
  if (on) next.add(turn);
  else next.delete(turn);
  stopping.value = next;
}

// Read from its beginning: the row may hold less than the server's journal. One that runs elsewhere only gets its end noticed.
export function follow(turn: string, answer: string, conversation: string, justSent = false): void {
  if (followed.has(turn)) return;
  if (thread.peek().id !== conversation) return void hasEnded(turn, conversation);
  const live = new Live(answer, conversation, justSent);
  begin(live);
  const reader = new TurnReader(turn, {
    onText: (delta) => live.grow('text', delta),
    onReasoning: (delta) => live.grow('reasoning', delta),
    onEnd: (end) => ended(turn, live, end),
    onConnected: (on) => void (on || !followed.has(turn) || keepCopy(live)),
  });
  followed.set(turn, { reader, live });
}

// What has come so far, for who opens the conversation again before the network is back.
async function keepCopy(live: Live): Promise<void> {
  const row = live.text ? await db.one<Message & db.Row>('messages', live.id) : undefined;
  if (row?.state === 'running') await db.put('messages', live.snapshot(row));
}

export function followedIn(conversation: string): { leaf: string; running: string } | undefined {
  for (const [turn, { live }] of followed) if (live.conversation === conversation) return { leaf: live.id, running: turn };
  return undefined;
}

// The feed may have told of the end already, and it was not believed because the answer was still being read here, or it came
// before the reply that the turn had begun.
async function hasEnded(turn: string, conversation: string): Promise<void> {
  const told = await api.get<{ state: string }>(`/turns/${turn}`).catch(() => undefined);
  if (told && told.state !== 'running' && conversations.get(conversation)?.running === turn) conversations.change(conversation, { running: null });
}

export function leaveAllBut(open: string | null): void {
  for (const [turn, { reader, live }] of followed) {
    if (live.conversation === open) continue;
    void keepCopy(live);
    void hasEnded(turn, live.conversation);
    reader.close();
    followed.delete(turn);
    abandon(live);
  }
}

function ended(turn: string, live: Live, end: TurnEnd): void {
  followed.delete(turn);
  setStopping(turn, false);
  const row = thread.peek().messages.find((m) => m.id === live.id);
  conversations.noteOver(live.conversation, turn);
  finish(live);
  if (row) {
    const now = closed(live, row, end);
    putMessages([now]);
    if (end.state !== 'unknown') announce(now);
  }
  if (thread.peek().id === live.conversation) void refreshThread(live.conversation); // cost and whatever else only the server knows
  void refreshQuota();
}

function closed(live: Live, row: Message, end: TurnEnd): Message {
  const now: Message = { ...live.snapshot(row), state: end.state === 'unknown' ? row.state : end.state, totalMs: performance.now() - live.started };
  if (end.usage) now.usage = end.usage;
  if (end.finish) now.finish = end.finish;
  if (end.model) now.model = end.model;
  if (!end.error) return now;
  const retryAt = end.error.retryAfter === undefined ? undefined : Date.now() + end.error.retryAfter * 1000;
  if (retryAt) countTo(retryAt);
  return { ...now, error: { code: end.error.code, message: end.error.message, retryAt } };
}

export function announce(row: Message): void {
  if (row.state === 'done') say(t('answered', { text: row.text.replace(/[#*_`|]+/g, ' ').slice(0, kSpokenChars) }));
  else if (row.state === 'stopped') say(t('answer_stopped'));
  else if (row.error) say(explain(row.error).title, true);
}

// Any tab and any device may stop; the end arrives with the events, or with the change feed where nobody reads them.
export async function askToStop(turn: string): Promise<void> {
  setStopping(turn, true);
  try {
    await api.remove(`/turns/${turn}`);
  } catch (error) {
    setStopping(turn, false);
    if ((error as ApiError).status !== 404) toast(t('not_stopped'));
  }
}
