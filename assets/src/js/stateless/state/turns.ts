// One turn: a question, the request, the answer as it grows, and how it ended. A turn goes on when the person looks at
// another conversation; its text is saved every second, so a closed page loses at most that.

import { signal } from '@preact/signals';
import ChatClient, { type Completion } from '../../chat-client.ts';
import type { ApiError } from '../../api-error.ts';
import { explain } from '../explain.ts';
import { codeOf } from './turn-end.ts';
import * as store from './conversations.ts';
import { newId } from './ids.ts';
import { usable } from './models.ts';
import { countTo, say } from './status.ts';
import { historyOf, pathTo } from './tree.ts';
import type { Message } from './types.ts';
import { t } from '../words.ts';

const kSaveMs = 1000;
const kSpokenChars = 200;

export interface Live {
  id: string; // of the answer
  conversation: string;
  text: string;
  reasoning: string;
  started: number;
  firstMs: number | undefined;
  reasoningMs: number | undefined;
  client: ChatClient;
  listeners: Set<(kind: 'text' | 'reasoning' | 'end', delta: string) => void>;
}

const live = new Map<string, Live>();
export const running = signal<ReadonlySet<string>>(new Set()); // conversations with an answer under way
export const liveOf = (answer: string): Live | undefined => live.get(answer);
export const isRunning = (conversation: string): boolean => running.value.has(conversation);

function setRunning(conversation: string, on: boolean): void {
  const next = new Set(running.peek());
  if (on) next.add(conversation);
  else next.delete(conversation);
  running.value = next;
}

// Returns false when nothing can be sent now; the caller keeps the text.
export function send(text: string): boolean {
  const open = store.thread.peek();
  if (open.state !== 'ready' || !text.trim() || (open.id && running.peek().has(open.id))) return false;
  const row = store.current.peek();
  const model = usable(row ?? null);
  const conversation = row ?? store.create(text, model?.provider ?? null, model?.id ?? null);
  const question: Message = {
    id: newId(), conversation: conversation.id, parent: conversation.leaf, role: 'user', text, state: 'done', created: Date.now(),
  };
  void store.saveMessage(question);
  void answer(conversation.id, question);
  return true;
}

export function edit(message: Message, text: string): void {
  if (!text.trim() || running.peek().has(message.conversation)) return;
  const question: Message = { ...message, id: newId(), text, created: Date.now() };
  void store.saveMessage(question);
  void answer(question.conversation, question);
}

// A new answer to the same question. An answer that failed before its first word is replaced, any other one stays.
export async function again(old: Message): Promise<void> {
  if (running.peek().has(old.conversation)) return;
  const messages = await store.messagesOf(old.conversation);
  const question = messages.find((m) => m.id === old.parent);
  if (!question) return;
  if (!old.text && !old.reasoning) await store.removeMessage(old);
  await answer(old.conversation, question);
}

export function stop(conversation: string): void {
  for (const turn of live.values()) if (turn.conversation === conversation) turn.client.cancelStream();
}

async function answer(conversation: string, question: Message): Promise<void> {
  setRunning(conversation, true);
  const row = store.get(conversation);
  const model = usable(row ?? null);
  const message: Message = {
    id: newId(), conversation, parent: question.id, role: 'assistant', text: '', state: 'streaming', created: Date.now(),
    provider: model?.provider ?? row?.provider ?? 'openai', model: model?.id ?? row?.model ?? undefined,
  };
  const client = new ChatClient();
  const turn: Live = {
    id: message.id, conversation, text: '', reasoning: '', started: performance.now(),
    firstMs: undefined, reasoningMs: undefined, client, listeners: new Set(),
  };
  live.set(message.id, turn);
  const path = pathTo([...(await store.messagesOf(conversation)).filter((m) => m.id !== question.id), question], question.id);
  client.conversationHistory = historyOf(path.slice(0, -1));
  void store.saveMessage(message);
  void store.update(conversation, { leaf: message.id, updated: Date.now(), provider: message.provider!, model: message.model ?? null });
  say(t('answering'));
  await stream(turn, message, question.text);
}

async function stream(turn: Live, message: Message, text: string): Promise<void> {
  const saving = setInterval(() => void store.saveMessage(snapshot(turn, message)), kSaveMs);
  const end = (part: Partial<Message>): void => {
    clearInterval(saving);
    finish(turn, { ...snapshot(turn, message), totalMs: performance.now() - turn.started, ...part });
  };
  try {
    await turn.client.sendMessageStream(text, message.provider!, {
      onChunk: (delta, full) => grow(turn, 'text', delta, full),
      onReasoning: (delta, full) => grow(turn, 'reasoning', delta, full),
      onComplete: (_full, model, completion) => end(completed(model ?? message.model, completion)),
      onStop: () => end({ state: 'stopped' }),
      onError: (error) => end(failed(error)),
    }, { model: message.model ?? null });
  } catch (error) {
    end({ state: 'failed', error: { code: 'app', message: String(error) } });
    throw error; // a fault of this page, to be seen in the console
  }
}

function completed(model: string | undefined, completion: Completion): Partial<Message> {
  return { state: 'done', model, usage: completion.usage, finish: completion.finishReason };
}

function failed(error: ApiError): Partial<Message> {
  const retryAt = error.retryAfter === undefined ? undefined : Date.now() + error.retryAfter * 1000;
  if (retryAt) countTo(retryAt);
  return { state: 'failed', error: { code: codeOf(error), message: error.message, requestId: error.requestId, retryAt } };
}

function grow(turn: Live, kind: 'text' | 'reasoning', delta: string, full: string): void {
  const passed = performance.now() - turn.started;
  if (turn.firstMs === undefined) turn.firstMs = passed;
  if (kind === 'text' && turn.reasoning && turn.reasoningMs === undefined) turn.reasoningMs = passed - turn.firstMs;
  turn[kind] = full;
  for (const listener of turn.listeners) listener(kind, delta);
}

function snapshot(turn: Live, message: Message): Message {
  const row: Message = { ...message, text: turn.text };
  if (turn.reasoning) row.reasoning = turn.reasoning;
  if (turn.reasoningMs !== undefined) row.reasoningMs = turn.reasoningMs;
  if (turn.firstMs !== undefined) row.firstMs = turn.firstMs;
  return row;
}

function finish(turn: Live, row: Message): void {
  live.delete(turn.id);
  setRunning(turn.conversation, false);
  for (const listener of turn.listeners) listener('end', '');
  void store.saveMessage(row);
  void store.update(turn.conversation, { updated: Date.now() });
  if (row.state === 'done') say(t('answered', { text: row.text.replace(/[#*_`|]+/g, ' ').slice(0, kSpokenChars) }));
  else if (row.state === 'stopped') say(t('answer_stopped'));
  else if (row.error) say(explain(row.error).title, true);
}
