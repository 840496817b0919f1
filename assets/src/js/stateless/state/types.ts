// What is kept. Messages form a tree: `parent` is the message answered or followed, a conversation's `leaf` names the
// end of the branch that is shown. An edited question or a new answer is a sibling; nothing is overwritten.

import type { Usage } from '../../chat-client.ts';

export interface Conversation {
  id: string;
  title: string;
  named: boolean; // the person chose the title; it is never replaced by an automatic one
  created: number; // milliseconds since 1970
  updated: number;
  leaf: string | null;
  provider: string | null;
  model: string | null;
  deleted: number | null; // when; kept until its undo has passed
}

// streaming: being written now. interrupted: the page went away while it was written.
export type MessageState = 'done' | 'streaming' | 'stopped' | 'interrupted' | 'failed';

export interface StoredError {
  code: string;
  message: string;
  requestId?: string | undefined;
  retryAt?: number | undefined; // milliseconds since 1970
}

export interface Message {
  id: string;
  conversation: string;
  parent: string | null;
  role: 'user' | 'assistant';
  text: string;
  state: MessageState;
  created: number;
  reasoning?: string;
  reasoningMs?: number;
  provider?: string;
  model?: string | undefined;
  usage?: Usage | undefined;
  finish?: string | undefined;
  firstMs?: number; // from sending to the first visible text
  totalMs?: number;
  error?: StoredError | undefined;
}
