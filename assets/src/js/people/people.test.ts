import { test } from 'node:test';
import assert from 'node:assert/strict';
import { exportOf } from './old-conversations.ts';

test('what the first version kept becomes the import format, with times, branches and states', () => {
  const conversation = { id: 'c', title: 'T', named: true, created: 0, updated: 1000, leaf: 'a', provider: 'openai', model: 'm', deleted: null };
  const made = exportOf([conversation], [
    { id: 'q', conversation: 'c', parent: null, role: 'user', text: 'why', state: 'done', created: 0 },
    { id: 'a', conversation: 'c', parent: 'q', role: 'assistant', text: 'half', state: 'streaming', created: 1, reasoning: 'hm', model: 'm' },
    { id: 'x', conversation: 'another', parent: null, role: 'user', text: 'no', state: 'done', created: 0 },
  ]) as { format: string; version: number; conversations: Record<string, unknown>[] };
  assert.deepEqual([made.format, made.version, made.conversations.length], ['whinchat', 1, 1]);
  const { messages, ...row } = made.conversations[0]! as { messages: Record<string, unknown>[] } & Record<string, unknown>;
  assert.deepEqual(row, { id: 'c', title: 'T', title_source: 'manual', provider: 'openai', model: 'm', head_id: 'a', created_at: '1970-01-01T00:00:00.000Z', updated_at: '1970-01-01T00:00:01.000Z' });
  assert.deepEqual(messages.map((m) => [m.id, m.parent_id, m.content, m.state, m.reasoning]), [['q', null, 'why', 'done', ''], ['a', 'q', 'half', 'interrupted', 'hm']]);
});
