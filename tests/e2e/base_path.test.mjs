// BASE_PATH: the same binary under /, /a/ and /a/b/. Everything that a browser is told stands under the path, nothing beside it.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { freePort, request, run, binary, cleanEnvironment, temporaryFolder, until } from './server.mjs';

const children = [];
after(() => children.forEach((child) => child.kill('SIGKILL')));

async function startAt(base) {
  const [port, dir] = [await freePort(), temporaryFolder()];
  const child = run(binary, [], { cwd: dir, env: cleanEnvironment(dir, { PORT: String(port), FLASK_ENV: 'testing', BASE_PATH: base, DEMO: 'true' }) });
  children.push(child);
  const server = { ...child, port, scheme: 'http' };
  await until(async () => (await request(server, 'GET', `${base}api/health`).catch(() => null))?.status === 200, 8000, `an answer under ${base}`);
  return server;
}

// Addresses in a page, a manifest or JSON that begin at the root of the host.
const addresses = (text) => [...text.matchAll(/"(\/[^"/][^"]*|\/)"/g)].map((match) => match[1]);

for (const base of ['/', '/a/', '/a/b/']) {
  describe(`under ${base}`, () => {
    let server;
    const html = { Accept: 'text/html' };
    const get = (target, headers = {}) => request(server, 'GET', target, { headers });
    it('starts and answers there', async () => {
      server = await startAt(base);
      const health = await get(`${base}api/health`);
      assert.equal(health.json().status, 'healthy');
    });
    it('every page, also a deep link, names files that are there', async () => {
      for (const path of ['', 'chat', 'c/0190aaaa-bbbb', 'account/usage']) {
        const page = await get(base + path, html);
        assert.equal(page.status, 200, path);
        const named = addresses(page.text);
        assert.ok(named.length >= 5, path);
        for (const address of named) {
          assert.ok(address.startsWith(base), `${path}: ${address}`);
          assert.equal((await get(address)).status, 200, address);
        }
      }
    });
    it('the manifest starts, stays and takes its pictures there', async () => {
      const manifest = (await get(`${base}manifest.webmanifest`)).json();
      assert.equal(manifest.id, base);
      assert.equal(manifest.scope, base);
      assert.equal(manifest.start_url, `${base}chat`);
      for (const { src } of [...manifest.icons, ...(manifest.screenshots ?? [])]) assert.equal((await get(src)).status, 200, src);
      for (const { url } of manifest.shortcuts) assert.ok(url.startsWith(base), url);
    });
    it('scripts and styles name each other relatively, so one build is right everywhere', async () => {
      const page = (await get(base, html)).text;
      for (const address of addresses(page).filter((one) => /\.(js|css)$/.test(one))) {
        const { text } = await get(address);
        assert.doesNotMatch(text, /["'(]\/assets\//, address);
        assert.equal((await get(address, { 'If-None-Match': (await get(address)).headers.etag })).status, 304);
      }
    });
    it('the worker is there and may stand for all of it', async () => {
      const worker = await get(`${base}sw.js`);
      assert.equal(worker.status, 200);
      assert.equal(worker.headers['service-worker-allowed'], base);
    });
    it('the policy reports there, the description says so', async () => {
      assert.match((await get(base, html)).headers['content-security-policy'], new RegExp(`report-uri ${base}api/csp-report$`));
      assert.equal((await get(`${base}api/openapi.json`)).json().servers[0].url, base);
    });
    it('answers stream there', async () => {
      const reply = await request(server, 'POST', `${base}api/chat/stream`, { body: { message: 'Hello' } });
      assert.equal(reply.status, 200);
      assert.match(reply.text, /"type":"done"/);
    });
    if (base === '/') return;
    it('whoever asks beside it is led there or finds nothing', async () => {
      const [root, bare] = [await get('/', html), await get(`${base.slice(0, -1)}?q=1`, html)];
      assert.deepEqual([root.status, root.headers.location], [302, base]);
      assert.deepEqual([bare.status, bare.headers.location], [308, `${base}?q=1`]);
      for (const target of ['/chat', '/api/health', '/sw.js', '/manifest.webmanifest', `/x${base}`, `${base.toUpperCase()}`, `${base}..%2f`]) {
        assert.equal((await get(target, html)).status === 200, false, target);
      }
      assert.equal((await request(server, 'POST', '/api/chat', { body: { message: 'x' } })).status, 404);
    });
  });
}
