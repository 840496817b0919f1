// SIGTERM: no new connections, readiness 503, running streams may finish, then an error event and a clean end; exit 0.
import assert from 'node:assert/strict';
import { existsSync, renameSync } from 'node:fs';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { chat, request, sleep, startFake, startServer, stream, until, within, wire } from './server.mjs';

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
