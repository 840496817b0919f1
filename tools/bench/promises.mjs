// tools/bench/promises: see there.
import { execFile } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { repo, request, sleep, startFake, startServer, temporaryFolder, until } from '../../tests/e2e/server.mjs';
import { ask, begin, makeId, newConversation, own, reader } from '../../tests/e2e/turns.mjs';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const rounds = values.quick ? 20 : 200;
const messages = values.quick ? 40_000 : 200_000;
const bounds = { store: 60_000, search: 400_000, kill: 400_000 };
const rows = [];
const row = (what, figure, goal, met) => {
  rows.push([what, figure, goal, met ? 'yes' : 'NO']);
  process.stderr.write(`${what}: ${figure}\n`);
};
const tool = (name) => {
  const file = path.join(repo, 'build/release', name);
  if (!existsSync(file)) throw new Error(`no ${file}; see the head of tools/bench/promises`);
  return file;
};
const output = (file, args, timeout, env = process.env) => new Promise((done, fail) => {
  execFile(file, args, { timeout, env, cwd: repo, maxBuffer: 1 << 24 }, (error, stdout, stderr) => (error ? fail(new Error(`${file}: ${error.message}\n${stdout.slice(-2000)}${stderr.slice(-2000)}`)) : done(stdout)));
});
const sorted = (list) => list.toSorted((a, b) => a - b);
const quantile = (list, q) => sorted(list)[Math.min(list.length - 1, Math.floor(list.length * q))];

async function store() {
  const [, rate, p99] = /appends\/s (\d+).*?p99 ([\d.]+) ms/.exec(await output(tool('store_bench'), ['append', '16', '5'], bounds.store));
  row('append a message, 16 writers, flushed: a second', rate, '≥ 5,000', Number(rate) >= 5000);
  row('… p99 of one, ms', p99, '≤ 20', Number(p99) <= 20);
}

async function search() {
  const text = await output(tool('bench_search'), [String(messages), values.quick ? '400' : '2000'], bounds.search);
  const times = [...text.matchAll(/p50 +([\d.]+) +p99 +([\d.]+)/g)].map(([, , p99]) => Number(p99));
  const worst = Math.max(...times);
  row(`search in ${messages.toLocaleString('en')} messages, the slowest kind's p99, ms of CPU`, worst.toFixed(1), '≤ 20', worst <= 20);
}

async function kill9() {
  const text = await output(process.execPath, ['--test', 'tests/e2e/kill9.test.mjs'], bounds.kill, { ...process.env, KILL9_ROUNDS: String(rounds) });
  const [, acknowledged, , median, most] = /, (\d+) acknowledged turns, (\d+) continued.*?median (\d+) ms, most (\d+) ms/.exec(text);
  row(`kill -9 under 20 answers, ${rounds} rounds, ${acknowledged} acknowledged: lost, doubled, shown but not stored`, '0, 0, 0', '0', true); // else it had failed
  row('… restart to healthy, median / longest ms', `${median} / ${most}`, '≤ 2,000', Number(most) <= 2000);
}

// What other devices, stops and quotas take.
async function live() {
  const fake = await startFake();
  const server = await startServer({ fake, env: { DATA_DIR: path.join(temporaryFolder(), 'data'), DEFAULT_MODEL: 'gpt-4o', LOG_LEVEL: 'WARNING' } });
  const told = [];
  for (let i = 0; i < 50; ++i) {
    const { revision } = (await ask(server, 'GET', '/api/conversations?limit=1')).json();
    const poll = request(server, 'GET', `/api/changes?since=${revision}&wait=10`, { headers: own });
    await sleep(5);
    const at = performance.now();
    await ask(server, 'POST', '/api/conversations', {});
    await poll;
    told.push(performance.now() - at);
  }
  row('a second device knows of a change after, p99 ms', quantile(told, 0.99).toFixed(1), '≤ 1,000', quantile(told, 0.99) <= 1000);

  const stops = [];
  const closes = [];
  for (let i = 0; i < 20; ++i) {
    const conversation = await newConversation(server);
    const mark = makeId();
    const turn = await begin(server, conversation, { message: `${mark} fake:chunks=100000,delay_ms=10`, model: 'gpt-4o' });
    const seen = reader(server, turn.id);
    await until(() => seen.said().length > 20, 5000, 'the first words');
    const at = Date.now();
    const before = performance.now();
    await ask(server, 'DELETE', `/api/turns/${turn.id}`);
    stops.push(performance.now() - before);
    const upstream = await until(async () => (await fake.chats()).find((entry) => entry.body.includes(mark) && entry.closed_early), 3000, 'the provider to see the end');
    closes.push(upstream.closed_ms - at);
    await seen.closed;
  }
  row('stop: answered after, p99 ms', quantile(stops, 0.99).toFixed(1), 'at once', quantile(stops, 0.99) <= 250);
  row('… the provider\'s connection closed after, longest ms', Math.max(...closes).toFixed(0), '≤ 250', Math.max(...closes) <= 250);
  await server.stop();
  await fake.stop();
}

for (const part of [store, search, live, kill9]) await part();
console.log('| | measured | goal | met |\n|---|---|---|---|');
for (const cells of rows) console.log(`| ${cells.join(' | ')} |`);
console.log(`\n${os.cpus().length} cores (${os.cpus()[0].model.trim()}), ${Math.round(os.totalmem() / 2 ** 30)} GiB, Linux ${os.release()}, whinchat ${(statSync(tool('whinchat')).size / 1e6).toFixed(1)} MB.`);
console.log(`Command: tools/bench/promises${values.quick ? ' --quick' : ''}`);
process.exit(0);
