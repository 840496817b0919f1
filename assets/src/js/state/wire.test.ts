import { test } from 'node:test';
import assert from 'node:assert/strict';
import { conversationOf, conversationsOf, messageOf, openedOf } from './wire.ts';
import { money, duration } from '../words.ts';
import { siblingsOf, withSummaries, pathTo } from './tree.ts';
import type { Message } from './types.ts';

const at = '2026-11-25T10:00:00.250Z';

test('a conversation is read with its times, and what is missing or of another type does no harm', () => {
  const row = conversationOf({
    id: 'c', title: 'T', title_source: 'auto', pinned: true, archived: false, deleted_at: null, provider: 'openai', model: 'm', head_id: 'h',
    running_turn_id: 't', created_at: at, updated_at: at, revision: 7, surprise: 1,
  });
  assert.deepEqual(row, {
    id: 'c', title: 'T', titled: 'auto', pinned: true, archived: false, deleted: null, provider: 'openai', model: 'm', leaf: 'h', running: 't',
    created: Date.parse(at), updated: Date.parse(at), revision: 7,
  });
  for (const bad of [null, 3, 'x', {}, { id: 4 }, []]) assert.equal(conversationOf(bad), undefined);
  const odd = conversationOf({ id: 'c', title: 5, pinned: 'yes', deleted_at: 'never', title_source: '?', updated_at: 12, revision: 'x' })!;
  assert.deepEqual([odd.title, odd.pinned, odd.deleted, odd.titled, odd.updated], ['', false, null, 'none', 0]);
  assert.deepEqual(conversationsOf('no list'), []);
});

test('messages keep their state, thoughts, cost and error; an unknown state counts as done', () => {
  const row = messageOf({
    id: 'm', parent_id: 'p', role: 'assistant', kind: 'message', content: 'text', reasoning: 'thought', provider: 'openai', model: 'x', state: 'failed', turn_id: 't',
    error: { code: 'timeout', error: 'Too slow.' }, usage: { input_tokens: 3 }, cost_micros: 12, finish_reason: 'stop', created_at: at,
  }, 'c')!;
  assert.deepEqual([row.state, row.reasoning, row.costMicros, row.error, row.turn], ['failed', 'thought', 12, { code: 'timeout', message: 'Too slow.' }, 't']);
  assert.equal(messageOf({ id: 'm', role: 'user', state: 'never heard of' }, 'c')!.state, 'done');
  assert.equal(messageOf({ id: 'm', role: 'system', kind: 'summary' }, 'c')!.summary, true);
});

test('an opened conversation brings its draft, running turns and how long each answer took', () => {
  const opened = openedOf({
    conversation: { id: 'c', draft: 'half', created_at: at, updated_at: at },
    messages: [{ id: 'a', role: 'assistant', content: 'x' }, null, { id: 'b', role: 'assistant', state: 'running' }],
    turns: [{ id: 't1', message_id: 'a', state: 'done', created_at: at, finished_at: '2026-11-25T10:00:02.250Z' }, { id: 't2', message_id: 'b', conversation_id: 'c', state: 'running', created_at: at }],
  })!;
  assert.equal(opened.draft, 'half');
  assert.deepEqual(opened.messages.map((m) => m.totalMs), [2000, undefined]);
  assert.deepEqual(opened.running.map((t) => [t.id, t.message, t.conversation]), [['t2', 'b', 'c']]);
  assert.equal(openedOf({}), undefined);
});

const message = (id: string, parent: string | null, role: Message['role'], more: Partial<Message> = {}): Message =>
  ({ id, conversation: 'c', parent, role, text: id, state: 'done', created: 1, ...more });

test('a summary is shown behind what it sums up and is part of no branch', () => {
  const all = [message('q', null, 'user'), message('a', 'q', 'assistant'), message('s', 'a', 'system', { summary: true }), message('q2', 'a', 'user')];
  assert.deepEqual(withSummaries(all, pathTo(all, 'q2')).map((m) => m.id), ['q', 'a', 's', 'q2']);
  assert.deepEqual(withSummaries(all, pathTo(all, 'q')).map((m) => m.id), ['q']);
});

test('an attempt that failed before its first word is no alternative, unless it is the one shown', () => {
  const failed = message('f', 'q', 'assistant', { state: 'failed', text: '' });
  const all = [message('q', null, 'user'), failed, message('a', 'q', 'assistant')];
  assert.deepEqual(siblingsOf(all, all[2]!).map((m) => m.id), ['a']);
  assert.deepEqual(siblingsOf(all, failed).map((m) => m.id).sort(), ['a', 'f']);
});

test('small amounts of money keep the digits that say something', () => {
  assert.deepEqual([money(0), money(1_500_000), money(12_345), money(42)], ['$0.00', '$1.50', '$0.012', '$0.00004']);
  assert.equal(duration(0.5), '0.5ms');
  assert.equal(duration(950), '950ms');
});
