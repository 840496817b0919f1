// HTTPS on both sides: our listener and its certificates, and the verification of providers.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import tls from 'node:tls';
import { chat, freePort, openaiKey, raw, request, runToEnd, sleep, startFake, startServer, stream, temporaryFolder, until } from './server.mjs';

let dir;
let fake;
let server;
let secure;  // where the HTTPS listener is

const openssl = async (...args) => {
  const end = await runToEnd('openssl', args);
  assert.equal(end.code, 0, end.stderr);
};

// A certificate by our test CA: PREFIX.pem and PREFIX.key.
async function certificate(prefix, names, more = ['-days', '2']) {
  await openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${dir}/${prefix}.key`, '-out', `${dir}/${prefix}.csr`, '-subj', `/CN=${prefix}`);
  writeFileSync(`${dir}/${prefix}.ext`, `subjectAltName=${names}\n`);
  await openssl('x509', '-req', '-in', `${dir}/${prefix}.csr`, '-CA', `${dir}/ca.pem`, '-CAkey', `${dir}/ca.key`, '-CAcreateserial', '-out', `${dir}/${prefix}.pem`, '-extfile', `${dir}/${prefix}.ext`, ...more);
}

before(async () => {
  dir = temporaryFolder();
  await openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${dir}/ca.key`, '-out', `${dir}/ca.pem`, '-days', '2', '-subj', '/CN=Test CA');
  const here = 'DNS:localhost,IP:127.0.0.1';
  await certificate('first', here);
  await certificate('second', here);
  await certificate('other', 'DNS:other.test');
  await certificate('expired', here, ['-not_before', '20200101000000Z', '-not_after', '20200102000000Z']).catch(() => certificate('expired', here, ['-days', '-1']));
  copyFileSync(`${dir}/first.pem`, `${dir}/cert.pem`);
  copyFileSync(`${dir}/first.key`, `${dir}/key.pem`);
  fake = await startFake(['--chunks', '2']);
  const port = await freePort();
  server = await startServer({ fake, dir, env: { TLS_CERT_FILE: `${dir}/cert.pem`, TLS_KEY_FILE: `${dir}/key.pem`, TLS_PORT: String(port) } });
  secure = { scheme: 'https', port, trustAll: true, servername: 'localhost' };
});
after(async () => {
  await server?.stop();
  await fake?.stop();
});

// A handshake: { subject, protocol, cipher, alpn, authorized } or the error.
function handshake(options = {}) {
  return new Promise((done) => {
    const socket = tls.connect({ host: '127.0.0.1', port: secure.port, servername: 'localhost', rejectUnauthorized: false, ...options }, () => {
      done({ subject: socket.getPeerCertificate().subject?.CN, protocol: socket.getProtocol(), cipher: socket.getCipher().name, alpn: socket.alpnProtocol, authorized: socket.authorized });
      socket.destroy();
    });
    socket.once('error', (error) => done({ error: error.code ?? error.message }));
    setTimeout(() => { socket.destroy(); done({ error: 'no answer' }); }, 3000).unref();
  });
}

describe('the listener', () => {
  it('serves HTTPS and plain HTTP side by side', async () => {
    for (const at of [secure, server]) {
      assert.equal((await request(at, 'GET', '/api/health')).status, 200);
      assert.equal((await chat(at, { message: 'a' })).json().message, 'w0 w1 ');
      assert.equal((await stream(at, { message: 'a' })).last.type, 'done');
    }
  });
  it('the chain verifies', async () => assert.equal((await handshake({ ca: readFileSync(`${dir}/ca.pem`), rejectUnauthorized: true })).authorized, true));
  it('sends HSTS over TLS to names, never to localhost', async () => {
    assert.equal((await request(secure, 'GET', '/', { headers: { Host: `localhost:${secure.port}` } })).headers['strict-transport-security'], undefined);
  });
  it('speaks TLS 1.2 and 1.3, nothing older', async () => {
    assert.equal((await handshake({ maxVersion: 'TLSv1.2' })).protocol, 'TLSv1.2');
    assert.equal((await handshake()).protocol, 'TLSv1.3');
    for (const version of ['TLSv1', 'TLSv1.1']) {
      const seen = await handshake({ minVersion: version, maxVersion: version, ciphers: 'ALL:@SECLEVEL=0' });
      assert.ok(seen.error, `${version}: ${JSON.stringify(seen)}`);
    }
  });
  it('has no CBC, no RSA key exchange, and its own order', async () => {
    for (const ciphers of ['ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA', 'AES128-GCM-SHA256']) {
      assert.ok((await handshake({ maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` })).error, ciphers);
    }
    const seen = await handshake({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256' });
    assert.equal(seen.cipher, 'ECDHE-ECDSA-AES128-GCM-SHA256');
  });
  it('ALPN is http/1.1', async () => assert.equal((await handshake({ ALPNProtocols: ['h2', 'http/1.1'] })).alpn, 'http/1.1'));
  it('HTTP on the TLS port is told so', async () => {
    const reply = await raw({ port: secure.port }, `GET / HTTP/1.1\r\nHost: localhost:${secure.port}\r\n\r\n`);
    assert.equal(reply.responses[0]?.status, 400);
    assert.match(reply.text, /https/i);
    assert.ok(reply.closed);
  });
  it('rubbish and silence on the TLS port hurt nobody', async () => {
    const reply = await raw({ port: secure.port }, Buffer.from('160301ffff0100', 'hex').toString('latin1'), { bound: 600 });
    assert.equal(reply.responses.length, 0);
    assert.equal((await request(secure, 'GET', '/api/health')).status, 200);
  });
  it('an unknown name gets the certificate and then 421', async () => {
    assert.equal((await handshake({ servername: 'evil.test' })).subject, 'first');
    assert.equal((await request({ ...secure, servername: 'evil.test' }, 'GET', '/', { headers: { Host: 'evil.test' } })).status, 421);
  });
  it('pipelined and large requests pass', async () => {
    const one = `GET /api/health HTTP/1.1\r\nHost: localhost:${secure.port}\r\n\r\n`;
    assert.deepEqual((await raw(secure, one + one + one)).responses.map((reply) => reply.status), [200, 200, 200]);
    assert.equal((await chat(secure, { message: 'x', history: Array(9).fill({ role: 'user', content: 'y'.repeat(99999) }) })).status, 200);
  });
});

describe('new certificates', () => {
  const swap = (name) => {
    for (const [from, to] of [['pem', 'cert.pem'], ['key', 'key.pem']]) {
      copyFileSync(`${dir}/${name}.${from}`, `${dir}/new`);
      renameSync(`${dir}/new`, `${dir}/${to}`);
    }
  };
  const shown = async (name, ms = 4000) => until(async () => (await handshake()).subject === name, ms, `the certificate "${name}"`);

  it('SIGHUP takes the new pair; open streams go on; no handshake fails meanwhile', async () => {
    const running = stream(secure, { message: 'fake:chunks=30,delay_ms=50' });
    let failed = 0;
    let done = false;
    const loop = (async () => { while (!done) { if ((await handshake()).error) ++failed; await sleep(20); } })();
    await sleep(100);
    swap('second');
    server.kill('SIGHUP');
    await shown('second', 2000);
    done = true;
    await loop;
    assert.equal(failed, 0);
    assert.equal((await running).last.type, 'done');
  });
  it('a change of the files is seen without a signal', async () => {
    swap('first');
    await shown('first', 12000);
  });
  it('a bad pair is refused and the old one kept, and the log says so', async () => {
    copyFileSync(`${dir}/second.pem`, `${dir}/cert.pem`);  // the key is still the first one's
    server.kill('SIGHUP');
    await until(() => /certificate|TLS_CERT_FILE|key/i.test(server.stderr() + server.logFile()) && /error|warn/i.test(server.stderr() + server.logFile()), 4000, 'the log to tell');
    assert.equal((await handshake()).subject, 'first');
    writeFileSync(`${dir}/cert.pem`, 'rubbish');
    server.kill('SIGHUP');
    await sleep(300);
    assert.equal((await handshake()).subject, 'first');
    swap('second');
    server.kill('SIGHUP');
    await shown('second', 2000);
  });
});

describe('HTTPS to a provider', { concurrency: 4 }, () => {
  const provider = async (name, more = {}) => {
    const upstream = await startFake(['--chunks', '2', '--tls', `${dir}/${name}.pem`, `${dir}/${name}.key`], 'https');
    const own = await startServer({ env: { OPENAI_API_KEY: openaiKey, OPENAI_BASE_URL: `https://localhost:${upstream.port}/v1`, CA_FILE: `${dir}/ca.pem`, LOOPS: '1', ...more } });
    return { upstream, own, stop: async () => { await own.stop(); await upstream.stop(); } };
  };
  it('verifies by CA_FILE, keeps the connection, resumes sessions', async () => {
    const { upstream, own, stop } = await provider('first', { LOOPS: '1' });  // each loop keeps connections of its own
    // A reply whose end comes later than 50 ms after its last word costs its connection: on a busy machine that happens.
    let kept = [];
    for (let i = 0; i < 15 && (kept.length < 3 || new Set(kept).size > 1); ++i) {
      assert.equal((await chat(own, { message: 'a' })).status, 200);
      kept = (await upstream.chats()).slice(-3).map((entry) => entry.connection);
    }
    assert.equal(new Set(kept).size, 1, 'one connection for three chats');
    const resumed = async () => (await upstream.stats()).tls_resumed >= 1;
    for (let i = 0; i < 5 && !(await resumed()); ++i) { // a connection that was given up early has brought no ticket
      await chat(own, { message: 'fake:close_idle' });
      await chat(own, { message: 'b' });
    }
    assert.ok(await resumed(), 'the second handshake resumes');
    await stop();
  });
  for (const [why, name, more] of [['another name', 'other', {}], ['an expired certificate', 'expired', {}], ['an unknown CA', 'first', { CA_FILE: undefined, SSL_CERT_FILE: undefined }]]) {
    it(`refuses ${why} and sends nothing`, async () => {
      const { upstream, own, stop } = await provider(name, more);
      const reply = await chat(own, { message: 'a' });
      assert.ok([502, 503].includes(reply.status), reply.text);
      assert.equal(reply.json().code, 'provider_unavailable');
      assert.equal((await upstream.chats()).length, 0, 'the request and the key were sent');
      await until(() => /certificate|verif/i.test(own.everything()), 2000, 'the log to say why');
      await stop();
    });
  }
});
