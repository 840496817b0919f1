// The server's JSON, read without trust, as the rows that the app works with.

import type { Usage } from '../chat-client.ts';
import type { Attachment } from './attachments.ts';
import type { Conversation, Message, MessageState, StoredError } from './types.ts';

type Json = Record<string, unknown>;

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value ? value : null);
const maybe = (value: unknown): string | undefined => textOrNull(value) ?? undefined;
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);
export const timeOf = (value: unknown): number | undefined => {
  const time = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(time) ? undefined : time;
};
const oneOf = <T extends string>(value: unknown, known: readonly T[], otherwise: T): T => (known.includes(value as T) ? (value as T) : otherwise);

export function conversationOf(wire: unknown): Conversation | undefined {
  const row = (wire ?? {}) as Json;
  const id = text(row.id);
  if (!id) return undefined;
  const created = timeOf(row.created_at) ?? 0;
  return {
    id, created,
    title: text(row.title),
    titled: oneOf(row.title_source, ['none', 'auto', 'manual'], 'none'),
    pinned: row.pinned === true,
    archived: row.archived === true,
    updated: timeOf(row.updated_at) ?? created,
    leaf: textOrNull(row.head_id),
    provider: textOrNull(row.provider),
    model: textOrNull(row.model),
    deleted: timeOf(row.deleted_at) ?? null,
    running: textOrNull(row.running_turn_id),
    revision: numberOf(row.revision) ?? 1,
  };
}

export const conversationsOf = (list: unknown): Conversation[] => (Array.isArray(list) ? list.flatMap((row) => conversationOf(row) ?? []) : []);

export function errorOf(wire: unknown): StoredError | undefined {
  const row = wire as Json | null | undefined;
  if (!row || typeof row !== 'object') return undefined;
  const retryAt = timeOf(row.retry_at);
  return { code: text(row.code) || 'other', message: text(row.error), ...(retryAt !== undefined && { retryAt }) };
}

function attachmentsOf(list: unknown): Attachment[] {
  if (!Array.isArray(list)) return [];
  return (list as Json[]).flatMap((row) => {
    const id = text(row?.id);
    return id ? [{ id, kind: oneOf(row.kind, ['image', 'text', 'pdf'], 'text'), type: text(row.type), name: text(row.name), bytes: numberOf(row.bytes) ?? 0 }] : [];
  });
}

const states: readonly MessageState[] = ['done', 'running', 'stopped', 'interrupted', 'failed'];

export function messageOf(wire: unknown, conversation: string): Message | undefined {
  const row = (wire ?? {}) as Json;
  const id = text(row.id);
  const role = oneOf(row.role, ['user', 'assistant', 'system'], 'system');
  if (!id) return undefined;
  const message: Message = {
    id, conversation, role,
    parent: textOrNull(row.parent_id),
    text: text(row.content),
    state: oneOf(row.state, states, 'done'),
    created: timeOf(row.created_at) ?? 0,
    turn: maybe(row.turn_id),
    provider: maybe(row.provider),
    model: maybe(row.model),
    finish: maybe(row.finish_reason),
    usage: row.usage && typeof row.usage === 'object' ? (row.usage as Usage) : undefined,
    costMicros: numberOf(row.cost_micros),
    error: errorOf(row.error),
  };
  const files = attachmentsOf(row.attachments);
  if (files.length > 0) message.attachments = files;
  if (row.kind === 'summary') message.summary = true;
  if (row.reasoning) message.reasoning = text(row.reasoning);
  return message;
}

export interface Turn {
  id: string;
  conversation: string;
  message: string | null;
  state: MessageState;
  totalMs: number | undefined;
}

export function turnOf(wire: unknown): Turn | undefined {
  const row = (wire ?? {}) as Json;
  const id = text(row.id);
  if (!id) return undefined;
  const begin = timeOf(row.created_at);
  const end = timeOf(row.finished_at);
  return {
    id,
    conversation: text(row.conversation_id),
    message: textOrNull(row.message_id),
    state: oneOf(row.state, states, 'done'),
    totalMs: begin !== undefined && end !== undefined ? Math.max(0, end - begin) : undefined,
  };
}

export interface Opened {
  conversation: Conversation;
  draft: string;
  messages: Message[];
  running: Turn[];
}

export function openedOf(wire: unknown): Opened | undefined {
  const row = (wire ?? {}) as Json;
  const conversation = conversationOf(row.conversation);
  if (!conversation) return undefined;
  const turns = Array.isArray(row.turns) ? row.turns.flatMap((turn) => turnOf(turn) ?? []) : [];
  const times = new Map(turns.map((turn) => [turn.message, turn.totalMs]));
  const messages = Array.isArray(row.messages) ? row.messages.flatMap((m) => messageOf(m, conversation.id) ?? []) : [];
  for (const message of messages) {
    const total = times.get(message.id);
    if (total !== undefined) message.totalMs = total;
  }
  return { conversation, draft: text((row.conversation as Json).draft), messages, running: turns.filter((turn) => turn.state === 'running') };
}
