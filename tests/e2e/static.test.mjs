// The app's files: fallback to the page, what is 404, validators, compressed forms, HEAD, methods.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import zlib from 'node:zlib';
import { request, startServer, temporaryFolder } from './server.mjs';

let server;
let scripts;  // what the page asks for: hashed names
before(async () => {
  server = await startServer();
  const page = (await get('/')).text;
  scripts = [...page.matchAll(/(?:src|href)="(\/[^"]+\.(?:js|css))"/g)].map((match) => match[1]);
});
after(() => server?.stop());

const get = (target, headers = {}, method = 'GET') => request(server, method, target, { headers });

describe('the page', () => {
  it('is at / and at /chat', async () => {
    for (const target of ['/', '/chat']) {
      const reply = await get(target, { Accept: 'text/html' });
      assert.equal(reply.status, 200, target);
      assert.match(reply.headers['content-type'], /^text\/html; charset=utf-8$/);
      assert.match(reply.text, /^<!doctype html>/i);
    }
  });
  it('is what unknown places without a dot get, when a page is asked for', async () => {
    for (const target of ['/somewhere', '/c/123', '/deep/er/place?x=1']) {
      const reply = await get(target, { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
      assert.equal(reply.status, 200, target);
      assert.match(reply.text, /^<!doctype html>/i);
    }
  });
  it('is not what anything else gets', async () => {
    for (const target of ['/api', '/api/', '/api/x', '/api/x/y', '/x.js', '/a/b.css', '/favicon.bad', '/robots.zip']) {
      const reply = await get(target, { Accept: 'text/html' });
      assert.equal(reply.status, 404, target);
      assert.doesNotMatch(reply.text, /<!doctype/i);
      if (target.startsWith('/api')) assert.equal(typeof reply.json().error, 'string');
    }
    assert.equal((await get('/somewhere', { Accept: 'application/json' })).status, 404);
  });
  it('asks for scripts and styles, and all of them are there', async () => {
    assert.ok(scripts.length >= 1, 'the page loads nothing');
    for (const target of scripts) assert.equal((await get(target)).status, 200, target);
  });
  it('has nothing inline and nothing from elsewhere', async () => {
    for (const target of ['/', '/chat']) {
      const { text } = await get(target);
      assert.doesNotMatch(text, /<script(?![^>]*\ssrc=)[^>]*>[^<]/i);
      assert.doesNotMatch(text, /<style|\sstyle=|\son\w+=/i);
      assert.doesNotMatch(text, /(?:src|href)="(?:https?:)?\/\//i);
    }
  });
});

describe('files', () => {
  it('hashed names are kept for ever, the rest is asked for again', async () => {
    const hashed = scripts.filter((target) => /-[\w-]{8,}\.(js|css)$/.test(target));
    assert.ok(hashed.length > 0, `no hashed names in ${scripts}`);
    for (const target of hashed) assert.equal((await get(target)).headers['cache-control'], 'public, max-age=31536000, immutable');
    for (const target of ['/', '/manifest.webmanifest', '/sw.js']) {
      const reply = await get(target);
      assert.equal(reply.status, 200, target);
      assert.equal(reply.headers['cache-control'], 'no-cache');
      assert.match(reply.headers.etag, /^"[^"]+"$/);
    }
  });
  it('types are right', async () => {
    for (const [target, type] of [['/manifest.webmanifest', /^application\/manifest\+json/], ['/sw.js', /^text\/javascript/]]) {
      assert.match((await get(target)).headers['content-type'], type, target);
    }
    for (const target of scripts) assert.match((await get(target)).headers['content-type'], target.endsWith('.css') ? /^text\/css/ : /^text\/javascript/);
    assert.equal((await get('/sw.js')).headers['service-worker-allowed'], '/');
  });
  it('304 for the same, 200 for another', async () => {
    for (const target of ['/', '/sw.js', scripts[0]]) {
      const { etag } = (await get(target)).headers;
      if (!etag) continue;
      for (const value of [etag, `"other", ${etag}`, `W/${etag}`, '*']) {
        const same = await get(target, { 'If-None-Match': value });
        assert.equal(same.status, 304, `${target} ${value}`);
        assert.equal(same.bytes.length, 0);
        assert.equal(same.headers.etag?.replace('W/', ''), etag.replace('W/', ''));
      }
      assert.equal((await get(target, { 'If-None-Match': '"other"' })).status, 200);
    }
  });
  it('identity, gzip and br are the same file; the choice follows Accept-Encoding', async () => {
    const target = scripts.find((one) => one.endsWith('.js'));
    const plain = await get(target);
    assert.equal(plain.headers['content-encoding'], undefined);
    const gzip = await get(target, { 'Accept-Encoding': 'gzip' });
    const br = await get(target, { 'Accept-Encoding': 'gzip, deflate, br' });
    assert.equal(gzip.headers['content-encoding'], 'gzip');
    assert.equal(br.headers['content-encoding'], 'br');
    const hash = (bytes) => createHash('sha256').update(bytes).digest('hex');
    assert.equal(hash(zlib.gunzipSync(gzip.bytes)), hash(plain.bytes));
    assert.equal(hash(zlib.brotliDecompressSync(br.bytes)), hash(plain.bytes));
    assert.ok(br.bytes.length < plain.bytes.length);
    for (const reply of [plain, gzip, br]) assert.match(reply.headers.vary ?? '', /Accept-Encoding/i);
    if (plain.headers.etag) assert.notEqual(br.headers.etag, plain.headers.etag, 'another representation, another tag');
    for (const refused of ['br;q=0, gzip;q=0', 'identity', 'br;q=0']) assert.notEqual((await get(target, { 'Accept-Encoding': refused })).headers['content-encoding'], 'br', refused);
    assert.equal((await get(target, { 'Accept-Encoding': 'br;q=0, gzip' })).headers['content-encoding'], 'gzip');
  });
  it('HEAD is GET without the body', async () => {
    for (const target of ['/', scripts[0], '/api/health', '/missing.js']) {
      const [whole, head] = [await get(target), await get(target, {}, 'HEAD')];
      assert.equal(head.status, whole.status, target);
      assert.equal(head.bytes.length, 0);
      assert.equal(head.headers['content-type'], whole.headers['content-type']);
      if (target !== '/api/health') assert.equal(head.headers['content-length'], whole.headers['content-length'], target);
    }
  });
  it('other methods are 405 with Allow', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const reply = await get('/', {}, method);
      assert.equal(reply.status, 405, method);
      assert.match(reply.headers.allow, /GET/);
      assert.match(reply.headers.allow, /HEAD/);
    }
  });
  it('a range, if served, is right', async () => {
    const target = scripts[0];
    const whole = await get(target);
    const part = await get(target, { Range: 'bytes=0-9' });
    assert.ok([200, 206].includes(part.status));
    if (part.status === 206) {
      assert.deepEqual(part.bytes, whole.bytes.subarray(0, 10));
      assert.equal(part.headers['content-range'], `bytes 0-9/${whole.bytes.length}`);
    }
  });
});

describe('WHINCHAT_ASSETS', () => {
  it('serves a folder instead, fresh at every request, and nothing outside of it', async () => {
    const dir = temporaryFolder();
    mkdirSync(`${dir}/dist`);
    writeFileSync(`${dir}/dist/index.html`, '<!doctype html><p>one');
    writeFileSync(`${dir}/secret.txt`, 'outside');
    const own = await startServer({ dir, env: { WHINCHAT_ASSETS: `${dir}/dist` } });
    assert.match((await request(own, 'GET', '/')).text, /one/);
    writeFileSync(`${dir}/dist/index.html`, '<!doctype html><p>two');
    assert.match((await request(own, 'GET', '/')).text, /two/);
    for (const target of ['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt']) assert.doesNotMatch((await request(own, 'GET', target)).text, /outside/);
    await own.stop();
  });
});
