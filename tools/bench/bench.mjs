// The benchmark's director: starts the fake provider, whinchat and nginx, lets bench_load speak to each in turn, reads
// memory and CPU time from /proc, prints the table. See run for how to call it.
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const repo = path.resolve(here, '../..');
const built = (name, variable) => process.env[variable] || path.join(repo, 'build/release', name);
const programs = { whinchat: built('whinchat', 'WHINCHAT_BIN'), fake: built('fake_provider', 'FAKE_PROVIDER_BIN'), load: built('bench_load', 'BENCH_LOAD_BIN') };
const quick = process.argv.includes('--quick');
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1].split(',') : null;
const folder = mkdtempSync(path.join(os.tmpdir(), 'whinchat-bench-'));
chmodSync(folder, 0o755);  // nginx's workers give up root and must read the page
const children = new Set();
const rows = [];
// Each child leads a group of its own: nginx's workers would outlive a master that is killed.
const kill = (child) => { try { process.kill(-child.pid, 'SIGKILL'); } catch { /* gone */ } };
process.on('exit', () => { // also after an exception
  for (const child of children) kill(child);
  rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const note = (text) => process.stderr.write(`${text}\n`);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const round = (value, digits = 2) => Number(value.toFixed(digits));
const row = (what, whinchat, nginx, ratio, goal, met) => { rows.push([what, whinchat, nginx, ratio, goal, met === undefined ? '' : met ? 'yes' : 'NO']); note(`  ${rows.at(-1).join(' | ')}`); };

function start(program, args, options = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'], detached: true, ...options });
  children.add(child);
  child.once('exit', () => children.delete(child));
  child.once('error', (error) => { note(`${program}: ${error.message}`); process.exit(1); });
  return child;
}

async function stop(child) {
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  const hard = setTimeout(() => kill(child), 4000);
  if (child.exitCode === null && child.signalCode === null) await ended;
  clearTimeout(hard);
}

const freePort = () => new Promise((done) => { const probe = net.createServer(); probe.listen(0, '127.0.0.1', () => { const { port } = probe.address(); probe.close(() => done(port)); }); });

const get = (port, target) => new Promise((done) => {
  http.get({ host: '127.0.0.1', port, path: target, agent: false }, (reply) => {
    const parts = [];
    reply.on('data', (part) => parts.push(part));
    reply.on('end', () => done({ status: reply.statusCode, body: Buffer.concat(parts) }));
  }).on('error', () => done({ status: 0 }));
});

async function answers(port, target = '/api/health') {
  const end = Date.now() + 8000;
  while ((await get(port, target)).status !== 200) if (Date.now() > end) throw new Error(`nothing answers on port ${port}`);
}

// A process and its children.
function family(pid) {
  const own = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean);
  return [pid, ...own.flatMap((child) => family(Number(child)))];
}
const residentKb = (pid) => family(pid).reduce((sum, one) => sum + Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${one}/status`, 'utf8'))[1]), 0);
const cpuTicks = (pid) => family(pid).reduce((sum, one) => { const f = readFileSync(`/proc/${one}/stat`, 'utf8').split(') ')[1].split(' '); return sum + Number(f[11]) + Number(f[12]); }, 0);

let fakePort;
const subjects = {
  whinchat: {
    name: 'whinchat',
    endMark: '"type":"done"',
    path: '/api/chat/stream',
    streamBody: (directive) => JSON.stringify({ message: `fake:${directive}` }),
    async start() {
      this.port = await freePort();
      const env = { PATH: process.env.PATH, HOME: folder, PORT: String(this.port), FLASK_ENV: 'testing', LOCAL_DISCOVERY: 'false', LOG_LEVEL: 'ERROR', OPENAI_API_KEY: 'bench', OPENAI_BASE_URL: `http://127.0.0.1:${fakePort}/v1`, DEFAULT_MODEL: 'gpt-4o' };
      this.process = start(programs.whinchat, [], { cwd: folder, env });
    },
  },
  nginx: {
    name: 'nginx',
    endMark: '[DONE]',
    path: '/v1/chat/completions',
    streamBody: (directive) => JSON.stringify({ model: 'gpt-4o', stream: true, stream_options: { include_usage: true }, messages: [{ role: 'system', content: 'You are a helpful AI assistant.' }, { role: 'user', content: `fake:${directive}` }] }),
    async start() {
      this.port = await freePort();
      const descriptors = Number(/Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))[1]);
      const fill = { PORT: this.port, PROVIDER: fakePort, FOLDER: folder, DESCRIPTORS: descriptors, CONNECTIONS: descriptors - 100 };
      writeFileSync(`${folder}/nginx.conf`, readFileSync(`${here}/nginx.conf`, 'utf8').replace(/@([A-Z]+)@/g, (_, name) => fill[name]));
      this.process = start(process.env.NGINX_BIN || '/usr/sbin/nginx', ['-c', `${folder}/nginx.conf`, '-p', folder, '-e', `${folder}/error.log`]);
    },
  },
};
subjects.direct = { ...subjects.nginx, name: 'direct' };
const both = [subjects.whinchat, subjects.nginx];

function load(subject, options) {
  const { target = subject.path, ...rest } = options;
  const args = ['--url', `http://127.0.0.1:${subject.port}${target}`];
  for (const [name, value] of Object.entries(rest)) args.push(`--${name}`, String(value));
  const child = start(programs.load, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (data) => { text += data; });
  return new Promise((done, fail) => child.once('close', () => { try { done(JSON.parse(text)); } catch { fail(new Error(`bench_load said: ${text}`)); } }));
}

const restart = async (subject) => { if (subject.process) await stop(subject.process); await subject.start(); await answers(subject.port); };

// Paced streams: memory and CPU are read while all of them run.
async function paced(streams, seconds, ramp) {
  const out = {};
  for (const subject of both) {
    await restart(subject);
    await load(subject, { mode: 'streams', count: 50, body: subject.streamBody('chunks=5'), 'end-mark': subject.endMark });
    const before = residentKb(subject.process.pid);
    const filled = streams / ramp;
    const running = load(subject, { mode: 'streams', count: streams, ramp, body: subject.streamBody(`chunks=${2 * seconds},delay_ms=500`), 'end-mark': subject.endMark });
    await sleep((filled + 1) * 1000);
    const chunks = async () => JSON.parse((await get(fakePort, '/__stats')).body).chunks;
    const [ticks, sent] = [cpuTicks(subject.process.pid), await chunks()];
    await sleep((seconds - filled - 2.5) * 1000);
    const [ticksThen, sentThen, memory] = [cpuTicks(subject.process.pid), await chunks(), residentKb(subject.process.pid)];
    const result = await running;
    out[subject.name] = { result, perStream: (memory - before) / streams, perChunk: ((ticksThen - ticks) * 10000) / (sentThen - sent) };
    note(`  ${subject.name}: ${JSON.stringify(result)}`);
  }
  return out;
}

const parts = {
  async streams() {
    const n = 5000;
    const { whinchat, nginx } = await paced(n, quick ? 9 : 14, 1500);
    row(`${n} streams, 2 chunks/s: failures`, whinchat.result.failed, nginx.result.failed, '', '0', whinchat.result.failed === 0 && whinchat.result.completed === n);
    row('memory (RSS) per stream, KB', round(whinchat.perStream, 1), round(nginx.perStream, 1), round(whinchat.perStream / nginx.perStream), '≤ 30 KB', whinchat.perStream <= 30);
    row('CPU per chunk, µs', round(whinchat.perChunk, 1), round(nginx.perChunk, 1), round(whinchat.perChunk / nginx.perChunk), '≤ 1.6 ×', whinchat.perChunk / nginx.perChunk <= 1.6);
    row('time to first text under that load, p50 / p99 ms', `${round(whinchat.result.first_ms.p50)} / ${round(whinchat.result.first_ms.p99)}`, `${round(nginx.result.first_ms.p50)} / ${round(nginx.result.first_ms.p99)}`, '', '');
  },
  async most() {
    const n = 9500;
    const { whinchat, nginx } = await paced(n, quick ? 11 : 16, 1500);
    row(`${n} streams: complete / failed`, `${whinchat.result.completed} / ${whinchat.result.failed}`, `${nginx.result.completed} / ${nginx.result.failed}`, '', '0 failed', whinchat.result.failed === 0 && whinchat.result.completed === n);
    row('memory (RSS) per stream then, KB', round(whinchat.perStream, 1), round(nginx.perStream, 1), round(whinchat.perStream / nginx.perStream), '');
    row('CPU per chunk then, µs', round(whinchat.perChunk, 1), round(nginx.perChunk, 1), round(whinchat.perChunk / nginx.perChunk), '');
  },
  async saturation() {
    const seen = { whinchat: [], nginx: [] };
    for (let i = 0; i < (quick ? 1 : 3); ++i) {
      for (const subject of both) {
        const result = await load(subject, { mode: 'streams', count: 64, ramp: 1000, seconds: 4, body: subject.streamBody('saturate') });
        if (result.failed) note(`  ${subject.name}: ${result.failed} failed: ${result.first_failure}`);
        seen[subject.name].push(result.failed ? 0 : result.events_per_s);
        await sleep(500);
      }
    }
    const [own, other] = [median(seen.whinchat), median(seen.nginx)];
    row('64 saturated streams, chunks/s', own, other, round(own / other), '≥ 0.3 × (aim 0.6)', own / other >= 0.3);
  },
  async first() {
    const p50 = { direct: [], nginx: [], whinchat: [] };
    subjects.direct.port = fakePort;
    for (let i = 0; i < (quick ? 1 : 3); ++i) {
      for (const subject of [subjects.direct, ...both]) {
        const result = await load(subject, { mode: 'first', count: 2000, 'warm-up': 200, body: subject.streamBody('chunks=2'), 'first-mark': 'w0 ', 'end-mark': subject.endMark });
        if (result.failed) throw new Error(`${subject.name}: ${result.first_failure}`);
        p50[subject.name].push(result.first_ms.p50);
      }
    }
    const [direct, nginx, own] = [median(p50.direct), median(p50.nginx), median(p50.whinchat)];
    row(`delay added to the first text, median ms (direct: ${round(direct, 3)})`, round(own - direct, 3), round(nginx - direct, 3), round((own - direct) / (nginx - direct)), '≤ 0.5 ms', own - direct <= 0.5);
  },
  async json() {
    const seen = { whinchat: [], nginx: [], copied: [] };
    const plan = 'chunks=8';
    const bodies = {
      whinchat: ['/api/chat', subjects.whinchat.streamBody(plan)],
      nginx: ['/v1/chat/completions', subjects.nginx.streamBody(plan).replace('"stream":true,"stream_options":{"include_usage":true},', '')],
      copied: ['/v1/chat/completions', subjects.nginx.streamBody(plan)],
    };
    for (let i = 0; i < (quick ? 1 : 3); ++i) {
      for (const [name, [target, body]] of Object.entries(bodies)) {
        const subject = name === 'copied' ? subjects.nginx : subjects[name];
        const result = await load(subject, { mode: 'requests', count: 32, seconds: 3, target, body });
        if (result.failed) throw new Error(`${name}: ${result.failed} failed: ${result.first_failure}`);
        seen[name].push(result.completed_per_s);
      }
    }
    const [own, other, copied] = [median(seen.whinchat), median(seen.nginx), median(seen.copied)];
    row('POST /api/chat, answers/s (nginx: copies a JSON answer)', own, other, round(own / other), '≥ 0.3 ×', own / other >= 0.3);
    row('the same (nginx: copies the stream that whinchat reads)', own, copied, round(own / copied), '');
  },
  async static() {
    const seen = { whinchat: [], nginx: [] };
    mkdirSync(`${folder}/www`, { recursive: true });
    writeFileSync(`${folder}/www/index.html`, (await get(subjects.whinchat.port, '/')).body);
    for (let i = 0; i < (quick ? 1 : 3); ++i) {
      for (const subject of both) {
        const result = await load(subject, { mode: 'requests', count: 32, seconds: 3, target: '/' });
        if (result.failed) throw new Error(`${subject.name}: ${result.failed} failed: ${result.first_failure}`);
        seen[subject.name].push(result.completed_per_s);
      }
    }
    const [own, other] = [median(seen.whinchat), median(seen.nginx)];
    row('GET /, answers/s', own, other, round(own / other), '≥ 0.5 ×', own / other >= 0.5);
  },
  async start() {
    const seen = { whinchat: [], nginx: [] };
    for (let i = 0; i < (quick ? 5 : 15); ++i) {
      for (const subject of both) {
        await stop(subject.process);
        const begun = process.hrtime.bigint();
        await subject.start();
        await answers(subject.port);
        seen[subject.name].push(Number(process.hrtime.bigint() - begun) / 1e6);
      }
    }
    const [own, other] = [median(seen.whinchat), median(seen.nginx)];
    row('start to first 200, median ms', round(own, 1), round(other, 1), round(own / other), '≤ 1 ×, ≤ 20 ms', own <= other && own <= 20);
    await sleep(500);
    row('idle memory (RSS), MB', round(residentKb(subjects.whinchat.process.pid) / 1024, 1), round(residentKb(subjects.nginx.process.pid) / 1024, 1), '', '≤ 10 MB', residentKb(subjects.whinchat.process.pid) <= 10240);
  },
  async slow() {
    const out = {};
    for (const subject of both) {
      await restart(subject);
      out[subject.name] = await load(subject, { mode: 'slow', count: 2000, ramp: 1000, seconds: quick ? 8 : 25, body: subject.streamBody('saturate'), probe: '/api/health' });
      note(`  ${subject.name}: ${JSON.stringify(out[subject.name])}`);
    }
    const { whinchat, nginx } = out;
    row('2,000 slow clients: others\' requests, p50 / p99 ms', `${round(whinchat.probe_ms.p50)} / ${round(whinchat.probe_ms.p99)}`, `${round(nginx.probe_ms.p50)} / ${round(nginx.probe_ms.p99)}`, round(whinchat.probe_ms.p99 / nginx.probe_ms.p99), 'p99 ≤ 50 ms', whinchat.probe_ms.p99 <= 50);
    row('… of them failed', whinchat.probes_failed, nginx.probes_failed, '', '0', whinchat.probes_failed === 0);
  },
};

for (const [name, file] of Object.entries(programs)) {
  if (!existsSync(file)) { note(`no ${name} at ${file}; build it first: tools/build release`); process.exit(1); }
}
const fake = start(programs.fake, ['--no-log']);
await new Promise((done) => fake.stdout.on('data', (data) => { fakePort = Number(/listening on (\d+)/.exec(data)[1]); done(); }));
for (const subject of both) { await subject.start(); await answers(subject.port); }
for (const [name, part] of Object.entries(parts)) {
  if (only && !only.includes(name)) continue;
  note(name);
  try {
    await part();
  } catch (error) {
    row(name, `failed: ${error.message}`, '', '', '', false);
  }
}

const cpu = /model name\s*: (.*)/.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? os.arch();
console.log('| | whinchat | nginx | ratio | goal | met |\n|---|---|---|---|---|---|');
for (const cells of rows) console.log(`| ${cells.join(' | ')} |`);
console.log(`\n${os.cpus().length} cores (${cpu}), ${Math.round(os.totalmem() / 2 ** 30)} GiB, Linux ${os.release()}, whinchat ${round(statSync(programs.whinchat).size / 1e6, 1)} MB; nginx with 2 workers, proxy_buffering off; load, provider and server share the machine.`);
console.log(`Command: tools/bench/run ${process.argv.slice(2).join(' ')}`.trim());
await Promise.all([...children].map(stop));
process.exit(rows.some((cells) => cells[5] === 'NO') ? 1 : 0);
