// What the app's start depends on may never answer: the server, the browser's storage, its locks, its cache, a file of words.
// Then the app shows itself all the same, says what is wrong, and when the answer comes nothing is lost and nothing sent twice.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { until } from '../server.mjs';
import { ask, field, lastAnswer, open, realBinary, say, startBrowser, startServer, stopAll, watched } from './start.mjs';

const skip = realBinary ? false : 'needs the real server (WHINCHAT_BIN)';
let server;
let browser;
before(async () => {
  [server, browser] = [await startServer(), await startBrowser()];
});
after(stopAll);

const expect = [/Failed to load resource|net::ERR/];
const kept = 'This browser keeps nothing for Whinchat';

// The context's pages have a clock of their own, which goes on by itself and can be pushed.
async function device({ init, ...options } = {}) {
  const context = await browser.newContext({ serviceWorkers: 'block', reducedMotion: 'reduce', ...options });
  if (init) await context.addInitScript(init);
  return context;
}

// Pushes the page's clock until what is awaited is there: a wait begins only when the one before it has ended.
const pushed = (page, ms, wanted) => until(async () => (await wanted()) || void (await page.clock.fastForward(ms)), 10_000, String(wanted));

test('storage and locks that never answer: the app is there, says so, and a message is answered', { skip }, async () => {
  const context = await device({ init: () => {
    IDBFactory.prototype.open = () => ({});
    IDBFactory.prototype.databases = () => new Promise(() => undefined);
    LockManager.prototype.request = () => new Promise(() => undefined);
  } });
  const page = await watched(context);
  await page.clock.install();
  await page.goto(`${server.base}chat`);
  await pushed(page, 3100, () => page.locator(field).count());
  await page.getByText(kept).waitFor();
  await say(page, '!say all the same');
  await pushed(page, 3100, () => page.locator('.message.assistant[data-state="done"]').count());
  assert.equal(await lastAnswer(page).locator('.prose').innerText(), 'all the same');
  page.assertClean();
  await context.close();
});

test('storage that answers late: what lay in it and what was written meanwhile is there and sent once', { skip }, async () => {
  const context = await device();
  const first = await watched(context, { expect });
  await open(first, server.base);
  await ask(first, '!say before');
  await first.route('**/api/**', (route) => route.abort('internetdisconnected'));
  await say(first, '!say lay in it');
  await first.getByText('sent as soon as').waitFor();
  const path = new URL(first.url()).pathname.slice(1);
  await first.close();

  const page = await watched(context, { expect });
  await page.addInitScript(() => {
    const real = IDBFactory.prototype.open;
    const late = [];
    IDBFactory.prototype.open = function open(...args) {
      if (!sessionStorage.getItem('answers')) {
        const asked = {};
        late.push(() => {
          const request = real.apply(this, args);
          for (const name of ['onsuccess', 'onerror', 'onupgradeneeded']) request[name] = (event) => (Object.defineProperty(asked, 'result', { value: request.result, configurable: true }), asked[name]?.(event));
        });
        return asked;
      }
      return real.apply(this, args);
    };
    globalThis.answer = () => (sessionStorage.setItem('answers', 'now'), late.forEach((go) => go()));
  });
  await page.clock.install();
  await page.goto(`${server.base}chat`);
  await pushed(page, 3100, () => page.locator(field).count());
  await page.getByText(kept).waitFor();
  await page.route('**/turns', (route) => route.abort('internetdisconnected'));
  await say(page, '!say written meanwhile');
  await page.getByText('sent as soon as').waitFor();
  assert.equal(server.asked.includes('!say lay in it'), false);
  await page.evaluate(() => globalThis.answer());
  await page.getByText(kept).waitFor({ state: 'detached' });
  const rows = () => page.evaluate(async () => {
    const { name } = (await indexedDB.databases()).find((one) => one.name.startsWith('whinchat-user-'));
    const db = await new Promise((done) => { const r = indexedDB.open(name); r.onsuccess = () => done(r.result); });
    const list = await new Promise((done) => { const r = db.transaction('queue').objectStore('queue').getAll(); r.onsuccess = () => done(r.result); });
    db.close();
    return list.map((one) => one.message).sort();
  });
  assert.deepEqual(await rows(), ['!say lay in it', '!say written meanwhile'], 'both are safe');
  await page.unroute('**/turns');
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await pushed(page, 1100, async () => (await rows()).length === 0);
  await page.locator('.message.assistant[data-state="done"] .prose').filter({ hasText: /^written meanwhile$/ }).waitFor();
  await page.goto(server.base + path);
  await page.locator('.message.assistant[data-state="done"] .prose').filter({ hasText: /^lay in it$/ }).waitFor();
  assert.equal(await page.locator('.message').count(), 4);
  for (const text of ['!say lay in it', '!say written meanwhile']) assert.equal(server.asked.filter((one) => one === text).length, 1, text);
  page.assertClean();
  await context.close();
});

test('a server and words that never answer: it is said, asked again, and both may come late', { skip }, async () => {
  const context = await device({ locale: 'de-AT' });
  const page = await watched(context, { expect });
  await page.clock.install();
  let words;
  await page.route('**/assets/words-de-*.js', (route) => void (words = route));
  const asked = [];
  await page.route('**/api/session', (route) => void asked.push(route));
  await page.goto(`${server.base}chat`);
  await until(() => asked.length === 1 && words, 5000, 'the first questions');
  await pushed(page, 4100, () => page.locator('.not-here').count());
  await page.getByText('cannot be reached').first().waitFor();
  await until(() => asked.length >= 2, 5000, 'another question');
  await asked[1].continue();
  await page.waitForSelector(field);
  assert.match(await page.locator('.greeting').innerText(), /on your mind/);
  await words.continue();
  await page.waitForFunction(() => document.querySelector('.greeting').textContent === 'Was beschäftigt dich?');
  page.assertClean();
  await context.close();
});

test('a worker whose cache never answers: the network does', { skip }, async () => {
  const context = await browser.newContext();
  const page = await watched(context);
  await open(page, server.base);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await context.serviceWorkers()[0].evaluate(() => {
    const { setTimeout: real } = globalThis;
    globalThis.setTimeout = (work, ms) => real(work, ms / 20);
    caches.open = () => new Promise(() => undefined);
  });
  await open(page, server.base);
  await page.waitForSelector(field);
  page.assertClean();
  await context.close();
});
