// What the app knows. Messages form a tree: `parent` is the message answered or followed, a conversation's `leaf` names
// the end of the branch that is shown. An edited question or a new answer is a sibling; nothing is overwritten.

import type { Usage } from '../chat-client.ts';
import type { Attachment } from './attachments.ts';

export interface Conversation {
  id: string;
  title: string; // may be empty: nobody has named it yet
  titled: 'none' | 'auto' | 'manual';
  pinned: boolean;
  archived: boolean;
  created: number; // milliseconds since 1970
  updated: number;
  leaf: string | null;
  provider: string | null;
  model: string | null;
  deleted: number | null; // when; it can be brought back for 30 days
  running: string | null; // the turn that is answering, on the server
  revision: number; // 0: not on the server yet
}

// waiting: a question that could not be sent yet.
export type MessageState = 'done' | 'running' | 'waiting' | 'stopped' | 'interrupted' | 'failed';

export interface StoredError {
  code: string;
  message: string;
  quota?: string | undefined; // which one is used up
  requestId?: string | undefined;
  retryAt?: number | undefined; // milliseconds since 1970
}

export interface Message {
  id: string;
  conversation: string;
  parent: string | null;
  role: 'user' | 'assistant' | 'system';
  summary?: boolean; // stands for older messages that no longer fit into the prompt
  text: string;
  attachments?: readonly Attachment[]; // of a question
  state: MessageState;
  created: number;
  turn?: string | undefined;
  reasoning?: string;
  reasoningMs?: number;
  provider?: string | undefined;
  model?: string | undefined;
  usage?: Usage | undefined;
  costMicros?: number | undefined; // millionths of a US dollar
  finish?: string | undefined;
  firstMs?: number; // from sending to the first visible text
  totalMs?: number;
  error?: StoredError | undefined;
}

// What the settings add to a question, in the words of the server's API.
export interface TurnOptions {
  instructions?: string;
  temperature?: number;
  max_tokens?: number;
}

// A question (or the wish for another answer) with the id under which the server will know it. It is kept in the browser
// from the moment it is sent until the server has confirmed it.
export interface QueuedTurn {
  id: string;
  conversation: string;
  fresh: boolean; // the conversation has to be made first
  kind: 'ask' | 'regenerate' | 'continue';
  parent: string | null;
  message?: string;
  attachments?: readonly Attachment[] | undefined; // with their bytes, until the server has them
  provider: string | null;
  model: string | null;
  created: number;
  options?: TurnOptions | undefined;
  held?: boolean | undefined; // sent when the answer before it has ended
  error?: StoredError | undefined; // the server refused it
}
