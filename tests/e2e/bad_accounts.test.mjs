// Bad requests to accounts, conversations and turns, on the real binary. Rows of the same numbers as in bad_input.test.mjs, and every
// field of every body missing or of a wrong type, made from the API's own description: 4xx with a reason, nothing half written.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { request, startFake, startServer, temporaryFolder, until, wire, raw } from './server.mjs';
import { begin, followTurn, makeId, own, turnOf } from './turns.mjs';

const password = 'twelve wet whinchats';
const env = (dir) => ({ AUTH_MODE: 'accounts', DATA_DIR: path.join(dir, 'data'), TRUSTED_PROXIES: '127.0.0.1', DEFAULT_MODEL: 'gpt-4o' });
let fake;
let server;
let admin;
let anna;
let bert;
let addresses = 0;
const cookieOf = (reply) => ({ ...own, Cookie: reply.headers['set-cookie'][0].split(';')[0] });
const ask = (who, method, target, body, headers = {}) => request(server, method, target, { body, headers: { ...(who ?? own), ...headers } });
const elsewhere = () => ({ 'X-Forwarded-For': `198.51.${addresses >> 8}.${addresses++ & 255}` });  // limits of logins count by address
const logIn = (name, given = password) => ask(null, 'POST', '/api/login', { name, password: given }, elsewhere());

before(async () => {
  const dir = temporaryFolder();
  fake = await startFake();
  server = await startServer({ fake, dir, env: env(dir) });
  const token = await until(() => /#token=([\w-]{43})/.exec(server.stdout())?.[1], 3000, 'the set-up link');
  admin = cookieOf(await ask(null, 'POST', '/api/setup', { token, name: 'boss', password }));
  for (const name of ['anna', 'bert']) assert.equal((await ask(admin, 'POST', '/api/admin/users', { name, password, role: 'user', plan_id: 'plus' })).status, 201);
  anna = cookieOf(await logIn('anna'));
  bert = cookieOf(await logIn('bert'));
});
after(async () => {
  await server?.stop();
  await fake?.stop();
});

async function refused(reply, ...statuses) {
  assert.ok(statuses.includes(reply.status), `${reply.status} ${reply.text}`);
  assert.doesNotMatch(reply.text, /sqlite|SQL|exception|std::/i);
  if (reply.status !== 404 || reply.text.startsWith('{')) assert.ok(reply.json().error.length > 3);
}

describe('credentials', () => {
  it('44: a signed-in GET from another site', async () => {
    await refused(await ask({ ...anna, 'Sec-Fetch-Site': 'cross-site' }, 'GET', '/api/conversations'), 403);
    await refused(await ask({ ...anna, 'Sec-Fetch-Site': 'same-site' }, 'GET', '/api/conversations'), 403);
    await refused(await ask({ Cookie: anna.Cookie }, 'POST', '/api/conversations', {}), 403);
  });
  it('45: no session, garbage, too long, ended, of another server', async () => {
    const [name] = anna.Cookie.split('=');
    const other = await startServer({ fake, env: env(temporaryFolder()) });
    const token = await until(() => /#token=([\w-]{43})/.exec(other.stdout())?.[1], 3000, 'the set-up link');
    const theirs = await request(other, 'POST', '/api/setup', { headers: own, body: { token, name: 'boss', password } });
    await other.stop();
    const foreign = theirs.headers['set-cookie'][0].split(';')[0].split('=')[1];
    const gone = cookieOf(await logIn('anna'));
    assert.equal((await ask(gone, 'POST', '/api/logout', {})).status, 204);
    for (const value of ['', 'x', 'A'.repeat(43), foreign, gone.Cookie.split('=')[1], `${foreign}.${foreign}`]) {
      await refused(await ask({ ...own, Cookie: `${name}=${value}` }, 'GET', '/api/conversations'), 401);
    }
    await refused(await ask(null, 'GET', '/api/conversations'), 401);
    assert.equal((await ask({ ...own, Cookie: `${name}=${'A'.repeat(10240)}` }, 'GET', '/api/conversations')).status, 431);
  });
  it('46 and 47: Authorization that is none', async () => {
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"boss"}').toString('base64url')}.`;
    for (const value of ['Bearer ', 'Bearer', 'Basic Ym9zczpib3Nz', `Bearer ${none}`, `Bearer wct_${'A'.repeat(43)}`]) {
      await refused(await request(server, 'GET', '/api/conversations', { headers: { Authorization: value } }), 401);
    }
    const twice = await raw(server, wire('GET', '/api/models', server, { headers: { Authorization: 'Bearer a\r\nAuthorization: Bearer b' } }));
    assert.equal(twice.responses[0].status, 400);
    for (const header of ['X-Api-Key', 'Api-Key', 'X-Auth-Token']) {
      await refused(await request(server, 'GET', '/api/conversations', { headers: { [header]: anna.Cookie.split('=')[1] } }), 401);
    }
  });
  it('74: wrong passwords of a known and an unknown name get the same answers', async () => {
    const answers = async (name) => {
      const replies = [];
      for (let i = 0; i < 7; ++i) replies.push(await logIn(name, 'wrong wrong wrong'));
      return replies.map((reply) => [reply.status, reply.text.replace(/\d+/g, 'N')]);
    };
    const known = await answers('bert');
    assert.deepEqual(known, await answers('nobody'));
    assert.equal(known[0][0], 401);
    assert.equal(known.at(-1)[0], 429);
    assert.ok(Number((await logIn('bert')).headers['retry-after']) > 0, 'the right one waits as well');
  });
  it('75: passwords that are none', async () => {
    const tried = (given) => ask(null, 'POST', '/api/login', { name: 'anna', password: given }, elsewhere());
    const large = await raw(server, `POST /api/login HTTP/1.1\r\nHost: localhost:${server.port}\r\nContent-Type: application/json\r\nContent-Length: ${10 << 20}\r\n\r\n`);
    assert.equal(large.responses[0].status, 413);
    for (const given of ['x'.repeat(257), 'a\u0000b', ['x'], 5, null, {}]) await refused(await tried(given), 400);
  });
  it('76 and 77: names and passwords of a new account', async () => {
    await refused(await ask(null, 'POST', '/api/register', { name: 'dora', password }), 400, 403);
    await refused(await ask(null, 'POST', '/api/register', { invite: 'A'.repeat(43), name: 'dora', password }), 403);
    const invite = new URL((await ask(admin, 'POST', '/api/admin/invites', {})).json().url).hash.split('=')[1];
    const register = (name, given = password) => ask(null, 'POST', '/api/register', { invite, name, password: given }, elsewhere());
    for (const name of ['an\u202Ena', 'a\u0000b', '<b>anna</b>', 'x'.repeat(65), '', ' ', '\u200b', 7, null]) await refused(await register(name), 400);
    for (const name of ['anna', 'ANNA', '\u0430nna', 'b\u043Ess']) await refused(await register(name), 400, 409);
    for (const given of ['password1', 'short12', 'x'.repeat(257)]) await refused(await register('dora', given), 400);
    const unusual = '\u{1F426} '.repeat(32);
    assert.equal(unusual.length, 96);
    assert.equal((await register('dora', unusual)).status, 201, 'refusals left the invite as it was');
    assert.equal((await logIn('dora', unusual)).status, 200);
    await refused(await register('emil'), 403);
  });
});

describe('what is another\'s', () => {
  it('48 and 84: conversations and their turns', async () => {
    const id = (await ask(anna, 'POST', '/api/conversations', { title: 'a secret plan' })).json().id;
    const turn = await begin(server, id, { message: 'fake:chunks=3', model: 'gpt-4o' }, anna);
    const { said } = await followTurn(server, turn.id, { headers: anna });
    const messageId = turn.messageId;
    for (const who of [bert, admin]) {
      for (const [method, target, body] of [
        ['GET', ''], ['PATCH', '', { title: 'mine' }], ['DELETE', ''], ['DELETE', '?forever=true'], ['POST', '/restore'], ['POST', '/fork', { message_id: messageId }],
        ['GET', '/export?format=json'], ['GET', '/export?format=markdown'], ['POST', '/turns', { id: makeId(), message: 'a', parent_id: messageId }],
      ]) await refused(await ask(who, method, `/api/conversations/${id}${target}`, body), 404);
      await refused(await ask(who, 'GET', `/api/turns/${turn.id}`), 404);
      await refused(await ask(who, 'DELETE', `/api/turns/${turn.id}`), 404);
      await refused(await ask(who, 'GET', `/api/turns/${turn.id}/events`), 404);
      await refused(await ask(who, 'GET', `/api/turns/${turn.id}/events`, undefined, { 'Last-Event-ID': '3' }), 404);
      assert.deepEqual((await ask(who, 'GET', '/api/search?q=secret')).json().results, []);
      const mine = (await ask(who, 'POST', '/api/conversations', {})).json().id;
      await refused(await ask(who, 'POST', `/api/conversations/${mine}/turns`, { id: makeId(), message: 'a', parent_id: messageId }), 400, 404);
      await refused(await ask(who, 'PATCH', `/api/conversations/${mine}`, { head_id: messageId }), 400);
      await refused(await ask(who, 'POST', `/api/conversations/${mine}/turns`, { id: turn.id, message: 'fake:chunks=3', provider: 'openai', model: 'gpt-4o' }), 404, 409);
    }
    for (const value of ['-1', 'x', '1.5', '99999999999999999999']) await refused(await ask(anna, 'GET', `/api/turns/${turn.id}/events`, undefined, { 'Last-Event-ID': value }), 400);
    assert.equal((await ask(anna, 'GET', `/api/turns/${turn.id}/events`, undefined, { 'Last-Event-ID': '9'.repeat(9000) })).status, 431);
    assert.equal((await followTurn(server, turn.id, { headers: anna })).said, said);
  });
  it('49: ids that are none', async () => {
    const ids = ['..%2F1', '%2e%2e%2f', '1;drop', "'%20or%201=1", '9223372036854775808', '-1', 'x'.repeat(300), '01900000-0000-7000-8000-00000000000G', '%F0%9F%90%A6', '01900000-0000-7000-8000-000000000000'];
    for (const id of ids) {
      for (const [method, target, body] of [
        ['GET', `/api/conversations/${id}`], ['PATCH', `/api/conversations/${id}`, { title: 'x' }], ['DELETE', `/api/conversations/${id}`], ['DELETE', `/api/conversations/${id}?forever=true`],
        ['POST', `/api/conversations/${id}/restore`], ['POST', `/api/conversations/${id}/fork`, { message_id: makeId() }], ['GET', `/api/conversations/${id}/export`],
        ['POST', `/api/conversations/${id}/turns`, { id: makeId(), message: 'a' }], ['GET', `/api/turns/${id}`], ['DELETE', `/api/turns/${id}`], ['GET', `/api/turns/${id}/events`],
        ['DELETE', `/api/sessions/${id}`], ['DELETE', `/api/tokens/${id}`],
      ]) await refused(await ask(anna, method, target, body), 404, 400);
      for (const [method, target, body] of [['PATCH', `/api/admin/users/${id}`, { disabled: true }], ['DELETE', `/api/admin/users/${id}`], ['DELETE', `/api/admin/invites/${id}`],
        ['DELETE', `/api/admin/providers/${id}/key`], ['PUT', `/api/admin/providers/${id}/key`, { key: 'sk-aaaaaaaaaaaaaaaa' }], ['DELETE', `/api/admin/plans/${id}`]]) {
        await refused(await ask(admin, method, target, body), 404, 400);
      }
    }
    await refused(await ask(anna, 'GET', '/api/conversations/1%00'), 400, 404);
  });
  it('83: administration is closed to users, however they ask', async () => {
    const tricks = { 'X-Original-URL': '/api/admin/users', 'X-Rewrite-URL': '/api/admin/users', 'X-HTTP-Method-Override': 'DELETE', 'X-Forwarded-User': 'boss', 'X-User': 'boss' };
    for (const target of ['/api/admin/users', '/api/admin/invites', '/api/admin/plans', '/api/admin/usage', '/api/admin/audit', '/api/admin/providers']) {
      await refused(await ask(anna, 'GET', target, undefined, tricks), 403);
      await refused(await ask(null, 'GET', target, undefined, tricks), 401);
    }
    const there = await ask(anna, 'GET', '/api/conversations', undefined, tricks);
    assert.ok(there.status === 200 && Array.isArray(there.json().conversations));
  });
});

describe('bodies', () => {
  it('79: deleting with a body that nobody asked for', async () => {
    for (const body of ['[]', 'x', '{"arg":1}']) {
      const { id } = (await ask(anna, 'POST', '/api/conversations', {})).json();
      const reply = await ask(anna, 'DELETE', `/api/conversations/${id}`, body, { 'Content-Type': 'application/json' });
      assert.ok([204, 400, 413].includes(reply.status), reply.text);
    }
  });

  it('every field of every route missing or of a wrong type, and every query that is none', async () => {
    const document = (await ask(null, 'GET', '/api/openapi.json')).json();
    const resolved = (schema) => (schema.$ref ? schema.$ref.slice(2).split('/').reduce((at, key) => at[key], document) : schema);
    const example = (given) => {
      const schema = resolved(given);
      if (schema.enum) return schema.enum[0];
      const [type] = [schema.type ?? 'string'].flat();
      if (type === 'integer' || type === 'number') return 1;
      if (type === 'boolean') return true;
      if (type === 'array') return [schema.items ? example(schema.items) : 'x'];
      return type === 'object' ? {} : '01900000-0000-7000-8000-00000000000x';
    };
    const asked = { 'POST /api/logout': 'ends the session', 'POST /api/account/totp': 'needs no field', 'POST /api/conversations/{id}/restore': 'needs no field' };
    const state = async () => Promise.all(['users', 'invites', 'plans', 'providers'].map(async (what) => (await ask(admin, 'GET', `/api/admin/${what}`)).text.replace(/"last_seen_at":"[^"]*"/g, ''))
      .concat(['conversations', 'conversations?deleted=true', 'tokens', 'account'].map(async (what) => (await ask(admin, 'GET', `/api/${what}`)).text)));
    const earlier = await state();
    let tried = 0;
    for (const [target, item] of Object.entries(document.paths)) {
      const place = target.replace(/\{\w+\}/g, '01900000-0000-7000-8000-000000000000');
      for (const [word, operation] of Object.entries(item)) {
        const method = word.toUpperCase();
        if (asked[`${method} ${target}`]) continue;
        for (const parameter of (operation.parameters ?? []).filter((one) => one.in === 'query')) {
          for (const value of ['-1', '%00', '%FF', '[]', 'x'.repeat(3000), '99999999999999999999', "'"]) {
            const reply = await ask(admin, method, `${place}?${parameter.name}=${value}`, undefined, { Accept: 'application/json' });
            assert.ok(reply.status < 500, `${method} ${target}?${parameter.name}=${value}: ${reply.status}`);
            ++tried;
          }
        }
        const body = operation.requestBody?.content['application/json'];
        if (!body) continue;
        const wrong = ['null', '"x"', '1', '{', '{}x', '{"a":"\\ud800"}', '{"a":1,"a":2}', '{"a":1e999}', '\uFEFF{}'];
        const schema = resolved(body.schema);
        const whole = Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, given]) => [name, example(given)]));
        for (const name of schema.required ?? []) wrong.push(JSON.stringify({ ...whole, [name]: undefined }));
        for (const [name, given] of Object.entries(schema.properties ?? {})) {
          const types = [resolved(given).type ?? ['string', 'integer', 'boolean', 'array', 'object']].flat();
          for (const [type, value] of [['string', 'x'], ['integer', 5], ['boolean', true], ['array', [1]], ['object', { a: 1 }]]) {
            if (!types.includes(type) && !(type === 'integer' && types.includes('number'))) wrong.push(JSON.stringify({ ...whole, [name]: value }));
          }
        }
        for (const text of wrong) {
          const reply = await ask(admin, method, place, text, { 'Content-Type': 'application/json', ...elsewhere() });
          assert.ok(reply.status >= 400 && reply.status < 500, `${method} ${target} ${text.slice(0, 200)}: ${reply.status} ${reply.text.slice(0, 200)}`);
          assert.ok(reply.json().error.length > 3);
          assert.doesNotMatch(reply.text, /sqlite/i);
          ++tried;
        }
      }
    }
    assert.ok(tried > 250, `${tried} tried`);
    assert.deepEqual(await state(), earlier, 'nothing was written');
    assert.equal((await ask(null, 'GET', '/api/health')).status, 200);
    assert.equal((await turnOf({ ...server, scheme: 'http' }, makeId())).code, 'unauthenticated');
  });
});
