// Makes the fixture of a released database: the real binary of that version, used as people use it, then `whinchat backup`.
//   node tests/data/databases/make.mjs OUT.db      (WHINCHAT_BIN, FAKE_PROVIDER_BIN: the binaries of that version)
// What is in it is told by tests/e2e/upgrade.test.mjs and tests/store/upgrade_test.cpp. Run once for each version, kept packed (gzip -9n).
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { binary, cleanEnvironment, request, startFake, startServer, temporaryFolder, until } from '../../e2e/server.mjs';
import { begin, ended, newConversation, own, reader } from '../../e2e/turns.mjs';

const out = path.resolve(process.argv[2]);
const dir = temporaryFolder();
const fake = await startFake();
const env = { AUTH_MODE: 'accounts', DATA_DIR: path.join(dir, 'data'), DEFAULT_MODEL: 'gpt-4o', BACKUP_DAILY: 'false', SECRET_KEY: 'the key of the fixtures alone' };
const server = await startServer({ fake, dir, env });
const token = await until(() => /#token=([\w-]{43})/.exec(server.stdout())?.[1], 3000, 'the set-up link');
const made = await request(server, 'POST', '/api/setup', { headers: own, body: { token, name: 'boss', password: 'fixture of a database' } });
const cookie = { Cookie: made.headers['set-cookie'][0].split(';')[0] };
const ask = (method, target, body) => request(server, method, target, { body, headers: { ...own, ...cookie } });

await ask('POST', '/api/admin/users', { name: 'anna', password: 'fixture of a database', role: 'user', plan_id: 'plus' });
await ask('PATCH', `/api/admin/users/${made.json().user.id}`, { plan_id: 'plus' });
await ask('POST', '/api/tokens', { name: 'script', scopes: ['chat', 'read'] });
await ask('PUT', '/api/admin/plans/small', { name: 'Small', messages_day: 3, tokens_day: null, tokens_month: null, cost_month_micros: null });

const say = async (conversation, message, more = {}) => {
  const begun = await begin(server, conversation, { message, model: 'gpt-4o', ...more }, cookie);
  await until(async () => (await ask('GET', `/api/turns/${begun.id}`)).json().state !== 'running', 10000, message);
  return begun;
};
const conversation = async (title) => (await ask('POST', '/api/conversations', { title })).json().id;
const birds = await conversation('Birds 鳥');
const first = await say(birds, 'fake:text=The%20whinchat%20sings%20at%20dawn,reasoning=2');
await say(birds, '', { kind: 'regenerate', parent_id: first.userMessageId, message: undefined });
await say(birds, 'fake:status=429,retry_after=30,times=9', { parent_id: first.messageId });
const gone = await conversation('In the bin');
await say(gone, 'fake:chunks=2');
await ask('DELETE', `/api/conversations/${gone}`);
const running = await conversation('Still running');
const cut = await begin(server, running, { message: 'fake:chunks=100000,delay_ms=20', model: 'gpt-6-luna' }, cookie);
const seen = reader(server, cut.id, { headers: cookie });
await until(() => seen.said().length > 100, 10000, 'the running answer');
execFileSync(binary, ['backup', out], { cwd: dir, env: cleanEnvironment(dir, env) });
seen.leave();
await server.stop('SIGKILL');
await fake.stop();
console.log(`${out}: the running answer had ${seen.said().length} characters`);
