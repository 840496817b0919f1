// Many answers being written at once, each with a reader: what a piece costs, and how long the first word waits because it is
// stored before it is shown, beside the stateless stream.
// usage: node tools/bench/turns.mjs [--turns 1000] [--seconds 10] [--delay-ms 100] [--readers 1]
import http from 'node:http';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { sleep, startFake, startServer, temporaryFolder } from '../../tests/e2e/server.mjs';
import { begin, makeId, newConversation, own } from '../../tests/e2e/turns.mjs';

const { values } = parseArgs({ options: { turns: { type: 'string', default: '1000' }, seconds: { type: 'string', default: '10' }, 'delay-ms': { type: 'string', default: '100' }, readers: { type: 'string', default: '1' } } });
const turns = Number(values.turns);
const seconds = Number(values.seconds);
const delay = Number(values['delay-ms']);
const readers = Number(values.readers);
const chunks = Math.ceil((seconds + 5 + turns / 100) * 1000 / delay);

const cpuSeconds = (pid) => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};
const memoryMb = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
const quantile = (list, q) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * q))];

// A stream that is read and counted: { first: Promise of ms, count() }.
function follow(server, method, target, body) {
  let events = 0;
  let told;
  const begun = performance.now();
  const first = new Promise((done) => { told = done; });
  const text = body === undefined ? undefined : JSON.stringify(body);
  const call = http.request({ host: '127.0.0.1', port: server.port, method, path: target, agent: false,
    headers: { ...own, ...(text ? { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) } : {}) } }, (response) => {
    response.on('data', (data) => {
      let at = -1;
      while ((at = data.indexOf('"content":', at + 1)) >= 0) if (events++ === 0) told(performance.now() - begun);
    });
    response.on('error', () => {});
  });
  call.on('error', () => {});
  call.end(text);
  return { first, count: () => events, leave: () => call.destroy() };
}

async function inParallel(count, atOnce, make) {
  const out = [];
  let next = 0;
  await Promise.all(Array.from({ length: atOnce }, async () => { while (next < count) { next++; out.push(await make()); } }));
  return out;
}

async function measure(server, streams, name) {
  await sleep(2000);
  const cpu = cpuSeconds(server.pid);
  const events = streams.reduce((sum, one) => sum + one.count(), 0);
  await sleep(seconds * 1000);
  const used = cpuSeconds(server.pid) - cpu;
  const got = streams.reduce((sum, one) => sum + one.count(), 0) - events;
  console.log(`${name}: ${streams.length} readers, ${(got / seconds).toFixed(0)} events/s, ${(used / seconds * 100).toFixed(0)} % of a core, `
    + `${(used * 1e6 / got).toFixed(1)} us CPU per event shown, ${memoryMb(server.pid).toFixed(0)} MB resident`);
  return used * 1e6 / got;
}

const fake = await startFake(['--no-log']);
const server = await startServer({ fake, env: { DATA_DIR: path.join(temporaryFolder(), 'data'), DEFAULT_MODEL: 'gpt-4o', LOG_LEVEL: 'WARNING' } });

const alone = { stateless: [], turn: [] };
for (let i = 0; i < 50; ++i) {
  alone.stateless.push(await follow(server, 'POST', '/api/chat/stream', { message: 'fake:chunks=1', model: 'gpt-4o' }).first);
  const conversation = await newConversation(server);
  const at = performance.now();
  const begun = await begin(server, conversation, { message: 'fake:chunks=1', model: 'gpt-4o' });
  await follow(server, 'GET', `/api/turns/${begun.id}/events`).first;
  alone.turn.push(performance.now() - at);
}
console.log(`first word, idle server: stateless ${quantile(alone.stateless, 0.5).toFixed(1)} ms, turn (request, then reader) ${quantile(alone.turn, 0.5).toFixed(1)} ms (medians of 50)`);

const directive = `fake:chunks=${chunks},delay_ms=${delay}`;
const begun = await inParallel(turns, 16, async () => {
  const conversation = await newConversation(server);
  const at = performance.now();
  const turn = await begin(server, conversation, { id: makeId(), message: directive, model: 'gpt-4o' });
  if (turn.status !== 202) throw new Error(JSON.stringify(turn.json));
  const all = Array.from({ length: readers }, () => follow(server, 'GET', `/api/turns/${turn.id}/events`));
  return { all, first: all[0].first.then(() => performance.now() - at) };
});
const firsts = await Promise.all(begun.map((one) => one.first));
console.log(`first word while ${turns} begin: p50 ${quantile(firsts, 0.5).toFixed(0)} ms, p99 ${quantile(firsts, 0.99).toFixed(0)} ms`);
const streams = begun.flatMap((one) => one.all);
const perTurnPiece = await measure(server, streams, 'turns');
for (const one of streams) one.leave();
await server.stop('SIGKILL');

const other = await startServer({ fake, env: { DATA_DIR: path.join(temporaryFolder(), 'data'), DEFAULT_MODEL: 'gpt-4o', LOG_LEVEL: 'WARNING' } });
const plain = await inParallel(turns, 16, async () => {
  const one = follow(other, 'POST', '/api/chat/stream', { message: directive, model: 'gpt-4o' });
  await one.first;
  return one;
});
const perPiece = await measure(other, plain, 'stateless');
console.log(`a piece that is stored before it is shown costs ${(perTurnPiece / perPiece).toFixed(2)} times a stateless one`);
await other.stop('SIGKILL');
await fake.stop();
process.exit(0);
