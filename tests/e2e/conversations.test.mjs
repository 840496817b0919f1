// Conversations on the real binary: two users, two devices, pages while things change, forks, files of other programs.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { request, sleep, startServer, temporaryFolder, until, within } from './server.mjs';

const passwords = { anna: 'correct horse battery anna', bert: 'correct horse battery bert' };
const noSuchId = '01900000-0000-7000-8000-000000000000';

let server;
const users = {};

// Asks as a browser of that user does: { status, headers, bytes, json() }.
function ask(user, method, target, body, more = {}) {
  const headers = { Origin: `http://127.0.0.1:${server.port}`, Host: `127.0.0.1:${server.port}`, Cookie: users[user].cookie, ...more.headers };
  return request(server, method, target, { ...more, body, headers });
}

function cookieOf(reply) {
  return reply.headers['set-cookie'].map((line) => line.split(';')[0]).join('; ');
}

async function post(target, body, cookie) {
  const headers = { Origin: `http://127.0.0.1:${server.port}`, Host: `127.0.0.1:${server.port}`, ...(cookie ? { Cookie: cookie } : {}) };
  return request(server, 'POST', target, { body, headers });
}

async function signUp() {
  const token = await until(() => /setup#token=([A-Za-z0-9_-]+)/.exec(server.stdout())?.[1], 5000, 'the set-up link');
  const admin = await post('/api/setup', { token, name: 'anna', password: passwords.anna });
  assert.equal(admin.status, 201, admin.text);
  users.anna = { cookie: cookieOf(admin) };
  const made = await post('/api/admin/users', { name: 'bert', password: passwords.bert, role: 'user', plan_id: 'free' }, users.anna.cookie);
  assert.equal(made.status, 201, made.text);
  const login = await post('/api/login', { name: 'bert', password: passwords.bert });
  assert.equal(login.status, 200, login.text);
  users.bert = { cookie: cookieOf(login) };
}

before(async () => {
  server = await startServer({ env: { AUTH_MODE: 'accounts', DEMO: 'true' } });
  await signUp();
});
after(async () => { await server?.stop(); });

async function make(user, title) {
  const reply = await ask(user, 'POST', '/api/conversations', { title });
  assert.equal(reply.status, 201, reply.text);
  return reply.json();
}

const claudeFile = (id, ...texts) => [{
  uuid: id, name: `Talk ${id}`, created_at: '2024-03-01T10:00:00Z', updated_at: '2024-03-01T11:00:00Z',
  chat_messages: texts.map((text, i) => ({ uuid: `${id}-${i}`, sender: i % 2 ? 'assistant' : 'human', text, created_at: '2024-03-01T10:00:00Z' })),
}];

const chatgptFile = () => [{
  title: 'Wrens', create_time: 1700000000.5, update_time: 1700000100, conversation_id: 'g-1', current_node: 'a2',
  mapping: {
    root: { id: 'root', message: null, parent: null, children: ['q'] },
    q: { id: 'q', parent: 'root', children: ['a1', 'a2'], message: { author: { role: 'user' }, content: { content_type: 'text', parts: ['Which bird is this?'] } } },
    a1: { id: 'a1', parent: 'q', children: [], message: { author: { role: 'assistant' }, content: { content_type: 'text', parts: ['A wren'] }, metadata: { model_slug: 'gpt-4o' } } },
    a2: { id: 'a2', parent: 'q', children: [], message: { author: { role: 'assistant' }, content: { content_type: 'text', parts: ['A finch'] } } },
  },
}];

const take = (user, file, query = '') => ask(user, 'POST', `/api/import${query}`, JSON.stringify(file), { headers: { 'Content-Type': 'application/json' } });

async function open(user, id) {
  return (await ask(user, 'GET', `/api/conversations/${id}`)).json();
}

async function list(user, query = '') {
  const reply = await ask(user, 'GET', `/api/conversations${query}`);
  assert.equal(reply.status, 200, reply.text);
  return reply.json();
}

describe('conversations', () => {
  it('are their owner\'s alone, an administrator\'s too', async () => {
    const mine = await make('bert', 'Private');
    const target = `/api/conversations/${mine.id}`;
    for (const [method, at, body] of [['GET', target], ['PATCH', target, { title: 'x' }], ['DELETE', target], ['POST', `${target}/restore`],
      ['POST', `${target}/fork`, { message_id: noSuchId }], ['GET', `${target}/export`], ['GET', `${target}/export?format=markdown`]]) {
      const theirs = await ask('anna', method, at, body);
      assert.equal(theirs.status, 404, `${method} ${at}`);
      const none = await ask('anna', method, at.replace(mine.id, noSuchId), body);
      assert.equal(theirs.text, none.text, `${method} ${at}: no difference to one that does not exist`);
      const nobody = await request(server, method, at, { body, headers: { Origin: `http://127.0.0.1:${server.port}` } });
      assert.equal(nobody.status, 401, `${method} ${at}`);
    }
    assert.equal((await open('bert', mine.id)).conversation.title, 'Private');
  });

  it('are paged without a gap or a repeat while others are made and touched', async () => {
    for (let i = 0; i < 23; ++i) await make('bert', `page ${i}`);
    const seen = [];
    let cursor = '';
    for (let page = 0; page < 20; ++page) {
      const answer = await list('bert', `?limit=5${cursor}`);
      seen.push(...answer.conversations.map((conversation) => conversation.title));
      if (!answer.next_cursor) break;
      cursor = `&cursor=${encodeURIComponent(answer.next_cursor)}`;
      await make('bert', `new ${page}`);
      const first = (await list('bert', '?limit=1')).conversations[0];
      await ask('bert', 'PATCH', `/api/conversations/${first.id}`, { draft: 'x' });
    }
    for (let i = 0; i < 23; ++i) assert.equal(seen.filter((title) => title === `page ${i}`).length, 1, `page ${i}`);
  });

  it('fork one branch of a tree', async () => {
    assert.equal((await take('anna', chatgptFile())).json().imported, 1);
    const found = (await list('anna')).conversations.find((conversation) => conversation.title === 'Wrens');
    const tree = await open('anna', found.id);
    assert.equal(tree.messages.length, 3);
    assert.equal(tree.messages.find((message) => message.id === tree.conversation.head_id).content, 'A finch');
    const wren = tree.messages.find((message) => message.content === 'A wren');
    const fork = await ask('anna', 'POST', `/api/conversations/${found.id}/fork`, { message_id: wren.id });
    assert.equal(fork.status, 201);
    const copy = await open('anna', fork.json().id);
    assert.deepEqual(copy.messages.map((message) => message.content), ['Which bird is this?', 'A wren']);
    assert.equal(copy.messages[1].parent_id, copy.messages[0].id);
    assert.notEqual(copy.messages[0].id, tree.messages[0].id);
  });

  it('tell a second device within a second, as events and by long poll', async () => {
    const { revision } = await list('anna');
    const got = [];
    const stop = new AbortController();
    const events = ask('anna', 'GET', '/api/changes', undefined,
      { headers: { Accept: 'text/event-stream' }, timeout: 20000, signal: stop.signal, onData: (data) => got.push(String(data)) }).catch(() => null);
    await until(() => got.join('').includes(`"revision":${revision},"reset":false,"conversations":[]`), 3000, 'the first event');
    const poll = ask('anna', 'GET', `/api/changes?since=${revision}&wait=20`);
    await sleep(100);
    await make('bert', 'not for Anna');
    const start = Date.now();
    const made = await make('anna', 'Seen at once');
    const answer = (await within(poll, 5000, 'the long poll')).json();
    await until(() => got.join('').includes(made.id), 3000, 'the event');
    assert.ok(Date.now() - start < 1000, `${Date.now() - start} ms`);
    assert.deepEqual(answer.conversations.map((conversation) => conversation.id), [made.id]);
    assert.ok(!got.join('').includes('not for Anna'));
    stop.abort();
    await events;
  });

  it('end the event stream of a session that is revoked', async () => {
    const login = await post('/api/login', { name: 'bert', password: passwords.bert });
    users.phone = { cookie: cookieOf(login) };
    let seen = '';
    const events = ask('phone', 'GET', '/api/changes', undefined, { headers: { Accept: 'text/event-stream' }, timeout: 20000, onData: (data) => { seen += data; } })
      .then(() => 'ended', () => 'cut');
    await until(() => seen.includes('event: changes'), 3000, 'the first event');
    const id = login.json().session_id;
    assert.equal((await ask('bert', 'DELETE', `/api/sessions/${id}`)).status, 204);
    await within(events, 1500, 'the stream to end');
    assert.equal((await ask('phone', 'GET', '/api/conversations')).status, 401);
  });

  it('come back from the trash', async () => {
    const made = await make('anna', 'Thrown away');
    assert.equal((await ask('anna', 'DELETE', `/api/conversations/${made.id}`)).status, 204);
    assert.ok(!(await list('anna')).conversations.some((conversation) => conversation.id === made.id));
    assert.ok((await list('anna', '?deleted=true')).conversations.some((conversation) => conversation.id === made.id));
    assert.equal((await ask('anna', 'POST', `/api/conversations/${made.id}/restore`)).json().deleted_at, null);
    assert.ok((await list('anna')).conversations.some((conversation) => conversation.id === made.id));
  });

  it('that are temporary leave nothing: not in a list, a search or a file', async () => {
    const word = 'canary-temporary-3b7e';
    const before = (await list('anna')).conversations.length;
    for (const route of ['/api/chat', '/api/chat/stream']) {
      const reply = await ask('anna', 'POST', route, { message: `${word} hello`, history: [{ role: 'user', content: word }, { role: 'assistant', content: word }] });
      assert.equal(reply.status, 200, reply.text);
    }
    assert.equal((await list('anna')).conversations.length, before);
    assert.deepEqual((await ask('anna', 'GET', `/api/search?q=${word}`)).json().results, []);
    assert.ok(!server.everything().includes(word));
  });

  it('go out of the trash for good, one or all, and other devices hear of it', async () => {
    const gone = [await make('anna', 'Gone for good'), await make('anna', 'Gone as well'), await make('anna', 'And this one')];
    const forever = (id, who = 'anna') => ask(who, 'DELETE', `/api/conversations/${id}?forever=true`);
    assert.equal((await forever(gone[0].id)).status, 409, 'only from the trash');
    for (const { id } of gone) await ask('anna', 'DELETE', `/api/conversations/${id}`);
    assert.equal((await forever(gone[0].id, 'bert')).status, 404);
    const { revision } = await list('anna');
    assert.equal((await forever(gone[0].id)).status, 204);
    assert.equal((await forever(gone[0].id)).status, 404);
    assert.equal((await ask('anna', 'GET', `/api/conversations/${gone[0].id}`)).status, 404);
    assert.equal((await ask('anna', 'GET', `/api/changes?since=${revision}`)).json().reset, true);
    assert.equal((await ask('anna', 'DELETE', '/api/conversations')).status, 400);
    assert.ok((await ask('anna', 'DELETE', '/api/conversations?deleted=true')).json().removed >= 2);
    assert.deepEqual((await list('anna', '?deleted=true')).conversations, []);
    assert.equal((await ask('anna', 'POST', `/api/conversations/${gone[1].id}/restore`)).status, 404);
    assert.equal((await ask('anna', 'DELETE', '/api/conversations?deleted=true')).json().removed, 0);
    assert.deepEqual((await ask('anna', 'GET', '/api/search?q=%22Gone%20for%22')).json().results, []);
  });
});

describe('search', () => {
  it('finds words, parts of words and Chinese, only the caller\'s, whatever is typed', async () => {
    assert.equal((await take('bert', claudeFile('s-1', 'The thermometer says 我们去北京旅游', 'Fine'))).json().imported, 1);
    const find = async (user, query) => (await ask(user, 'GET', `/api/search?q=${encodeURIComponent(query)}`)).json().results;
    assert.equal((await find('bert', 'thermometer')).length, 1);
    assert.equal((await find('bert', '北京')).length, 1);
    await until(async () => (await find('bert', 'mometer')).length === 1, 3000, 'parts of words to be indexed');
    assert.deepEqual((await find('bert', 'THERMOMETER'))[0].snippet.filter((part) => part.mark), [{ text: 'thermometer', mark: true }]);
    assert.equal((await find('anna', 'thermometer')).length, 0);
    for (const query of ['%%%%', '"', 'NEAR(', '*', 'a:b', "';--", '\u0000', '\ufffd', 'x'.repeat(201), ' ', 'AND OR NOT', '(((', '😀']) {
      const start = Date.now();
      const reply = await ask('bert', 'GET', `/api/search?q=${encodeURIComponent(query)}`);
      assert.ok(reply.status === 200 || reply.status === 400, `${query}: ${reply.status}`);
      assert.ok(Date.now() - start < 1000, query);
    }
    assert.equal((await ask('bert', 'GET', '/api/search?q=%ff')).status, 400);
    assert.equal((await ask('bert', 'GET', '/api/search')).status, 400);
  });
});

describe('archives', () => {
  it('go out and come in equal', async () => {
    await take('bert', claudeFile('r-1', 'one', 'two', 'three'));
    const { conversations } = await list('bert', '?limit=100');
    const talk = conversations.find((conversation) => conversation.title === 'Talk r-1');
    const before = (await ask('bert', 'GET', `/api/conversations/${talk.id}/export?format=json`)).json();
    const settings = { instructions: 'In rhymes, Ünïcode 🐦.', prompts: [{ id: 'p-1', name: 'Review', text: 'Review [this].' }, { id: 'p-2', name: 'Shorten', text: 'Shorten [this].' }] };
    await ask('bert', 'PUT', '/api/settings', { settings, revision: (await ask('bert', 'GET', '/api/settings')).json().revision });
    const zip = await ask('bert', 'GET', '/api/export', undefined, { timeout: 30000 });
    assert.equal(zip.headers['content-type'], 'application/zip');
    assert.match(zip.headers['content-disposition'], /^attachment; filename="whinchat-\d{4}-\d\d-\d\d\.zip"/);
    const again = await ask('bert', 'POST', '/api/import', zip.bytes, { headers: { 'Content-Type': 'application/zip' } });
    assert.equal(again.status, 200, again.text);
    assert.equal(again.json().imported, 0);
    assert.equal(again.json().messages_added, 0);
    assert.equal(again.json().already_here, again.json().conversations);
    assert.deepEqual((await ask('bert', 'GET', `/api/conversations/${talk.id}/export?format=json`)).json(), before);
    assert.deepEqual([again.json().prompts_new, again.json().instructions_new], [0, false]);
    // Settings come along: beside those that are there, once, and only when it is no preview.
    const own = { instructions: 'Be brief.', prompts: [{ id: 'mine', name: 'Shorten', text: 'Shorten [this].' }, { id: 'p-1', name: 'Review', text: 'Review it.' }] };
    await ask('anna', 'PUT', '/api/settings', { settings: own, revision: (await ask('anna', 'GET', '/api/settings')).json().revision });
    const kept = (await ask('anna', 'GET', '/api/settings')).json();
    settings.prompts.push({ id: 'p-3', name: 'New', text: 'New [here].' });
    await ask('bert', 'PUT', '/api/settings', { settings, revision: (await ask('bert', 'GET', '/api/settings')).json().revision });
    const more = await ask('bert', 'GET', '/api/export', undefined, { timeout: 30000 });
    const bring = async (query = '') => (await ask('anna', 'POST', `/api/import${query}`, more.bytes, { headers: { 'Content-Type': 'application/zip' } })).json();
    const found = await bring('?preview=true');
    assert.deepEqual([found.prompts_new, found.instructions_new, found.skipped], [1, true, []]);
    assert.deepEqual((await ask('anna', 'GET', '/api/settings')).json(), kept);
    const taken = await ask('anna', 'POST', '/api/import', zip.bytes, { headers: { 'Content-Type': 'application/zip' } });
    assert.equal(taken.json().imported, again.json().conversations);
    assert.deepEqual([taken.json().prompts_new, taken.json().instructions_new], [0, true], 'the first archive has no third prompt');
    assert.deepEqual([(await bring()).prompts_new, (await bring()).prompts_new], [1, 0]);
    assert.deepEqual((await ask('anna', 'GET', '/api/settings')).json().settings, { instructions: `Be brief.\n\n${settings.instructions}`, prompts: [...own.prompts, settings.prompts[2]] });
    const theirs = (await list('anna', '?limit=100')).conversations.find((conversation) => conversation.title === 'Talk r-1');
    const copy = (await ask('anna', 'GET', `/api/conversations/${theirs.id}/export?format=json`)).json().conversations[0];
    const plain = (messages) => messages.map(({ role, content, created_at: at, state }) => ({ role, content, at, state }));
    assert.deepEqual(plain(copy.messages), plain(before.conversations[0].messages));
    const text = await ask('bert', 'GET', `/api/conversations/${talk.id}/export?format=markdown`);
    assert.match(text.text, /^# Talk r-1\n\n## You\n\n\*2024-03-01 10:00 UTC\*\n\none\n/);
  });

  it('of a real ZIP program are read', async () => {
    const dir = temporaryFolder();
    writeFileSync(path.join(dir, 'conversations.json'), JSON.stringify(claudeFile('z-1', 'zipped words')));
    writeFileSync(path.join(dir, 'users.json'), '[]');
    execFileSync('python3', ['-m', 'zipfile', '-c', 'export.zip', 'conversations.json', 'users.json'], { cwd: dir });
    const body = readFileSync(path.join(dir, 'export.zip'));
    const preview = await ask('anna', 'POST', '/api/import?preview=true', body, { headers: { 'Content-Type': 'application/zip' } });
    assert.deepEqual({ ...preview.json(), titles: undefined }, { format: 'claude', conversations: 1, messages: 1, already_here: 0, imported: 0, messages_added: 0, prompts_new: 0, instructions_new: false,
      skipped_conversations: 0, skipped_messages: 0, skipped: [], titles: undefined });
    assert.equal((await ask('anna', 'POST', '/api/import', body, { headers: { 'Content-Type': 'application/zip' } })).json().imported, 1);
  });

  it('that are malformed are refused and leave nothing', async () => {
    const { revision } = await list('anna');
    for (const body of ['x', '{}', '[', '[{"uuid":"u","chat_messages":[{"uuid":"m","sender":"human","text":"x"}]},', '{"conversations":5}', '[['.repeat(100000)]) {
      const reply = await ask('anna', 'POST', '/api/import', body, { headers: { 'Content-Type': 'application/json' } });
      assert.equal(reply.status, 400, body.slice(0, 40));
      assert.equal(reply.json().code, 'invalid_request');
    }
    for (const body of [Buffer.from('PK\x03\x04'), Buffer.alloc(100000, 'PK'), Buffer.from('504b0506' + '00'.repeat(18), 'hex')]) {
      assert.equal((await ask('anna', 'POST', '/api/import', body, { headers: { 'Content-Type': 'application/zip' } })).status, 400);
    }
    assert.equal((await ask('anna', 'POST', '/api/import', '[]', { headers: { 'Content-Type': 'text/plain' } })).status, 415);
    const large = await ask('anna', 'POST', '/api/import', 'x', { headers: { 'Content-Type': 'application/zip', 'Content-Length': String((64 << 20) + 1) } }).catch(() => ({ status: 413 }));
    assert.equal(large.status, 413);
    assert.equal((await list('anna')).revision, revision);
    assert.equal((await request(server, 'GET', '/api/health')).status, 200);
  });

  it('larger than any other body are taken', async () => {
    const words = 'lorem ipsum dolor sit amet '.repeat(40000);  // 1 MB
    const file = [];
    for (let i = 0; i < 30; ++i) file.push(...claudeFile(`big-${i}`, `${i} ${words}`));
    const reply = await ask('anna', 'POST', '/api/import', JSON.stringify(file), { headers: { 'Content-Type': 'application/json' }, timeout: 60000 });
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.json().imported, 30);
  });
});
