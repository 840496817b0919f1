// Answers that outlive their request, on the real binary: several readers, resuming, stopping, repeating, drain and restart.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sleep, startFake, startServer, temporaryFolder, until, within } from './server.mjs';
import { ask, begin, ended, ending, followTurn, makeId, newConversation, open, own, reader, said, thought, turnOf } from './turns.mjs';

let fake;
let server;
before(async () => {
  fake = await startFake();
  server = await startServer({ fake, env: { DATA_DIR: path.join(temporaryFolder(), 'data'), DEFAULT_MODEL: 'gpt-4o' } });
});
after(async () => {
  await server?.stop();
  await fake?.stop();
});

// Begins a question in a conversation of its own.
async function question(message, more = {}, on = server) {
  const conversation = await newConversation(on);
  return { conversation, ...await begin(on, conversation, { message, model: 'gpt-4o', ...more }) };
}

describe('a turn', () => {
  it('is answered at once, followed to its end, and stored', async () => {
    const begun = await question('fake:chunks=10,delay_ms=10');
    assert.equal(begun.status, 202);
    assert.equal(begun.turn.state, 'running');
    const seen = await followTurn(server, begun.id);
    assert.equal(seen.last.type, 'done');
    assert.equal(ending(seen.events).length, 1);
    assert.equal(seen.last.message_id, begun.messageId);
    assert.equal(seen.last.id, Buffer.byteLength(seen.said) + 1);
    const { conversation, messages } = await open(server, begun.conversation);
    assert.equal(messages.length, 2);
    assert.equal(messages[1].content, seen.said);
    assert.equal(messages[1].state, 'done');
    assert.equal(messages[1].parent_id, begun.userMessageId);
    assert.ok(messages[1].usage.output_tokens > 0);
    assert.equal(conversation.head_id, begun.messageId);
    assert.equal(conversation.running_turn_id, null);
    assert.notEqual(conversation.title, '');
  });

  it('goes on without any reader', async () => {
    const begun = await question('fake:chunks=15,delay_ms=10');
    const one = reader(server, begun.id);
    await until(() => one.said().length > 0, 5000, 'the first words');
    one.leave();
    const turn = await ended(server, begun.id);
    assert.equal(turn.state, 'done');
    assert.equal((await followTurn(server, begun.id)).events.filter((event) => event.type === 'done').length, 1);
  });

  it('shows several readers the same, each from where it likes, before and after the end', async () => {
    const begun = await question('fake:chunks=30,delay_ms=10,reasoning=3');
    const readers = await Promise.all([0, 1, 2].map(async (n) => {
      await sleep(n * 60);
      return followTurn(server, begun.id);
    }));
    const [first] = readers;
    for (const one of readers) {
      assert.equal(one.said, first.said);
      assert.equal(thought(one.events), thought(first.events));
      assert.deepEqual(one.last, first.last);
    }
    const whole = thought(first.events) + first.said;
    for (let from = 0; from <= Buffer.byteLength(whole); from += 7) {
      const rest = await followTurn(server, begun.id, { from });
      assert.equal(thought(rest.events) + rest.said, Buffer.from(whole).subarray(from).toString());
    }
    assert.equal((await followTurn(server, begun.id, { lastEventId: first.last.id })).status, 204);
    assert.equal((await followTurn(server, begun.id, { from: first.last.id + 1 })).status, 400);
  });

  it('goes on exactly behind an event when a reader comes again', async () => {
    const begun = await question('fake:chunks=40,delay_ms=10');
    let text = '';
    let at = 0;
    for (let i = 0; i < 50; ++i) {
      const one = reader(server, begun.id, { from: at });
      await Promise.race([one.closed, until(() => one.said().length > 20, 5000, 'words')]);
      one.leave();
      const events = one.events();
      text += said(events);
      at = events.at(-1)?.id ?? at;
      if (ending(events).length) break;
    }
    assert.equal(text, (await followTurn(server, begun.id)).said);
  });

  it('refuses places that are none', async () => {
    const begun = await question('fake:chunks=1');
    await ended(server, begun.id);
    for (const from of ['-1', 'x', '1e3', '99999999999999999999', '']) {
      assert.equal((await followTurn(server, begun.id, { from })).status, from === '' ? 400 : 400, from);
    }
    assert.equal((await followTurn(server, begun.id, { lastEventId: '-1' })).status, 400);
    assert.equal((await followTurn(server, makeId())).status, 404);
    assert.equal((await ask(server, 'GET', '/api/turns/x/events')).status, 404);
    assert.equal((await ask(server, 'DELETE', `/api/turns/${makeId()}`)).status, 404);
  });
});

describe('the same request again', () => {
  it('gives the first result, another body is refused, and twins in parallel are one', async () => {
    const conversation = await newConversation(server);
    const body = { id: makeId(), message: 'fake:chunks=5,delay_ms=20', model: 'gpt-4o' };
    const replies = await Promise.all(Array.from({ length: 20 }, () => begin(server, conversation, body)));
    assert.equal(replies.filter((reply) => reply.status === 202).length, 1);
    assert.equal(replies.filter((reply) => reply.status === 200).length, 19);
    assert.equal(new Set(replies.map((reply) => reply.messageId)).size, 1);
    assert.equal((await begin(server, conversation, { ...body, message: 'other' })).status, 409);
    await ended(server, body.id);
    const later = await begin(server, conversation, body);
    assert.equal(later.status, 200);
    assert.equal(later.turn.state, 'done');
    assert.equal((await open(server, conversation)).messages.length, 2);
  });

  it('a refused one stores nothing, so that its id may be used again', async () => {
    const conversation = await newConversation(server);
    const id = makeId();
    assert.equal((await begin(server, conversation, { id, message: 'x', provider: 'nobody' })).status, 400);
    assert.equal((await begin(server, conversation, { id, message: '' })).status, 400);
    assert.equal((await begin(server, conversation, { id, message: 'x', parent_id: makeId() })).status, 404);
    assert.equal((await begin(server, makeId(), { id, message: 'x' })).status, 404);
    assert.equal((await open(server, conversation)).messages.length, 0);
    assert.equal((await begin(server, conversation, { id, message: 'fake:chunks=1', model: 'gpt-4o' })).status, 202);
  });
});

describe('stopping', () => {
  it('is answered at once, keeps what came, and closes the provider\'s connection within 250 ms', async () => {
    const begun = await question('fake:chunks=5000,delay_ms=11');
    const one = reader(server, begun.id);
    await until(() => one.said().length > 30, 5000, 'words');
    const at = Date.now();
    const reply = await ask(server, 'DELETE', `/api/turns/${begun.id}`);
    assert.equal(reply.status, 202);
    assert.ok(Date.now() - at < 200, 'at once');
    assert.equal(await within(one.closed, 2000, 'the reader to end'), 'ended');
    assert.deepEqual(ending(one.events()).map((event) => event.type), ['stopped']);
    const upstream = await until(async () => (await fake.chats()).find((entry) => entry.body.includes('delay_ms=11') && entry.closed_early), 2000, 'the provider to see it');
    assert.ok(upstream.closed_ms - at <= 250, `closed after ${upstream.closed_ms - at} ms`);
    const { messages } = await open(server, begun.conversation);
    assert.equal(messages[1].state, 'stopped');
    assert.equal(messages[1].content, one.said());
    assert.equal(messages[1].usage.estimated, true);
    assert.equal((await ask(server, 'DELETE', `/api/turns/${begun.id}`)).json().state, 'stopped');
  });

  it('against finishing: exactly one end, the same for everybody', async () => {
    for (let i = 0; i < 20; ++i) {
      const begun = await question('fake:chunks=6,delay_ms=3');
      const one = reader(server, begun.id);
      await sleep(i * 2);
      await ask(server, 'DELETE', `/api/turns/${begun.id}`);
      await within(one.closed, 3000, 'the reader to end');
      const ends = ending(one.events());
      assert.equal(ends.length, 1);
      const turn = await turnOf(server, begun.id);
      assert.equal(turn.state, ends[0].type);
      assert.equal((await open(server, begun.conversation)).messages[1].state, turn.state);
    }
  });
});

describe('other ways to an answer', () => {
  it('again: a sibling; the branch of an edited question too', async () => {
    const first = await question('fake:chunks=2');
    await ended(server, first.id);
    const again = await begin(server, first.conversation, { kind: 'regenerate', parent_id: first.userMessageId, model: 'gpt-4o' });
    assert.equal(again.status, 202);
    await ended(server, again.id);
    const edited = await begin(server, first.conversation, { message: 'fake:chunks=3', parent_id: null, model: 'gpt-4o' });
    await ended(server, edited.id);
    const { messages } = await open(server, first.conversation);
    assert.deepEqual(messages.map((message) => message.parent_id), [null, first.userMessageId, first.userMessageId, null, edited.userMessageId]);
    assert.equal((await begin(server, first.conversation, { kind: 'regenerate', parent_id: first.messageId, model: 'gpt-4o' })).status, 400);
    assert.equal((await begin(server, first.conversation, { kind: 'continue', parent_id: first.userMessageId, model: 'gpt-4o' })).status, 400);
  });

  it('on: a sibling that begins with the old text, and no byte twice', async () => {
    const first = await question('fake:chunks=5000,delay_ms=5');
    const one = reader(server, first.id);
    await until(() => one.said().length > 60, 5000, 'words');
    await ask(server, 'DELETE', `/api/turns/${first.id}`);
    const old = (await ended(server, first.id)) && (await followTurn(server, first.id)).said;
    await fake.directives('text=%20and%20then%20it%20ended.');
    const on = await begin(server, first.conversation, { kind: 'continue', parent_id: first.messageId, model: 'gpt-4o' });
    assert.equal(on.status, 202, JSON.stringify(on.json));
    const seen = await followTurn(server, on.id);
    assert.equal(seen.said, `${old} and then it ended.`);
    const { messages } = await open(server, first.conversation);
    assert.equal(messages.at(-1).content, seen.said);
    assert.equal(messages.at(-1).parent_id, first.userMessageId);
    assert.equal(messages[1].content, old, 'the original stays');
    await fake.directives('');
    const asked = JSON.parse((await fake.chats()).findLast((entry) => entry.body.includes('cut off')).body);
    assert.equal(asked.messages.at(-2).content, old);
    assert.match(asked.messages.at(-1).content, /cut off/);
  });

  it('a provider that fails: the reason is stored and told, the question stays', async () => {
    const begun = await question('fake:status=401');
    const seen = await followTurn(server, begun.id);
    assert.equal(seen.last.type, 'error');
    assert.equal(seen.last.code, 'provider_auth');
    const { messages } = await open(server, begun.conversation);
    assert.equal(messages[0].content, 'fake:status=401');
    assert.equal(messages[1].state, 'failed');
    assert.equal(messages[1].error.code, 'provider_auth');
  });

  it('a provider that asks to wait: the moment is stored, and whoever comes later counts down to the same one', async () => {
    const before = Date.now();
    const begun = await question('fake:status=429,retry_after=40,times=99');
    const seen = await followTurn(server, begun.id);
    assert.equal(seen.last.code, 'provider_rate_limited');
    assert.equal(seen.last.retry_after, 40);
    const told = Date.parse((await open(server, begun.conversation)).messages[1].error.retry_at);
    assert.ok(told >= before + 40000 && told <= Date.now() + 40000, `${told - before} ms`);
    assert.equal(Date.parse((await turnOf(server, begun.id)).error.retry_at), told);
    await sleep(1100);
    assert.ok((await followTurn(server, begun.id)).last.retry_after < 40);
  });

  it('a stream that breaks: what came is kept and marked', async () => {
    const begun = await question('fake:chunks=20,delay_ms=5,reset_after=8');
    const seen = await followTurn(server, begun.id);
    assert.equal(seen.last.type, 'error');
    assert.ok(seen.said.length > 0);
    const { messages } = await open(server, begun.conversation);
    assert.equal(messages[1].content, seen.said);
    assert.equal(messages[1].usage.estimated, true);
  });
});

describe('a server that ends', () => {
  const startOn = (dir, drain) => startServer({ fake, env: { DATA_DIR: path.join(dir, 'data'), DEFAULT_MODEL: 'gpt-4o', DRAIN_SECONDS: String(drain) } });

  it('lets running answers finish, readers or not', async () => {
    const dir = temporaryFolder();
    const first = await startOn(dir, 10);
    const begun = await question('fake:chunks=30,delay_ms=20', {}, first);
    first.kill('SIGTERM');
    assert.equal((await within(first.exited, 8000, 'the process to end')).code, 0);
    const second = await startOn(dir, 1);
    const turn = await turnOf(second, begun.id);
    assert.equal(turn.state, 'done');
    await second.stop();
  });

  it('and those that do not: readers are let go without an end, the next start has every byte they saw', async () => {
    const dir = temporaryFolder();
    const first = await startOn(dir, 1);
    const begun = await question('fake:chunks=5000,delay_ms=10', {}, first);
    const one = reader(first, begun.id);
    await until(() => one.said().length > 30, 5000, 'words');
    first.kill('SIGTERM');
    assert.equal(await within(one.closed, 6000, 'the reader to end'), 'ended');
    assert.equal((await within(first.exited, 6000, 'the process to end')).code, 0);
    assert.deepEqual(ending(one.events()), []);
    assert.match(one.text(), /: restart\n\n$/);
    const second = await startOn(dir, 1);
    const rest = await followTurn(second, begun.id, { from: one.events().at(-1).id });
    assert.equal(rest.last.type, 'interrupted');
    const whole = await followTurn(second, begun.id);
    assert.equal(whole.said, one.said() + rest.said);
    const { messages } = await open(second, begun.conversation);
    assert.equal(messages[1].state, 'interrupted');
    assert.equal(messages[1].content, whole.said);
    await second.stop();
  });
});

const noRoot = process.getuid() === 0 ? false : 'NOT RUN: mounting a tmpfs needs root';

describe('a full disk', { skip: noRoot }, () => {
  it('holds answers back, loses nothing that was shown, and goes on by itself when there is space', async () => {
    const folder = temporaryFolder();
    const ballast = path.join(folder, 'ballast.test');
    assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=700', 'tmpfs', folder]).status, 0);
    let small;
    try {
      small = await startServer({ fake, env: { DATA_DIR: path.join(folder, 'data'), DEFAULT_MODEL: 'gpt-4o', LOG_FILE: path.join(temporaryFolder(), 'app.log') } });
      const begun = await question('fake:chunks=60,delay_ms=30', {}, small);
      const one = reader(small, begun.id);
      await until(() => one.said().length > 20, 5000, 'words');
      const fill = () => { try { writeFileSync(ballast, Buffer.alloc(24 << 20), { flag: 'a' }); } catch (error) { assert.equal(error.code, 'ENOSPC'); } };
      const held = await until(async () => {
        fill();
        const before = one.said().length;
        await sleep(150);
        return one.said().length === before && (await begin(small, begun.conversation, { message: 'x', model: 'gpt-4o' })).status === 507;
      }, 8000, 'the disk to be full');
      assert.ok(held);
      const shown = one.said();
      assert.equal((await ask(small, 'GET', `/api/turns/${begun.id}`)).status, 200, 'reading goes on');
      rmSync(ballast);
      assert.equal(await within(one.closed, 15000, 'the answer to end'), 'ended');
      assert.deepEqual(ending(one.events()).map((event) => event.type), ['done']);
      assert.ok(one.said().startsWith(shown));
      const { messages } = await open(small, begun.conversation);
      assert.equal(messages.find((message) => message.id === begun.messageId).content, one.said());
    } finally {
      await small?.stop('SIGKILL');
      if (existsSync(ballast)) rmSync(ballast);
      spawnSync('umount', ['-l', folder]);
    }
  });
});

describe('usage', () => {
  it('is counted by day and model, and the limits show the plan', async () => {
    const begun = await question('fake:chunks=3');
    await ended(server, begun.id);
    const usage = (await ask(server, 'GET', '/api/usage?days=7')).json();
    assert.ok(usage.days[0].messages >= 1);
    assert.ok(usage.used.messages_day >= 1);
    assert.equal((await ask(server, 'GET', '/api/usage?days=0')).status, 400);
    const limits = (await ask(server, 'GET', '/api/rate-limit')).json();
    assert.equal(limits.quota.messages_day.used, usage.used.messages_day);
    assert.ok(limits.plan.id);
    const all = (await ask(server, 'GET', '/api/admin/usage')).json();
    assert.ok(all.total.messages >= 1);
  });

  it('of a plan with one message left, twenty at once get one', async () => {
    const { id } = (await ask(server, 'GET', '/api/usage')).json().plan;
    const used = (await ask(server, 'GET', '/api/usage')).json().used.messages_day;
    const limit = (messages_day) => ask(server, 'PUT', `/api/admin/plans/${id}`, { name: 'Test', messages_day });
    assert.equal((await limit(used + 1)).status, 200);
    try {
      const conversation = await newConversation(server);
      const replies = await Promise.all(Array.from({ length: 20 }, () => begin(server, conversation, { message: 'fake:chunks=1', model: 'gpt-4o' })));
      assert.equal(replies.filter((reply) => reply.status === 202).length, 1);
      const refused = replies.filter((reply) => reply.status === 429);
      assert.equal(refused.length, 19);
      assert.equal(refused[0].json.code, 'quota_exceeded');
      assert.equal(refused[0].json.quota, 'messages_day');
      assert.ok(Number(refused[0].headers['retry-after']) > 0);
      assert.equal((await ask(server, 'GET', '/api/rate-limit')).json().quota.messages_day.remaining, 0);
      const stateless = await ask(server, 'POST', '/api/chat', { message: 'fake:chunks=1', model: 'gpt-4o' });
      assert.equal(stateless.status, 429, 'the stateless routes count as well');
    } finally {
      await limit(null);
    }
    assert.equal((await ask(server, 'PUT', '/api/admin/plans/free', { name: '', messages_day: -1 })).status, 400);
    assert.equal((await ask(server, 'DELETE', '/api/admin/plans/none')).status, 404);
  });
});
