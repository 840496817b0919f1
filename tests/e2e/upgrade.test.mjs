// Databases of released versions (tests/data/databases) under the real binary: everything in them is there and works.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { binary, cleanEnvironment, repo, request, runToEnd, startFake, startServer, temporaryFolder } from './server.mjs';
import { begin, followTurn, own } from './turns.mjs';

const folder = path.join(repo, 'tests/data/databases');
const versions = readdirSync(folder).map((name) => /^version-(\d+)\.db\.gz$/.exec(name)?.[1]).filter(Boolean);

let fake;
before(async () => { fake = await startFake(); });
after(() => fake?.stop());

it('there are databases of released versions', () => assert.ok(versions.length > 0));

for (const version of versions) {
  describe(`a database of version ${version}`, () => {
    const dir = temporaryFolder();
    const data = path.join(dir, 'data');
    const env = { AUTH_MODE: 'accounts', DATA_DIR: data, DEFAULT_MODEL: 'gpt-4o', BACKUP_DAILY: 'false', SECRET_KEY: 'the key of the fixtures alone' };
    let server;
    let headers;
    const ask = (method, target, body) => request(server, method, target, { body, headers });
    const start = async () => { server = await startServer({ fake, dir, env, port: server?.port }); };  // the cookie is named after it
    before(async () => {
      mkdirSync(data, { mode: 0o700 });
      writeFileSync(path.join(data, 'whinchat.db'), gunzipSync(readFileSync(path.join(folder, `version-${version}.db.gz`))), { mode: 0o600 });
      await start();
    });
    after(() => server?.stop());

    it('lets its people in and shows what they had', async () => {
      const reply = await request(server, 'POST', '/api/login', { headers: own, body: { name: 'boss', password: 'fixture of a database' } });
      assert.equal(reply.status, 200);
      headers = { ...own, Cookie: reply.headers['set-cookie'][0].split(';')[0] };
      const { conversations } = (await ask('GET', '/api/conversations')).json();
      assert.deepEqual(conversations.map((one) => one.title).sort(), ['Birds 鳥', 'Still running']);
      assert.equal((await ask('GET', '/api/conversations?deleted=true')).json().conversations[0].title, 'In the bin');
      const { messages } = (await ask('GET', `/api/conversations/${conversations.find((one) => one.title.startsWith('Birds')).id}`)).json();
      assert.equal(messages.length, 5);
      assert.equal(messages.find((message) => message.state === 'failed').error.code, 'provider_rate_limited');
      const { results } = (await ask('GET', '/api/search?q=whinchat%20dawn')).json();
      assert.ok(results.length > 0 && results.every((result) => result.snippet.some((part) => part.mark)));
      const { users } = (await ask('GET', '/api/admin/users')).json();
      assert.deepEqual(users.map((user) => [user.name, user.plan_id]), [['boss', 'plus'], ['anna', 'plus']]);
    });

    it('keeps what was running when it was cut, counts it once, and goes on with it', async () => {
      const cut = (await ask('GET', '/api/conversations')).json().conversations.find((one) => one.title === 'Still running');
      const opened = async () => (await ask('GET', `/api/conversations/${cut.id}`)).json();
      const { messages, turns } = await opened();
      assert.equal(messages[1].state, 'interrupted');
      assert.ok(messages[1].content.length >= 100);
      assert.ok(messages[1].usage.estimated && messages[1].usage.input_tokens > 0 && messages[1].usage.output_tokens > 20);
      assert.ok(messages[1].cost_micros > 0 && messages[1].cost_micros === turns[0].cost_micros);
      const used = async () => (await ask('GET', '/api/usage?days=366')).json().days.filter((day) => day.model === 'gpt-6-luna');
      const counted = await used();
      for (const day of counted) assert.deepEqual([day.messages, day.output_tokens, day.cost_micros], [1, messages[1].usage.output_tokens, messages[1].cost_micros]);
      await server.stop('SIGKILL');
      await start();
      assert.deepEqual(await used(), counted, 'settled once');
      const on = await begin(server, cut.id, { kind: 'continue', parent_id: messages[1].id, model: 'gpt-4o' }, headers);
      assert.equal(on.status, 202, JSON.stringify(on.json));
      assert.ok((await followTurn(server, on.id, { headers })).said.startsWith(messages[1].content));
    });

    it('keeps a copy of what was there before', async () => {
      const verify = (file) => runToEnd(binary, ['verify', file], { env: cleanEnvironment(dir, env) });
      const backups = path.join(data, 'backups');
      const copy = existsSync(backups) ? readdirSync(backups).find((name) => name.endsWith(`-from-${version}.db`)) : undefined;
      if (!copy) return assert.match((await verify(path.join(data, 'whinchat.db'))).stdout, new RegExp(`version ${version}\\.`), 'it is of this version already');
      const { code, stdout } = await verify(path.join(backups, copy));
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`2 users, 3 conversations, 9 messages.* version ${version}\\.`));
    });
  });
}
