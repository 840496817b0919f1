// A client that goes away: the provider's connection must close within 250 ms, however it left.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import tls from 'node:tls';
import { freePort, request, runToEnd, sleep, startFake, startServer, temporaryFolder, until, wire } from './server.mjs';

let fake;
let server;
let dir;
let tlsPort;
before(async () => {
  dir = temporaryFolder();
  await runToEnd('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${dir}/key.pem`, '-out', `${dir}/cert.pem`, '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']);
  readFileSync(path.join(dir, 'cert.pem'));
  fake = await startFake();
  tlsPort = await freePort();
  server = await startServer({ fake, dir, env: { DEFAULT_MODEL: 'gpt-4o', TLS_CERT_FILE: `${dir}/cert.pem`, TLS_KEY_FILE: `${dir}/key.pem`, TLS_PORT: String(tlsPort) } });
});
after(async () => {
  await server?.stop();
  await fake?.stop();
});

let tag = 0;

// Opens a stream, waits for its first chunk (or for the provider to have it), leaves by `leave`, measures.
async function leaves({ secure = false, directive = 'hang_after=1', target = '/api/chat/stream', before = '', waitFor = '"chunk"', leave }) {
  const mine = `${directive},tag=${++tag}`;
  const at = { port: secure ? tlsPort : server.port };
  const text = wire('POST', target, at, { body: JSON.stringify({ message: `fake:${mine}` }) });
  const below = net.connect({ host: '127.0.0.1', port: at.port, allowHalfOpen: true });
  below.on('error', () => {});
  const socket = secure ? tls.connect({ socket: below, rejectUnauthorized: false }) : below;
  let got = '';
  socket.on('data', (data) => { got += data; });
  socket.on('error', () => {});
  await new Promise((done) => socket.once(secure ? 'secureConnect' : 'connect', done));
  socket.write(before + text);
  if (waitFor) await until(() => got.includes(waitFor), 4000, `${waitFor} in ${got}`);
  const upstream = async () => (await fake.chats()).find((entry) => entry.body.includes(mine));
  await until(upstream, 4000, 'the provider to be asked');
  const left = Date.now();
  leave(socket, below);
  const entry = await until(async () => { const one = await upstream(); return one.closed_early && one; }, 1500, 'the upstream connection to close');
  socket.destroy();
  return entry.closed_ms - left;
}

const ways = {
  FIN: (socket) => socket.end(),
  RST: (socket) => socket.resetAndDestroy(),
};

describe('a client that leaves', () => {
  for (const [name, leave] of Object.entries(ways)) {
    it(`${name} while the provider is silent`, async () => assert.ok(await leaves({ leave }) <= 250));
    it(`${name} while it streams`, async () => assert.ok(await leaves({ leave, directive: 'chunks=100000,delay_ms=5' }) <= 250));
    it(`${name} while it saturates`, async () => assert.ok(await leaves({ leave, directive: 'saturate' }) <= 250));
    it(`${name} before the provider's head`, async () => assert.ok(await leaves({ leave, directive: 'hang_head', waitFor: '' }) <= 250));
    it(`${name} on /api/chat`, async () => assert.ok(await leaves({ leave, target: '/api/chat', waitFor: '' }) <= 250));
    it(`${name} between retries`, async () => {
      const socket = net.connect({ host: '127.0.0.1', port: server.port });
      socket.on('error', () => {});
      socket.write(wire('POST', '/api/chat', server, { body: JSON.stringify({ message: `fake:status=503,retry_after=1,tag=retry${name}` }) }));
      const mine = async () => (await fake.chats()).filter((entry) => entry.body.includes(`tag=retry${name}`)).length;
      await until(mine, 2000, 'the first try');
      leave(socket);
      await sleep(1500);
      assert.equal(await mine(), 1, 'tried again for nobody');
    });
  }

  it('FIN behind pipelined bytes', async () => {
    assert.ok(await leaves({ leave: (socket) => { socket.write(wire('GET', '/api/health', server)); socket.end(); } }) <= 250);
  });
  it('RST behind pipelined bytes', async () => {
    assert.ok(await leaves({ leave: (socket) => { socket.write(wire('GET', '/api/health', server), () => socket.resetAndDestroy()); } }) <= 250);
  });
  it('as the second request of a connection', async () => {
    assert.ok(await leaves({ before: wire('GET', '/api/health', server), leave: ways.FIN }) <= 250);
  });
  it('TLS, with close_notify', async () => assert.ok(await leaves({ secure: true, leave: (socket) => socket.end() }) <= 250));
  it('TLS, with a bare FIN', async () => assert.ok(await leaves({ secure: true, leave: (socket, below) => below.destroy() }) <= 250));
  it('TLS, with RST', async () => assert.ok(await leaves({ secure: true, leave: (socket, below) => below.resetAndDestroy() }) <= 250));

  it('300 at once leave nothing behind', async () => {
    const open = async () => (await fake.stats()).answering;
    const sockets = [];
    for (let i = 0; i < 300; ++i) {
      const socket = net.connect({ host: '127.0.0.1', port: server.port });
      socket.on('error', () => {});
      socket.resume();
      socket.write(wire('POST', '/api/chat/stream', server, { body: '{"message":"fake:hang_after=1"}' }));
      sockets.push(socket);
    }
    await until(async () => await open() >= 300, 8000, '300 streams to run');
    sockets.forEach((socket, i) => (i % 2 ? socket.resetAndDestroy() : socket.destroy()));
    await until(async () => await open() === 0, 2000, 'all upstream calls to end');
    assert.equal((await request(server, 'GET', '/api/health')).status, 200);
  });

  it('the message ends the answer, not the provider\'s connection, when it is complete', async () => {
    const reply = await request(server, 'POST', '/api/chat/stream', { body: { message: 'fake:chunks=2,tag=whole' } });
    assert.equal(reply.status, 200);
    const [entry] = (await fake.chats()).filter((one) => one.body.includes('tag=whole'));
    assert.equal(entry.closed_early, false);
  });
});
