// Accounts on the real binary: the set-up link, sessions, commands beside the running server, secrets, many logins at once.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { binary, cleanEnvironment, openaiKey, request, residentKib, run, sleep, startFake, startServer, temporaryFolder, until, within } from './server.mjs';

const password = 'canary-password-9f3b horse';
const storedKey = 'sk-canary-stored-4d1e8a7b6c5f0123';
let fake;
let server;
let dir;
let admin; // the administrator's cookie
before(async () => {
  dir = temporaryFolder();
  fake = await startFake();
  server = await startServer({ fake, dir, env: { AUTH_MODE: 'accounts', DATA_DIR: path.join(dir, 'data'), TRUSTED_PROXIES: '127.0.0.1', DEFAULT_MODEL: 'gpt-4o' } });
});
after(async () => {
  await server?.stop();
  await fake?.stop();
});

const own = { 'Sec-Fetch-Site': 'same-origin' };
const ask = (method, target, body, cookie, headers = {}) => request(server, method, target, { body, headers: { ...own, ...(cookie ? { Cookie: cookie } : {}), ...headers } });
const cookieOf = (reply) => reply.headers['set-cookie'][0].split(';')[0];
const logIn = async (name, given = password, from = '127.0.0.1') => ask('POST', '/api/login', { name, password: given }, undefined, { 'X-Forwarded-For': from });
const addressOf = (n) => `198.51.${n >> 8}.${n & 255}`;

// A command of the program on the same data, with `input` as its standard input.
async function command(args, input = '') {
  const child = run(binary, args, { cwd: dir, env: cleanEnvironment(dir, { DATA_DIR: path.join(dir, 'data'), PORT: String(server.port) }), stdio: ['pipe', 'pipe', 'pipe'] });
  child.child.stdin.on('error', () => {}); // a command that refuses its arguments does not read
  child.child.stdin.end(input);
  const { code } = await within(child.exited, 15000, args.join(' '));
  return { code, stdout: child.stdout(), stderr: child.stderr() };
}

describe('accounts', () => {
  it('a first start prints one set-up link and keeps it for its owner alone', async () => {
    const token = await until(() => /\/setup#token=([\w-]{43})\n/.exec(server.stdout())?.[1], 3000, 'the link');
    assert.equal(statSync(path.join(dir, 'data/setup-token')).mode & 0o777, 0o600);
    assert.equal(statSync(path.join(dir, 'data/secret.key')).mode & 0o777, 0o600);
    assert.equal((await ask('POST', '/api/setup', { token: 'x'.repeat(43), name: 'boss', password })).status, 403);
    const reply = await ask('POST', '/api/setup', { token, name: 'boss', password });
    assert.equal(reply.status, 201);
    admin = cookieOf(reply);
    assert.match(admin, /^sid_\d+=[\w-]{43}$/);
    assert.equal((await ask('GET', '/api/admin/users', undefined, admin)).status, 200);
  });

  it('the guide\'s routes need a session or a token', async () => {
    assert.equal((await request(server, 'POST', '/api/chat', { body: { message: 'a' } })).status, 401);
    const made = await ask('POST', '/api/tokens', { name: 'script', scopes: ['chat'] }, admin);
    const answer = await request(server, 'POST', '/api/chat', { body: { message: 'a' }, headers: { Authorization: `Bearer ${made.json().token}` } });
    assert.equal(answer.status, 200);
  });

  it('commands work beside the server, and it notices within a second', async () => {
    const added = await command(['user', 'add', 'anna'], `${password}\n`);
    assert.deepEqual([added.code, added.stderr], [0, ''], added.stderr);
    const anna = cookieOf(await logIn('anna'));
    let last = '';
    const streaming = request(server, 'POST', '/api/chat/stream', {
      body: { message: 'fake:chunks=100000,delay_ms=20' }, headers: { ...own, Cookie: anna }, onData: (data) => { last += data; },
    }).catch((error) => error);
    await until(() => last.includes('"chunk"'), 5000, 'the stream to begin');
    const disabled = await command(['user', 'disable', 'anna']);
    const since = Date.now();
    assert.equal(disabled.code, 0, disabled.stderr);
    await within(streaming, 5000, 'the stream to end');
    assert.ok(Date.now() - since < 1500, `${Date.now() - since} ms after the command had ended`);
    assert.match(last, /unauthenticated/);
    assert.equal((await ask('GET', '/api/models', undefined, anna)).status, 401);
    assert.equal((await logIn('anna')).status, 401);
    assert.equal((await command(['user', 'enable', 'anna'])).code, 0);
    assert.equal((await command(['user', 'reset-password', 'anna'], 'another canary-password horse\n')).code, 0);
    assert.equal((await logIn('anna', 'another canary-password horse')).status, 200);
    const list = await command(['user', 'list']);
    assert.match(list.stdout, /^boss\tadmin\t/m);
    assert.match(list.stdout, /^anna\tuser\tfree\tenabled\t/m);
    const invited = await command(['invite', '--hours=1']);
    const invite = /#invite=([\w-]{43})\n$/.exec(invited.stdout)[1];
    assert.equal((await ask('POST', '/api/register', { invite, name: 'carl', password })).status, 201);
    const { entries } = (await ask('GET', '/api/admin/audit', undefined, admin)).json();
    assert.deepEqual(entries.filter((entry) => entry.actor === 'command line').map((entry) => entry.action).reverse(),
      ['user created', 'user disabled', 'user enabled', 'password changed', 'invite made']);
  });

  it('commands say what is wrong', async () => {
    for (const [args, input, words] of [
      [['user', 'add', 'anna'], `${password}\n`, /taken/], [['user', 'add', 'dora'], '', /no password/], [['user', 'add', 'dora'], 'password1\n', /guessed first/],
      [['user', 'add', 'd<b>'], `${password}\n`, /cannot have/], [['user', 'disable', 'nobody'], '', /no user "nobody"/], [['invite', '--hours=0'], '', /--hours/],
      [['user', 'add', 'dora', '--plan=none'], `${password}\n`, /no such plan/],
    ]) {
      const done = await command(args, input);
      assert.equal(done.code, 1, args.join(' '));
      assert.match(done.stderr, words);
    }
    for (const args of [['user'], ['user', 'ad', 'x'], ['user', 'add'], ['user', 'list', 'x'], ['user', 'add', 'x', '--password=y']]) assert.equal((await command(args)).code, 2, args.join(' '));
  });

  it('ending a session ends its stream, and logging out ends the one that is here', async () => {
    const first = cookieOf(await logIn('boss'));
    let seen = '';
    const streaming = request(server, 'POST', '/api/chat/stream', {
      body: { message: 'fake:chunks=100000,delay_ms=20' }, headers: { ...own, Cookie: first }, onData: (data) => { seen += data; },
    }).catch((error) => error);
    await until(() => seen.includes('"chunk"'), 5000, 'the stream to begin');
    const since = Date.now();
    assert.equal((await ask('DELETE', '/api/sessions', undefined, admin)).status, 204);
    await within(streaming, 3000, 'the stream to end');
    assert.ok(Date.now() - since < 1000, `${Date.now() - since} ms`);
    assert.equal((await ask('GET', '/api/models', undefined, first)).status, 401);
    const second = cookieOf(await logIn('boss'));
    assert.equal((await ask('POST', '/api/logout', {}, second)).status, 204);
    assert.equal((await ask('GET', '/api/models', undefined, second)).status, 401);
  });

  it('64 logins at once: right, wrong or too many, with bounded memory and a server that answers others', async () => {
    const before = residentKib(server.pid);
    let slowest = 0;
    let over = false;
    const health = (async () => {
      while (!over) {
        const since = Date.now();
        assert.equal((await request(server, 'GET', '/api/health')).status, 200);
        slowest = Math.max(slowest, Date.now() - since);
        await sleep(5);
      }
    })();
    const peak = (async () => {
      let most = before;
      while (!over) {
        most = Math.max(most, residentKib(server.pid));
        await sleep(5);
      }
      return most;
    })();
    const replies = await Promise.all(Array.from({ length: 64 }, (_, n) => logIn(n % 2 ? 'boss' : `stranger ${n}`, password, addressOf(n))));
    over = true;
    await health;
    const most = await peak;
    for (const reply of replies) assert.ok([200, 401, 429, 503].includes(reply.status), String(reply.status));
    assert.ok(replies.some((reply) => reply.status === 401));
    for (const reply of replies.filter((one) => one.status === 503)) assert.equal(reply.headers['retry-after'], '2');
    assert.ok(most - before <= 80 * 1024, `${most - before} KiB more`);
    assert.ok(slowest < 2000, `${slowest} ms for /api/health`);
  });

  it('a provider\'s key is stored without being seen anywhere', async () => {
    assert.equal((await ask('PUT', '/api/admin/providers/openai/key', { key: storedKey }, admin)).status, 409); // the environment has one
    assert.equal((await ask('PUT', '/api/admin/providers/groq/key', { key: storedKey }, admin)).status, 204);
    const listed = await ask('GET', '/api/admin/providers', undefined, admin);
    assert.equal(listed.json().find((row) => row.id === 'groq').last4, '…0123');
    assert.ok(!listed.text.includes(storedKey) && !listed.text.includes(openaiKey));
    assert.ok((await ask('GET', '/api/models', undefined, admin)).json().about.providers.some((row) => row.id === 'groq'));
    assert.equal((await ask('DELETE', '/api/admin/providers/groq/key', undefined, admin)).status, 204);
  });

  it('no password, token, key or cookie is in the database, the backups, the log or on the terminal', async () => {
    const made = await ask('POST', '/api/tokens', { name: 'canary', scopes: ['read'] }, admin);
    await request(server, 'GET', '/api/conversations', { headers: { Authorization: `Bearer ${made.json().token}` } });
    await ask('GET', '/api/models?password=canary-password-9f3b', undefined, admin);
    assert.equal((await command(['backup', path.join(dir, 'copy.db')])).code, 0);
    const all = server.everything();
    for (const secret of [password, 'canary-password', storedKey, made.json().token, admin.split('=')[1], openaiKey]) assert.ok(!all.includes(secret), secret.slice(0, 12));
  });

  it('sessions outlive a restart', async () => {
    await server.stop();
    server = await startServer({ fake, dir, port: server.port, env: { AUTH_MODE: 'accounts', DATA_DIR: path.join(dir, 'data'), TRUSTED_PROXIES: '127.0.0.1' } });
    assert.equal((await ask('GET', '/api/models', undefined, admin)).status, 200);
    assert.ok(!server.stdout().includes('setup#token'));
  });
});

describe('who may come without signing in', () => {
  it('on a loopback address: this machine, and nobody who came through a proxy', async () => {
    const local = await startServer({ fake, env: { AUTH_MODE: undefined } });
    assert.equal((await request(local, 'GET', '/api/session')).json().mode, 'open');
    assert.equal((await request(local, 'GET', '/api/models')).status, 200);
    assert.equal((await request(local, 'GET', '/api/models', { headers: { 'X-Forwarded-For': '198.51.100.1' } })).status, 403);
    await local.stop();
  });
  it('on a public address, behind a named proxy or under a public name: only who signs in', async () => {
    for (const env of [{ HOST: '0.0.0.0' }, { TRUSTED_PROXIES: '127.0.0.1' }, { PUBLIC_ORIGIN: 'https://chat.example.org' }]) {
      const other = await startServer({ fake, env: { AUTH_MODE: undefined, ...env } });
      assert.equal((await request(other, 'GET', '/api/session')).json().mode, 'accounts');
      assert.equal((await request(other, 'GET', '/api/models')).status, 401);
      await other.stop();
    }
  });
});
