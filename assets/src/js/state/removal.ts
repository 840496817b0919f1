// Deleting a message: out of sight at once, on the server when the time for changing one's mind is over.

import '../ui/more-words.ts';
import { effect } from '@preact/signals';
import type { ApiError } from '../api-error.ts';
import * as api from '../api.ts';
import { inWords } from '../explain.ts';
import { toast } from './status.ts';
import { goneFrom, isLocal, kTemporary, refreshThread, thread } from './thread.ts';
import { leafWithout, without } from './tree.ts';
import { isRunning } from './turns.ts';
import type { Message } from './types.ts';
import { t } from '../words.ts';

const kUndoMs = 8000;

const removable = (message: Message): boolean => !isLocal(message) && !isRunning(message.conversation);

// A page that is left has no way back: what was deleted is deleted.
const pending = new Set<(closing: boolean) => Promise<void>>();

addEventListener('pagehide', () => {
  for (const commit of pending) void commit(true);
});

const show = (message: string): void => void (goneFrom.value = goneFrom.peek().filter((one) => one.message !== message));

// The server deletes nothing while an answer is written there.
const answered = (conversation: string): Promise<void> => new Promise((resolve) => {
  const end = effect(() => {
    if (!isRunning(conversation)) setTimeout(() => (end(), resolve()));
  });
});

async function tellServer({ id, conversation }: Message, closing: boolean): Promise<void> {
  try {
    if (!closing) await answered(conversation);
    await api.call('DELETE', `/conversations/${conversation}/messages/${id}`, undefined, { keepalive: closing });
    if (thread.peek().id === conversation) await refreshThread(conversation);
  } catch (error) {
    if ((error as ApiError).status !== 404) toast(api.passing(error) ? t('not_saved_offline') : t('not_saved', { message: inWords(error as ApiError) }));
  }
  show(id);
}

// The temporary conversation lies in this page alone.
function removeHere(message: Message): void {
  const before = thread.peek();
  const messages = without(before.messages, message.id);
  thread.value = { ...before, messages, leaf: leafWithout(before.messages, messages, message.id, before.leaf) };
  toast(t('message_deleted'), { ms: kUndoMs, action: { label: t('undo'), run: () => thread.peek().id === kTemporary && (thread.value = before) } });
}

export function removeMessage(message: Message): void {
  if (!removable(message)) return;
  if (message.conversation === kTemporary) return removeHere(message);
  goneFrom.value = [...goneFrom.peek(), { conversation: message.conversation, message: message.id }];
  let done = false;
  const commit = async (closing: boolean): Promise<void> => {
    if (done) return;
    done = true;
    pending.delete(commit);
    await tellServer(message, closing);
  };
  pending.add(commit);
  const undo = (): void => {
    done = true;
    pending.delete(commit);
    show(message.id);
  };
  toast(t('message_deleted'), { ms: kUndoMs, action: { label: t('undo'), run: undo }, onEnd: () => void commit(false) });
}
