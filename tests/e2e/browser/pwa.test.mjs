// Installing, starting without a network, updating with consent, and origins where none of that exists.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, assets, field, lastAnswer, open, say, startPersistent, startServer, stopAll, temporaryFolder, watched } from './start.mjs';

let server;
before(async () => void (server = await startServer()));
after(stopAll);

const controlled = (page) => page.waitForFunction(() => navigator.serviceWorker.controller !== null);
const expect = [/Failed to load resource/];

test('the page can be installed and its manifest has no errors', async () => {
  const context = await startPersistent();
  const page = await watched(context);
  await open(page, server.base);
  await controlled(page);
  const devtools = await context.newCDPSession(page);
  const manifest = await devtools.send('Page.getAppManifest');
  assert.deepEqual(manifest.errors, []);
  assert.ok(manifest.url.endsWith('/manifest.webmanifest'));
  assert.deepEqual((await devtools.send('Page.getInstallabilityErrors')).installabilityErrors, []);
  const icons = JSON.parse(manifest.data).icons;
  assert.deepEqual(icons.map((icon) => `${icon.sizes} ${icon.purpose}`), ['any any', '192x192 any', '512x512 any', '512x512 maskable']);
  for (const icon of [...icons.map((i) => i.src), '/icons/apple-touch-icon.png', '/icons/favicon.ico']) {
    assert.equal((await fetch(new URL(icon, server.base))).status, 200, icon);
  }
  page.assertClean();
});

test('without the server the app starts, old conversations are readable, and /api is never answered from a cache', async () => {
  const own = await startServer();
  const context = await startPersistent();
  const page = await watched(context, { expect });
  await open(page, own.base);
  await controlled(page);
  await ask(page, '!say kept for later');
  const address = page.url();
  const kept = await page.evaluate(async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map((r) => new URL(r.url).pathname)))).flat());
  assert.ok(kept.includes('/') && kept.includes('/chat') && !kept.some((path) => path.startsWith('/api')), kept.join(' '));
  await own.stop();
  for (const path of ['', 'chat', address.slice(own.base.length)]) {
    await page.goto(own.base + path);
    await page.waitForSelector(field);
  }
  await page.waitForSelector('.message.assistant .prose p');
  assert.equal(await lastAnswer(page).locator('.prose').innerText(), 'kept for later');
  await say(page, 'anybody there');
  await page.getByText('sent as soon as the server can be reached').waitFor();
  page.assertClean();
});

test('a new version waits for consent, then takes over with one reload and the old files go', async () => {
  const dist = join(temporaryFolder(), 'dist');
  cpSync(join(assets, 'dist'), dist, { recursive: true });
  const own = await startServer({ dist });
  const context = await startPersistent();
  const page = await watched(context, { expect });
  await open(page, own.base);
  await controlled(page);
  const before = await page.evaluate(() => caches.keys());
  let loads = 0;
  page.on('load', () => loads++);
  const worker = readFileSync(join(dist, 'sw.js'), 'utf8');
  const build = before[0].slice('whinchat-'.length);
  assert.ok(worker.includes(build));
  writeFileSync(join(dist, 'sw.js'), worker.replace(build, 'nextnext'));
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
  const bar = page.locator('.bar-note.update');
  await bar.waitFor();
  assert.equal(loads, 0, 'nothing happens by itself');
  await page.fill(field, 'a draft');
  const reloaded = page.waitForEvent('load');
  await bar.getByRole('button', { name: 'Reload' }).click();
  await reloaded;
  await page.waitForFunction(() => caches.keys().then((names) => names.length === 1 && names[0] === 'whinchat-nextnext'));
  await page.waitForFunction((s) => document.querySelector(s)?.value === 'a draft', field);
  assert.equal(loads, 1);
  page.assertClean();
});

test('the kill message removes the worker and everything that it kept', async () => {
  const context = await startPersistent();
  const page = await watched(context);
  await open(page, server.base);
  await controlled(page);
  await page.evaluate(() => navigator.serviceWorker.controller.postMessage({ type: 'kill' }));
  await page.waitForFunction(async () => (await caches.keys()).length === 0 && (await navigator.serviceWorker.getRegistrations()).length === 0);
  page.assertClean();
});
