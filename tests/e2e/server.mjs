// Starts and stops the real binary and the fake provider for the end-to-end tests, and talks to them.
// Every wait has a bound; only processes started here are ended, by their id. Environment: WHINCHAT_BIN,
// FAKE_PROVIDER_BIN (defaults: build/release of this repository).
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync, readdirSync, statSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';

export const repo = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = process.env.WHINCHAT_BIN || path.join(repo, 'build/release/whinchat');
export const fakeBinary = process.env.FAKE_PROVIDER_BIN || path.join(repo, 'build/release/fake_provider');

// Keys that must never be seen anywhere but in a request to their provider.
export const openaiKey = 'sk-canary-openai-5f2c9d1e7a8b4c3d';
export const claudeKey = 'sk-ant-canary-claude-91b7e6d5c4a3';

// Provider deadlines of the product, small enough for a test to see them pass.
export const shortDeadlines = { PROVIDER_CONNECT_TIMEOUT: '1', PROVIDER_HEAD_TIMEOUT: '1', PROVIDER_IDLE_TIMEOUT: '1' };

const started = new Set();
function endAll() {
  for (const child of started) {
    try { process.kill(child.pid, 'SIGKILL'); } catch { /* it is gone already */ }
  }
}
process.on('exit', endAll);
after(endAll);  // a failed test leaves its server behind, and that would keep the file from ending

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Asks until the answer is truthy; throws with `what` when the time is over.
export async function until(ask, ms, what) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await sleep(10);
  }
}

export function within(promise, ms, what) {
  let timer;
  const bound = new Promise((_, fail) => { timer = setTimeout(() => fail(new Error(`not within ${ms} ms: ${what}`)), ms); });
  return Promise.race([promise, bound]).finally(() => clearTimeout(timer));
}

export function freePort() {
  return new Promise((done, fail) => {
    const probe = net.createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => { const { port } = probe.address(); probe.close(() => done(port)); });
  });
}

export function temporaryFolder() {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'whinchat-e2e-'));
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

// A running child: { pid, stdout(), stderr(), exited: Promise<{code, signal}>, kill(signal) }.
export function run(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const seen = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => { seen.stdout += data; });
  child.stderr.on('data', (data) => { seen.stderr += data; });
  started.add(child);
  const exited = new Promise((done) => {
    child.once('error', (error) => { started.delete(child); seen.stderr += String(error); done({ code: -1, signal: null }); });
    child.once('close', (code, signal) => { started.delete(child); done({ code, signal }); });
  });
  return { pid: child.pid, child, exited, stdout: () => seen.stdout, stderr: () => seen.stderr, kill: (signal = 'SIGTERM') => child.kill(signal) };
}

// Runs to the end: { code, signal, stdout, stderr }.
export async function runToEnd(command, args, options = {}) {
  const { bound = 10000, ...rest } = options;
  const child = run(command, args, rest);
  try {
    const end = await within(child.exited, bound, `${command} ${args.join(' ')} to end`);
    return { ...end, stdout: child.stdout(), stderr: child.stderr() };
  } finally {
    if (child.child.exitCode === null) child.kill('SIGKILL');
  }
}

// The fake provider: { port, log(), stats(), reset(), directives(text), stop() }.
export async function startFake(args = [], scheme = 'http') {
  const child = run(fakeBinary, args);
  const port = Number(await until(() => /listening on (\d+)/.exec(child.stdout())?.[1] || (child.child.exitCode !== null && '0'), 5000, 'fake provider to listen'));
  if (!port) throw new Error(`fake provider did not start: ${child.stderr()}`);
  const ask = (method, target, body) => request({ port, scheme, trustAll: true }, method, target, { body });
  return {
    ...child, port,
    openaiUrl: `${scheme}://127.0.0.1:${port}/v1`,
    claudeUrl: `${scheme}://127.0.0.1:${port}`,
    log: async () => (await ask('GET', '/__log')).text.split('\n').filter(Boolean).map((line) => JSON.parse(line)),
    chats: async function () { return (await this.log()).filter((entry) => entry.method === 'POST'); },
    stats: async () => (await ask('GET', '/__stats')).json(),
    reset: () => ask('POST', '/__reset'),
    directives: (text) => ask('POST', '/__default', text),
    stop: async () => { child.kill('SIGKILL'); await child.exited; },
  };
}

// Environment of a child that inherits nothing of the tester's own settings.
export function cleanEnvironment(dir, more = {}) {
  return { PATH: process.env.PATH, HOME: dir, TZ: 'UTC', LOCAL_DISCOVERY: 'false', ...more };
}

// Starts the product. `fake`: both providers point to it. FLASK_ENV=testing (no limits) and AUTH_MODE=open unless `env` says otherwise.
// Returns { port, dir, stop(), stderr(), logFile(), everything(), … }.
export async function startServer({ fake, env = {}, args = [], files = {}, dir = temporaryFolder(), ready = true, port, command, bound = 8000 } = {}) {
  if (!existsSync(binary)) throw new Error(`there is no ${binary}; build it or set WHINCHAT_BIN`);
  const at = port ?? await freePort();
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(dir, name), text, { mode: 0o600 });
  const providers = fake
    ? { OPENAI_API_KEY: openaiKey, OPENAI_BASE_URL: fake.openaiUrl, ANTHROPIC_API_KEY: claudeKey, ANTHROPIC_BASE_URL: fake.claudeUrl }
    : {};
  const environment = cleanEnvironment(dir, { PORT: String(at), FLASK_ENV: 'testing', AUTH_MODE: 'open', LOG_FILE: 'logs/app.log', ...providers, ...env });
  for (const name of Object.keys(environment)) if (environment[name] === undefined) delete environment[name];
  const [program, ...before] = command ?? [binary];
  const child = run(program, [...before, ...args], { cwd: dir, env: environment });
  const server = {
    ...child, port: at, dir, scheme: 'http',
    logFile: () => readIfThere(path.join(dir, environment.LOG_FILE ?? 'logs/app.log')),
    everything: () => child.stdout() + child.stderr() + filesUnder(dir),
    stop: async (signal = 'SIGTERM') => {
      if (child.child.exitCode !== null || child.child.signalCode !== null) return child.exited;
      child.kill(signal);
      const hard = setTimeout(() => child.kill('SIGKILL'), 3000);
      const end = await child.exited;
      clearTimeout(hard);
      return end;
    },
  };
  if (ready) await whenReady(server, bound);
  return server;
}

async function whenReady(server, bound) {
  try {
    await until(async () => {
      if (server.child.exitCode !== null) throw new Error('it ended');
      return (await request(server, 'GET', '/api/health', { timeout: 1000 }).catch(() => null))?.status === 200;
    }, bound, 'the server to answer');
  } catch (error) {
    server.kill('SIGKILL');
    throw new Error(`the server did not start (${error.message}); it said:\n${server.stdout()}${server.stderr()}`);
  }
}

function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function filesUnder(dir) {
  let text = '';
  for (const name of readdirSync(dir)) {
    const file = path.join(dir, name);
    text += statSync(file).isDirectory() ? filesUnder(file) : readFileSync(file, 'latin1');
  }
  return text;
}

// One request on its own connection: { status, headers, rawHeaders, bytes, text, json() }. Rejects when the answer is cut.
export function request(server, method, target, { headers = {}, body, timeout = 15000, onData, signal } = {}) {
  const text = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const implied = body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body) ? { 'Content-Type': 'application/json' } : {};
  const length = text === undefined ? {} : { 'Content-Length': Buffer.byteLength(text) };
  const module = server.scheme === 'https' ? https : http;
  return new Promise((done, fail) => {
    const call = module.request({
      host: '127.0.0.1', port: server.port, method, path: target, agent: false, signal,
      headers: { ...implied, ...length, ...headers }, rejectUnauthorized: !server.trustAll, ca: server.ca, servername: server.servername,
    });
    const timer = setTimeout(() => call.destroy(new Error(`no whole answer to ${method} ${target} within ${timeout} ms`)), timeout);
    call.once('error', (error) => { clearTimeout(timer); fail(error); });
    call.once('response', (response) => {
      const parts = [];
      response.on('data', (data) => { parts.push(data); onData?.(data, response); });
      response.once('error', (error) => { clearTimeout(timer); fail(error); });
      response.once('end', () => {
        clearTimeout(timer);
        const bytes = Buffer.concat(parts);
        if (!response.complete) return fail(new Error('the answer was cut'));
        done({
          status: response.statusCode, headers: response.headers, rawHeaders: response.rawHeaders, bytes,
          get text() { return bytes.toString('utf8'); }, json() { return JSON.parse(bytes.toString('utf8')); },
        });
      });
    });
    call.end(text);
  });
}

export const post = (server, target, body, options = {}) => request(server, 'POST', target, { body, ...options });
export const chat = (server, body, options) => post(server, '/api/chat', body, options);

// The events of a text: [{...data}], comments left out. Throws on anything that is no event of ours.
export function eventsOf(text) {
  const events = [];
  for (const block of text.split('\n\n')) {
    const lines = block.split('\n').filter((line) => line !== '' && !line.startsWith(':'));
    if (lines.length === 0) continue;
    if (lines.length !== 1 || !lines[0].startsWith('data: ')) throw new Error(`not an event of ours: ${JSON.stringify(block)}`);
    events.push(JSON.parse(lines[0].slice(6)));
  }
  return events;
}

// A streamed chat, read to its end: { status, headers, raw, events, text, last }.
export async function stream(server, body, options = {}) {
  const reply = await post(server, '/api/chat/stream', body, options);
  const isStream = (reply.headers['content-type'] ?? '').startsWith('text/event-stream');
  const events = isStream ? eventsOf(reply.text) : [];
  const said = events.filter((event) => event.type === 'chunk').map((event) => event.content).join('');
  return { status: reply.status, headers: reply.headers, raw: reply.text, events, said, last: events.at(-1), json: reply.json };
}

// Sends raw bytes and reads until the server closes, `bound` ms have passed, or nothing came for `quiet` ms.
// Returns { text, bytes, closed, reset, ms, responses }.
export function raw(server, bytes, { bound = 3000, quiet = 400, keepOpen = true, gap = 0 } = {}) {
  return new Promise((done, fail) => {
    const begun = Date.now();
    const parts = [];
    let closed = false;
    let reset = false;
    let quietTimer;
    const socket = server.scheme === 'https'
      ? tls.connect({ host: '127.0.0.1', port: server.port, rejectUnauthorized: false })
      : net.connect(server.port, '127.0.0.1');
    const finish = () => {
      clearTimeout(timer);
      clearTimeout(quietTimer);
      socket.destroy();
      const all = Buffer.concat(parts);
      done({ bytes: all, text: all.toString('latin1'), closed, reset, ms: Date.now() - begun, responses: parseResponses(all) });
    };
    const timer = setTimeout(finish, bound);
    const rest = () => {
      clearTimeout(quietTimer);
      const whole = parseResponses(Buffer.concat(parts)).some((one) => one.status >= 200 && !one.unfinished);
      quietTimer = setTimeout(finish, whole ? Math.min(quiet, 150) : quiet);  // more answers may follow, but soon
    };
    socket.setNoDelay(true);
    socket.on('data', (data) => { parts.push(data); rest(); });
    socket.on('end', () => { closed = true; finish(); });
    socket.on('error', (error) => {
      if (error.code === 'ECONNREFUSED') { clearTimeout(timer); clearTimeout(quietTimer); return fail(error); }
      closed = reset = true;
      finish();
    });
    socket.on('connect', async () => {
      const list = Array.isArray(bytes) ? bytes : [bytes];
      for (const piece of list) {
        if (socket.destroyed || !socket.writable) return;
        socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
        if (gap) await sleep(gap);
      }
      if (!keepOpen) socket.end();
    });
  });
}

// Splits received bytes into HTTP responses: [{ status, headers, body }]. 1xx are kept. Stops at an unfinished one.
export function parseResponses(bytes) {
  const out = [];
  let rest = bytes;
  while (rest.length) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) break;
    const [line, ...fields] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const headers = {};
    for (const field of fields) {
      const colon = field.indexOf(':');
      headers[field.slice(0, colon).toLowerCase()] = field.slice(colon + 1).trim();
    }
    const status = Number(line.split(' ')[1]);
    rest = rest.subarray(end + 4);
    let body = Buffer.alloc(0);
    if (headers['transfer-encoding'] === 'chunked') {
      for (;;) {
        const stop = rest.indexOf('\r\n');
        if (stop < 0) return [...out, { status, headers, body: body.toString('utf8'), unfinished: true }];
        const size = parseInt(rest.subarray(0, stop).toString('latin1'), 16);
        body = Buffer.concat([body, rest.subarray(stop + 2, stop + 2 + size)]);
        rest = rest.subarray(stop + 2 + size + 2);
        if (size === 0) break;
      }
    } else if (status >= 200 && status !== 204 && status !== 304) {
      const size = Number(headers['content-length'] ?? rest.length);
      body = rest.subarray(0, size);
      rest = rest.subarray(size);
    }
    out.push({ status, headers, body: body.toString('utf8') });
  }
  return out;
}

// The text of a whole request, head and body, with the length right.
export function wire(method, target, server, { headers = {}, body = '' } = {}) {
  const lines = [`${method} ${target} HTTP/1.1`, `Host: localhost:${server.port}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (body) lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`);
  return `${lines.join('\r\n')}\r\n\r\n${Buffer.from(body).toString('latin1')}`;
}

// Resident memory in KiB.
export function residentKib(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
