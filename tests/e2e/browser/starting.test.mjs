// What the app's start depends on may never answer: the server, the browser's storage, its locks, its cache, a file of words.
// Then the app shows itself all the same, says what is wrong, and when the answer comes nothing is lost and nothing sent twice.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { until } from '../server.mjs';
import { device, done, failedLoad, newPage, server, setStage, skip } from './devices.mjs';
import { ask, field, lastAnswer, open, say, watched } from './start.mjs';

setStage();
const expect = [failedLoad];
const kept = 'This browser keeps nothing for Whinchat';

// Pushes the page's clock until what is awaited is there: a wait begins only when the one before it has ended.
const pushed = (page, ms, wanted) => until(async () => (await wanted()) || void (await page.clock.fastForward(ms)), 10_000, String(wanted));

test('storage and locks that never answer: the app is there, says so, and a message is answered', { skip }, async () => {
  const page = await newPage({ init: () => {
    IDBFactory.prototype.open = () => ({});
    IDBFactory.prototype.databases = () => new Promise(() => undefined);
    LockManager.prototype.request = () => new Promise(() => undefined);
  } });
  await page.clock.install();
  await page.goto(`${server.base}chat`);
  await pushed(page, 3100, () => page.getByText(kept).count());
  assert.equal(await page.locator(field).count(), 1);
  await say(page, '!say all the same');
  await pushed(page, 3100, () => page.locator('.message.assistant[data-state="done"]').count());
  assert.equal(await lastAnswer(page).locator('.prose').innerText(), 'all the same');
  await done(page);
});

test('storage that answers late: what lay in it and what was written meanwhile is there and sent once', { skip }, async () => {
  const first = await device({ expect });
  await ask(first, '!say before');
  await first.route('**/api/**', (route) => route.abort('internetdisconnected'));
  await say(first, '!say lay in it');
  await first.getByText('sent as soon as').waitFor();
  const path = new URL(first.url()).pathname.slice(1);
  const page = await watched(first.context(), { expect });
  await first.close();

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
  await pushed(page, 3100, () => page.getByText(kept).count());
  assert.equal(await page.locator(field).count(), 1);
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
  await done(page);
});

test('a server and words that never answer: it is said, asked again, and both may come late', { skip }, async () => {
  const page = await newPage({ expect, locale: 'de-AT' });
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
  await done(page);
});

test('a worker whose cache never answers: the network does', { skip }, async () => {
  const page = await device({ serviceWorkers: 'allow' });
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  await page.context().serviceWorkers()[0].evaluate(() => {
    const { setTimeout: real } = globalThis;
    globalThis.setTimeout = (work, ms) => real(work, ms / 20);
    caches.open = () => new Promise(() => undefined);
  });
  await open(page, server.base);
  await page.waitForSelector(field);
  await done(page);
});

// What a page asks for before it shows a conversation, with the answers held back that are named, until they are let go.
async function asksOf(page, address, held) {
  const asked = [];
  const waiting = [];
  await page.goto('about:blank');
  await page.route('**/*', async (route) => {
    const path = new URL(route.request().url()).pathname.replace(/-[\w-]{8}(\.\w+)$/, '$1');
    asked.push(path);
    if (held.includes(path)) await new Promise((go) => waiting.push({ path, go }));
    await route.continue();
  });
  await page.goto(address, { waitUntil: 'commit' });
  const release = (...paths) => {
    held = held.filter((path) => !paths.includes(path));
    for (const one of waiting) if (paths.includes(one.path)) one.go();
  };
  return { asked, release };
}

test('a conversation’s page asks for it, who is here and the words before its script is there, once', { skip }, async () => {
  const first = await device();
  await ask(first, '!say what is wanted\n\n```js\nlet a = 1;\n```\n\n$x^2$');
  const address = first.url();
  const conversation = `/api/conversations/${new URL(address).pathname.slice(3)}`;
  const page = await newPage({ locale: 'de-AT', expect });
  const shown = page.locator('.message.assistant .prose').getByText('what is wanted');
  const counted = (asked) => asked.filter((one) => one === conversation).length;
  const [script, markdown, session] = ['/assets/core.js', '/assets/md.js', '/api/session'];

  // Nobody is known here: the conversation of whoever it is, as soon as that is answered, and not before.
  let { asked, release } = await asksOf(page, address, [script, session, conversation]);
  await until(() => asked.includes(session), 5000, 'who is here');
  assert.equal(counted(asked), 0);
  release(session);
  await until(() => counted(asked) === 1, 5000, 'the conversation');
  assert.equal(asked.filter((one) => /^.api/.test(one)).length, 2);
  release(script);
  await until(() => asked.includes('/api/models'), 5000, 'the app');
  assert.equal(counted(asked), 1, 'the app takes the answer that is on its way');
  release(conversation);
  await shown.waitFor();
  await page.waitForFunction(() => document.querySelector('.math.drawn') && document.querySelector('code [class^="hl-"]'));
  await page.unrouteAll();

  // Known now: neither the app's script nor the answer about the session is waited for.
  const forgetCopy = () => page.evaluate(() => indexedDB.databases().then((all) => all.forEach(({ name }) => indexedDB.deleteDatabase(name))));
  await forgetCopy();
  ({ asked, release } = await asksOf(page, address, [script, session, conversation, markdown]));
  const early = [session, conversation, script, markdown, ...['core.css', 'start.js', 'words-de.js'].map((one) => `/assets/${one}`)];
  await until(() => early.every((one) => asked.includes(one)), 5000, 'what the address names');
  assert.deepEqual(asked.filter((one) => /^.(api|assets)/.test(one)).sort(), early.sort(), 'and nothing else');
  release(script, session, markdown);
  await until(() => asked.includes('/api/models'), 5000, 'the app');
  assert.equal(counted(asked), 1);
  release(conversation);
  await shown.waitFor();
  await page.unrouteAll();

  // An answer that does not come early is asked for again.
  let tries = 0;
  await page.route(`**${conversation}`, (route) => (tries++ ? route.continue() : route.abort('connectionreset')));
  await forgetCopy();
  await page.goto(address);
  await shown.waitFor();
  assert.ok(tries >= 2);
  await done(first, page);
});
