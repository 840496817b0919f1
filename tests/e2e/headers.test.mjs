// The response headers of every class of route, compared with the whole expected set: nothing missing, nothing more.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { chat, request, startFake, startServer, stream } from './server.mjs';

let fake;
let server;
before(async () => {
  fake = await startFake(['--chunks', '1']);
  server = await startServer({ fake, env: { FLASK_ENV: 'development', RATELIMIT_PER_MINUTE: '1000' } });
});
after(async () => {
  await server?.stop();
  await fake?.stop();
});

const common = {
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'permissions-policy': 'browsing-topics=(), camera=(), geolocation=(), payment=(), usb=(), microphone=(self)',
};
const version = /kVersion = "([^"]+)"/.exec(readFileSync(new URL('../../src/version.h', import.meta.url), 'utf8'))[1];
const api = { ...common, 'x-whinchat-version': version, 'cache-control': 'no-store', 'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox" };
const pagePolicy = "default-src 'none'; script-src 'self'; script-src-attr 'none'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; media-src 'self' blob:; frame-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types app; report-uri /api/csp-report";

function check(reply, expected, free = []) {
  const { headers } = reply;
  for (const [name, value] of Object.entries(expected)) assert.equal(headers[name], value, name);
  assert.match(headers['x-request-id'] ?? '', /^[0-9a-f]{16}$/);
  const known = new Set([...Object.keys(expected), 'x-request-id', 'content-type', 'content-length', 'connection', 'keep-alive', 'date', 'transfer-encoding', ...free]);
  assert.deepEqual(Object.keys(headers).filter((name) => !known.has(name)), [], 'headers that nobody asked for');
  const names = reply.rawHeaders?.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()) ?? [];
  assert.equal(new Set(names).size, names.length, `a header twice: ${names}`);
}

describe('headers', () => {
  it('a page', async () => {
    const reply = await request(server, 'GET', '/', { headers: { Accept: 'text/html' } });
    assert.equal(reply.headers['content-type'], 'text/html; charset=utf-8');
    const policy = reply.headers['content-security-policy'];
    assert.equal(policy, pagePolicy);
    check(reply, { ...common, 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp', 'cache-control': 'no-cache' },
      ['content-security-policy', 'etag', 'vary', 'content-encoding', 'accept-ranges', 'last-modified']);
  });

  it('the document of previews', async () => {
    const reply = await request(server, 'GET', '/preview', { headers: { Accept: 'text/html' } });
    assert.match(reply.headers['content-security-policy'], /^sandbox allow-scripts; default-src 'none'; .*frame-ancestors 'self'$/);
    check(reply, { ...common, 'x-frame-options': 'SAMEORIGIN', 'cross-origin-embedder-policy': 'require-corp', 'connection-allowlist': '(response-origin)', 'cache-control': 'no-cache' },
      ['content-security-policy', 'etag', 'vary', 'content-encoding', 'accept-ranges', 'last-modified']);
  });

  for (const [name, target, status] of [['health', '/api/health', 200], ['models', '/api/models', 200], ['an unknown route', '/api/x', 404]]) {
    it(`${name}: JSON`, async () => {
      const reply = await request(server, 'GET', target);
      assert.equal(reply.status, status);
      assert.match(reply.headers['content-type'], /^application\/json/);
      check(reply, api);
    });
  }

  const limitHeaders = ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'vary'];
  it('a chat', async () => check(await chat(server, { message: 'a' }), api, limitHeaders));
  it('a bad chat', async () => check(await chat(server, {}), api, limitHeaders));

  it('a stream', async () => {
    const reply = await stream(server, { message: 'a' });
    check(reply, { ...api, 'cache-control': reply.headers['cache-control'], 'x-accel-buffering': 'no' }, limitHeaders);
    assert.match(reply.headers['cache-control'], /^no-(store|cache)/);
    assert.match(reply.headers['content-type'], /^text\/event-stream/);
  });

  it('a missing file', async () => check(await request(server, 'GET', '/missing.png'), common, ['cache-control', 'content-security-policy', 'vary', 'etag']));

  it('every request has another id, and the log knows it', async () => {
    const ids = [];
    for (let i = 0; i < 3; ++i) ids.push((await chat(server, { message: 'a' })).headers['x-request-id']);
    assert.equal(new Set(ids).size, 3);
    assert.ok(server.everything().includes(ids[2]), 'the id is in no log');
  });

  it('an answer with an error before routing has the common set too', async () => {
    const reply = await request(server, 'GET', '/', { headers: { Host: 'evil.test' } });
    assert.equal(reply.status, 421);
    assert.equal(reply.headers['x-content-type-options'], 'nosniff');
  });

  it('nothing tells what software answers, and no cookie is set', async () => {
    for (const target of ['/', '/api/health', '/api/x']) {
      const { headers } = await request(server, 'GET', target);
      for (const name of ['server', 'x-powered-by', 'set-cookie', 'x-xss-protection', 'strict-transport-security']) assert.equal(headers[name], undefined, name);
    }
  });

  it('CORS only for the exact origins of the list', async () => {
    const own = await startServer({ fake, env: { CORS_ORIGINS: 'https://app.example.org,https://two.example.org' } });
    const from = (origin, method = 'GET', more = {}) => request(own, method, method === 'GET' ? '/api/health' : '/api/chat', { headers: { Origin: origin, ...more } });
    const good = await from('https://app.example.org');
    assert.equal(good.headers['access-control-allow-origin'], 'https://app.example.org');
    assert.match(good.headers.vary, /Origin/i);
    assert.equal(good.headers['access-control-allow-credentials'], undefined);
    for (const origin of ['https://evil.test', 'https://app.example.org.evil.test', 'http://app.example.org', 'null']) {
      assert.equal((await from(origin)).headers['access-control-allow-origin'], undefined, origin);
    }
    const preflight = await from('https://two.example.org', 'OPTIONS', { 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'content-type' });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers['access-control-allow-origin'], 'https://two.example.org');
    assert.match(preflight.headers['access-control-allow-methods'], /POST/);
    assert.match(preflight.headers['access-control-allow-headers'], /content-type/i);
    assert.equal(preflight.headers['access-control-max-age'], '600');
    const posted = await chat(own, { message: 'a' }, { headers: { Origin: 'https://app.example.org', 'Sec-Fetch-Site': 'cross-site' } });
    assert.equal(posted.status, 200);
    assert.equal(posted.headers['access-control-allow-origin'], 'https://app.example.org');
    await own.stop();
  });

  it('a star or null among the origins is refused at start', async () => {
    for (const value of ['*', 'null', 'https://a.example, *']) await assert.rejects(startServer({ fake, env: { CORS_ORIGINS: value } }), /CORS_ORIGINS/);
  });
});
