// A temporary conversation: streamed to this page alone (POST /api/chat/stream), kept in this page's memory alone, gone
// when the page is. The server stores nothing of it.

import ChatClient, { type ChatOptions } from '../chat-client.ts';
import { announce } from './following.ts';
import { newId } from './ids.ts';
import { begin, finish, Live, liveIn } from './live.ts';
import { usable } from './models.ts';
import { refreshQuota } from './quota.ts';
import { storedError } from './queue.ts';
import { turnOptions } from './settings.ts';
import { say } from './status.ts';
import { kTemporary, putMessages, setLeaf, thread } from './thread.ts';
import { historyOf, pathTo } from './tree.ts';
import type { Message } from './types.ts';
import { t } from '../words.ts';

let client: ChatClient | undefined;

function ask(parent: string | null, text: string): void {
  const question: Message = { id: newId(), conversation: kTemporary, parent, role: 'user', text, state: 'done', created: Date.now() };
  putMessages([question]);
  void answer(question);
}

export function send(text: string): boolean {
  if (liveIn(kTemporary)) return false;
  ask(thread.peek().leaf, text);
  return true;
}

export const edit = (message: Message, text: string): void => ask(message.parent, text);

export function again(message: Message): void {
  const question = thread.peek().messages.find((m) => m.id === message.parent);
  if (question) void answer(question);
}

export const stop = (): void => client?.cancelStream();

// On this route instructions are a system message of the history.
function chatOptions(): ChatOptions {
  const { instructions, temperature, max_tokens: maxTokens } = turnOptions() ?? {};
  return { ...(instructions && { system: instructions }), ...(temperature !== undefined && { temperature }), ...(maxTokens !== undefined && { maxTokens }) };
}

async function answer(question: Message): Promise<void> {
  const model = usable(null);
  const row: Message = {
    id: newId(), conversation: kTemporary, parent: question.id, role: 'assistant', text: '', state: 'running', created: Date.now(),
    provider: model?.provider ?? 'openai', model: model?.id,
  };
  const live = new Live(row.id, kTemporary, true);
  const mine = (client = new ChatClient());
  mine.conversationHistory = historyOf(pathTo(thread.peek().messages, question.id).slice(0, -1));
  begin(live);
  putMessages([row]);
  setLeaf(kTemporary, row.id);
  say(t('answering'));
  const end = (part: Partial<Message>): void => {
    finish(live);
    const now = { ...live.snapshot(row), totalMs: performance.now() - live.started, ...part };
    putMessages([now]);
    announce(now);
    void refreshQuota();
  };
  await mine.sendMessageStream(question.text, row.provider!, {
    onChunk: (delta) => live.grow('text', delta),
    onReasoning: (delta) => live.grow('reasoning', delta),
    onComplete: (_full, used, completion) => end({ state: 'done', model: used ?? row.model, usage: completion.usage, finish: completion.finishReason }),
    onStop: () => end({ state: 'stopped' }),
    onError: (error) => end({ state: 'failed', error: storedError(error) }),
  }, { model: row.model ?? null, ...chatOptions() });
}
