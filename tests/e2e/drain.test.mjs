// SIGTERM: no new connections, readiness 503, running streams may finish, then an error event and a clean end; exit 0.
import assert from 'node:assert/strict';
import { existsSync, renameSync } from 'node:fs';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { binary, chat, cleanEnvironment, request, run, runToEnd, sleep, startFake, startServer, stream, temporaryFolder, until, within, wire } from './server.mjs';

let fake;
before(async () => { fake = await startFake(); });
after(async () => { await fake?.stop(); });

const start = (seconds) => startServer({ fake, env: { DRAIN_SECONDS: String(seconds) } });

// A stream that is running: { whole: Promise<reply>, firstChunk: Promise }.
function running(server, directive) {
  let first;
  const firstChunk = new Promise((done) => { first = done; });
  const whole = stream(server, { message: `fake:${directive}` }, { onData: (data) => { if (data.includes('"chunk"')) first(); } });
  whole.catch(() => {});
  return { whole, firstChunk };
}

describe('SIGTERM', { concurrency: 4 }, () => {
  it('a stream that ends in time ends whole; then the process ends with 0', async () => {
    const server = await start(10);
    const one = running(server, 'chunks=20,delay_ms=50');
    await one.firstChunk;
    const begun = Date.now();
    server.kill('SIGTERM');
    const reply = await one.whole;
    assert.equal(reply.last.type, 'done');
    assert.equal(reply.events.filter((event) => event.type === 'chunk').length, 20);
    const end = await within(server.exited, 2000, 'the process to end');
    assert.deepEqual(end, { code: 0, signal: null });
    assert.ok(Date.now() - begun < 4000, 'it waits no longer than needed');
  });

  it('a /api/chat that ends in time is answered', async () => {
    const server = await start(10);
    const reply = chat(server, { message: 'fake:chunks=10,delay_ms=50' });
    await until(async () => (await fake.chats()).some((entry) => entry.body.includes('chunks=10,delay_ms=50')), 2000, 'the provider to be asked');
    server.kill('SIGTERM');
    assert.equal((await reply).status, 200);
    assert.equal((await within(server.exited, 2000, 'the process to end')).code, 0);
  });

  it('new connections are refused at once; a kept one learns that it is not ready', async () => {
    const server = await start(10);
    const kept = net.connect(server.port, '127.0.0.1');
    kept.on('error', () => {});
    let said = '';
    kept.on('data', (data) => { said += data; });
    kept.write(wire('GET', '/api/ready', server));
    await until(() => said.includes('HTTP/1.1 200'), 2000, 'ready at first');
    const one = running(server, 'chunks=1000,delay_ms=20');
    await one.firstChunk;
    server.kill('SIGTERM');
    await sleep(150);
    await assert.rejects(request(server, 'GET', '/api/health'), /ECONNREFUSED|ECONNRESET/);
    said = '';
    let closed = kept.destroyed;  // the end may have come already
    kept.once('close', () => { closed = true; });
    if (!kept.destroyed) kept.write(wire('GET', '/api/ready', server));
    await until(() => closed || said.includes('HTTP/1.1 503'), 1000, '503 or a closed connection');
    server.kill('SIGTERM');
    await within(server.exited, 2000, 'the process to end');
  });

  it('a stream that does not end in time ends with an error event and a clean end of the body', async () => {
    const server = await start(1);
    const one = running(server, 'chunks=100000,delay_ms=20');
    await one.firstChunk;
    const begun = Date.now();
    server.kill('SIGTERM');
    const reply = await one.whole;  // rejects when the chunked body is cut
    const took = Date.now() - begun;
    assert.ok(took > 800 && took < 2500, `${took} ms`);
    assert.equal(reply.last.type, 'error');
    assert.equal(reply.last.code, 'unavailable');
    assert.match(reply.last.error, /^[A-Z].{10,}\.$/);
    assert.deepEqual(await within(server.exited, 2000, 'the process to end'), { code: 0, signal: null });
    await until(async () => (await fake.stats()).answering === 0, 2000, 'the upstream call to end');
  });

  it('so does one whose provider is silent', async () => {
    const server = await start(1);
    const one = running(server, 'hang_after=1');
    await one.firstChunk;
    server.kill('SIGTERM');
    const reply = await one.whole;
    assert.equal(reply.last.type, 'error');
    assert.equal((await within(server.exited, 2000, 'the process to end')).code, 0);
  });

  it('a second SIGTERM ends it now', async () => {
    const server = await start(30);
    const one = running(server, 'hang_after=1');
    await one.firstChunk;
    server.kill('SIGTERM');
    await sleep(200);
    const begun = Date.now();
    server.kill('SIGTERM');
    await within(server.exited, 1500, 'the process to end');
    assert.ok(Date.now() - begun < 1500);
    await one.whole.then((reply) => assert.equal(reply.last.type, 'error'), () => {});
  });

  for (const signal of ['SIGTERM', 'SIGINT']) {
    it(`idle, with idle connections, ${signal} ends it at once`, async () => {
      const server = await start(30);
      const kept = net.connect(server.port, '127.0.0.1');
      kept.on('error', () => {});
      kept.resume();
      kept.write(wire('GET', '/api/health', server));
      await sleep(100);
      const begun = Date.now();
      server.kill(signal);
      assert.equal((await within(server.exited, 2000, 'the process to end')).code, 0);
      assert.ok(Date.now() - begun < 1000, `${Date.now() - begun} ms`);
      kept.destroy();
    });
  }

  it('SIGHUP does not end it and reopens the log', async () => {

    const server = await start(1);
    await chat(server, { message: 'a' });
    const log = `${server.dir}/logs/app.log`;
    await until(() => existsSync(log), 2000, 'a log file');
    renameSync(log, `${log}.1`);
    server.kill('SIGHUP');
    await until(async () => { await chat(server, { message: 'a' }); return existsSync(log); }, 3000, 'a new log file');
    await server.stop();
  });
});

// As an application would start it: any free port, whose address is the first line of standard output, and a pipe.
describe('STOP_WITH_STDIN', () => {
  const environment = (dir) => cleanEnvironment(dir, {
    PORT: '0', FLASK_ENV: 'testing', STOP_WITH_STDIN: 'true', DATA_DIR: dir, OPENAI_API_KEY: 'sk-x', OPENAI_BASE_URL: fake.openaiUrl,
  });
  const portOf = (child) => until(() => /^Whinchat is ready: http:\/\/localhost:(\d+)$/m.exec(child.stdout())?.[1], 5000, 'the address');

  it('when the pipe ends, running answers finish and the process ends with 0; what comes through it is ignored', async () => {
    const dir = temporaryFolder();
    const child = run(binary, [], { cwd: dir, env: environment(dir), stdio: ['pipe', 'pipe', 'pipe'] });
    const server = { port: Number(await portOf(child)), scheme: 'http' };
    child.child.stdin.write('x'.repeat(100_000));
    const one = running(server, 'chunks=20,delay_ms=50');
    await one.firstChunk;
    child.child.stdin.end();
    assert.equal((await one.whole).last.type, 'done');
    assert.deepEqual(await within(child.exited, 3000, 'the process to end'), { code: 0, signal: null });
  });

  it('a program that is killed takes it along, and the next one can start on the same data', async () => {
    const dir = temporaryFolder();
    const parent = "require('node:child_process').spawn(process.argv[1], { stdio: ['pipe', 'inherit', 'inherit'] })";
    const started = run(process.execPath, ['-e', parent, binary], { cwd: dir, env: environment(dir) });
    await portOf(started);
    started.kill('SIGKILL');
    await within(started.exited, 5000, 'both to end'); // when nobody holds its output any more
    const next = run(binary, [], { cwd: dir, env: environment(dir), stdio: ['pipe', 'pipe', 'pipe'] });
    await portOf(next);
    next.child.stdin.end();
    assert.equal((await within(next.exited, 3000, 'the process to end')).code, 0);
  });

  it('without a pipe it says what it needs and does not start', async () => {
    const dir = temporaryFolder();
    const end = await runToEnd(binary, [], { cwd: dir, env: environment(dir) });
    assert.equal(end.code, 1);
    assert.match(end.stderr, /error: STOP_WITH_STDIN needs a pipe as standard input/);
  });
});
