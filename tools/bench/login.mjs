// Whether a refused login tells by its time if the name exists: wrong passwords for users that are there and for names that
// nobody has, in turn. Prints both medians and what lies between them; ends with 1 when that is 2 ms or more.
// usage: node tools/bench/login.mjs [--users 20]      needs the release build; about 15 s
import path from 'node:path';
import { parseArgs } from 'node:util';
import { request, startServer, temporaryFolder, until } from '../../tests/e2e/server.mjs';

const { values } = parseArgs({ options: { users: { type: 'string', default: '20' } } });
const users = Math.min(Number(values.users), 22); // 200 tries a minute are allowed in all
const triesPerUser = 4;                           // the fifth failure of a name has to wait
const gapMs = 2;

const server = await startServer({ env: { AUTH_MODE: 'accounts', DATA_DIR: path.join(temporaryFolder(), 'data'), TRUSTED_PROXIES: '127.0.0.1', DEMO: 'true', LOG_LEVEL: 'ERROR' } });
const own = { 'Sec-Fetch-Site': 'same-origin' };
let addresses = 0;
const ask = (target, body, headers = {}) => request(server, 'POST', target, { body, headers: { ...own, 'X-Forwarded-For': `198.51.${addresses >> 8}.${addresses++ & 255}`, ...headers } });
const expect = (reply, status) => { if (reply.status !== status) throw new Error(`${reply.status} instead of ${status}: ${reply.body}`); return reply; };

const password = 'the right horse 83';
const token = await until(() => /\/setup#token=([\w-]{43})\n/.exec(server.stdout())?.[1], 3000, 'the set-up link');
const Cookie = expect(await ask('/api/setup', { token, name: 'boss', password }), 201).headers['set-cookie'][0].split(';')[0];
for (let i = 0; i < users; ++i) expect(await ask('/api/admin/users', { name: `person ${i}`, password }, { Cookie }), 201);

const ms = { known: [], unknown: [] };
async function tryOne(kind, name) {
  const begun = performance.now();
  expect(await ask('/api/login', { name, password: 'a wrong horse 83' }), 401);
  ms[kind].push(performance.now() - begun);
  await new Promise((done) => setTimeout(done, gapMs));
}
for (let i = 0; i < triesPerUser * users; ++i) {
  const n = i % users;
  const turns = [['known', `person ${n}`], ['unknown', `nobody ${n}`]];
  for (const [kind, name] of i % 2 ? turns : turns.reverse()) await tryOne(kind, name); // neither is always the first
}
await server.stop();

const quantile = (list, q) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))];
for (const [kind, list] of Object.entries(ms)) {
  console.log(`${kind.padEnd(8)} ${list.length} refused logins: p50 ${quantile(list, 0.5).toFixed(2)} ms, p10 ${quantile(list, 0.1).toFixed(2)}, p90 ${quantile(list, 0.9).toFixed(2)}`);
}
const apart = Math.abs(quantile(ms.known, 0.5) - quantile(ms.unknown, 0.5));
console.log(`medians apart: ${apart.toFixed(2)} ms (goal: below 2)`);
process.exit(apart < 2 ? 0 : 1);
