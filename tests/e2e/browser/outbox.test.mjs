// What is sent is there once: whatever byte the network breaks at, whoever is killed in between, page or worker.
//   CUT_EVERY_BYTE=1 node --test outbox.test.mjs     cuts at every byte of the bodies too (minutes)
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { until } from '../server.mjs';
import { startCuttingProxy } from './cutting.mjs';
import { device, done, failedLoad, server, setStage, skip } from './devices.mjs';
import { ask, field, lastAnswer, open, say, startPersistent, startServer, temporaryFolder, watched } from './start.mjs';

const everyByte = process.env.CUT_EVERY_BYTE === '1';
const kBodyStep = 24; // bytes between two cuts within a body
const kBatch = 24; // messages on their way at once
const kBoundMs = 20_000; // the rest of the positions is left out, evenly; on the slowest machine at least every second is tried
const expect = [failedLoad];
let proxy;
setStage({ start: async () => {
  if (skip) return undefined;
  proxy = await startCuttingProxy();
  const started = await startServer({ env: { PUBLIC_ORIGIN: proxy.base.slice(0, -1), AUTH_MODE: 'open' } });
  proxy.target = started.port;
  return started;
} });
after(() => proxy?.stop());

const get = async (path) => (await fetch(`${server.base}api${path}`)).json();
const usedToday = async () => (await get('/usage')).used.messages_day;

// The conversation as the server has it, when its answer is there: one question, one answer, one turn, asked once.
async function assertOnce(path, text, answer) {
  const opened = await until(async () => {
    const one = await get(`/conversations/${path.replace(/^.*c\//, '')}`);
    return one.messages?.at(-1)?.state === 'done' && one;
  }, 10_000, `an answer to ${text}`);
  const mine = opened.messages.filter((m) => m.role === 'user' && m.content === text);
  assert.equal(mine.length, 1, `${text}: ${mine.length} questions`);
  const answers = opened.messages.filter((m) => m.parent_id === mine[0].id);
  assert.deepEqual(answers.map((m) => [m.role, m.content]), [['assistant', answer]], text);
  assert.equal(server.asked.filter((one) => one === text).length, 1, `${text}: asked of the provider more than once`);
}

// Sends texts as a person does, each in a new chat; resolves with their paths. Runs in the page: a step for each would
// take longer than what it measures.
const sendAll = (page, texts) => page.evaluate(async ({ list, selector }) => {
  const { port1, port2 } = new MessageChannel(); // timers in a row wait for 4 ms each
  const turn = () => new Promise((done) => (port1.onmessage = done, port2.postMessage(0)));
  const when = async (test) => {
    const end = performance.now() + 10_000;
    while (!test()) {
      if (performance.now() > end) throw new Error(`never: ${test}`);
      await turn();
    }
  };
  const paths = [];
  for (const text of list) {
    document.querySelector('.sidebar .new-chat').click();
    await when(() => location.pathname === '/chat' && document.querySelector(selector)?.value === '' && !document.querySelector('.message'));
    const area = document.querySelector(selector);
    area.value = text;
    area.dispatchEvent(new Event('input', { bubbles: true }));
    await when(() => !document.querySelector('.round.send').disabled);
    area.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true, cancelable: true }));
    await when(() => location.pathname.startsWith('/c/'));
    paths.push(location.pathname);
  }
  return paths;
}, { list: texts, selector: field });

// Rows that are kept for sending.
const queued = (page) => page.evaluate(async () => {
  const { name } = (await indexedDB.databases()).find((one) => one.name.startsWith('whinchat-user-'));
  const db = await new Promise((done) => { const r = indexedDB.open(name); r.onsuccess = () => done(r.result); });
  const rows = await new Promise((done) => { const r = db.transaction('queue').objectStore('queue').getAll(); r.onsuccess = () => done(r.result); });
  db.close();
  return rows;
});
// Looking at the page again is what makes it try at once instead of after a while.
const lookAgain = (page) => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
function emptied(page) {
  let asked = 0;
  return until(async () => (await queued(page)).length === 0 || void (asked++ % 5 === 0 && (await lookAgain(page))), 15_000, 'the queue to be empty');
}

const positions = (head, whole) => Array.from({ length: whole }, (_, n) => n).filter((n) => everyByte || n <= head || n === whole - 1 || (n - head) % kBodyStep === 0);
// Every eighth first, then those between.
const evenly = (list) => [0, 4, 2, 6, 1, 5, 3, 7].flatMap((first) => list.filter((_, i) => i % 8 === first));

test('cut at every byte of the request and of the reply: one turn, one question, one charge', { skip, timeout: everyByte ? 900_000 : 110_000 }, async (t) => {
  const page = await device({ base: proxy.base, expect });
  const cutText = (where, at) => `!say cut ${where} ${String(at).padStart(5, '0')}`;
  const [plain] = await sendAll(page, [cutText('nowhere', 0)]);
  await emptied(page);
  await assertOnce(plain, cutText('nowhere', 0), 'cut nowhere 00000');
  const { head, length, reply, replyHead } = proxy.seen.at(-1);
  assert.ok(head > 200 && length > head && replyHead > 200 && reply > replyHead, JSON.stringify(proxy.seen.at(-1)));
  const cuts = evenly([...positions(head, length).map((at) => ({ where: 'request', at })), ...positions(replyHead, reply).map((at) => ({ where: 'answer', at }))]);
  const texts = cuts.map(({ where, at }) => cutText(where, at));
  const once = new Set();
  proxy.plan = ({ id, message }) => {
    const [, where, at] = /^!say cut (\w+) (\d+)$/.exec(message) ?? [];
    if (!at || where === 'nowhere' || once.has(id)) return undefined;
    once.add(id);
    return where === 'request' ? { request: Number(at) } : { reply: Number(at) };
  };
  const used = await usedToday();
  const from = performance.now();
  let tried = 0;
  for (let i = 0; i < texts.length && (everyByte || tried < texts.length / 2 || performance.now() - from < kBoundMs); i += kBatch) {
    const some = texts.slice(i, i + kBatch);
    const paths = await sendAll(page, some);
    await emptied(page);
    await Promise.all(some.map((text, n) => assertOnce(paths[n], text, text.slice(5))));
    await Promise.all(paths.map((path) => fetch(`${server.base}api/conversations/${path.slice(3)}`, { method: 'DELETE' }))); // a short list is a fast one
    tried += some.length;
  }
  proxy.plan = () => undefined;
  t.diagnostic(`${tried} of ${texts.length} positions`);
  assert.equal(once.size, tried, 'each was cut');
  assert.equal(await usedToday() - used, tried, 'each was charged once');
  await done(page);
});

// The main process of a browser with that profile: the one without --type.
function pidOf(folder) {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      if (words.includes(`--user-data-dir=${folder}`) && !words.includes('--type=')) return Number(pid);
    } catch {
      // it has ended meanwhile
    }
  }
  throw new Error(`no browser runs in ${folder}`);
}

test('the browser killed before, during and after sending, and in the middle of the answer: everything is there once', { skip, timeout: 90_000 }, async () => {
  const folder = temporaryFolder();
  const start = async () => {
    const context = await startPersistent({ folder });
    return watched(context, { expect });
  };
  const kill = async (page) => {
    const gone = new Promise((resolve) => page.context().once('close', resolve));
    process.kill(pidOf(folder), 'SIGKILL');
    await gone;
  };
  const moments = {
    'nothing has left yet': async (page, send) => {
      proxy.leave();
      await send();
      await page.getByText('sent as soon as').waitFor();
    },
    'the request is on its way': (page, send) => new Promise((resolve, reject) => {
      proxy.plan = () => ({ hold: () => (resolve(), new Promise(() => undefined)) });
      send().catch(reject);
    }),
    'the reply is on its way': (page, send) => new Promise((resolve, reject) => {
      proxy.plan = () => ({ holdReply: () => (resolve(), new Promise(() => undefined)) });
      send().catch(reject);
    }),
    'the answer is being read': async (page, send) => {
      await send();
      await page.locator('.message.assistant .prose').filter({ hasText: 'Ünïcode 3' }).waitFor();
    },
  };
  for (const [moment, reach] of Object.entries(moments)) {
    const text = moment === 'the answer is being read' ? '!while killed' : `!say ${moment}`;
    const page = await start();
    await open(page, proxy.base);
    await reach(page, () => say(page, text));
    const path = await page.evaluate(() => location.pathname);
    await kill(page);
    proxy.plan = () => undefined;
    proxy.away = false;
    const again = await start();
    await again.goto(proxy.base + path.slice(1));
    await again.waitForSelector('.message.assistant[data-state="done"] .prose').catch(async (error) => {
      const seen = await again.locator('.message').evaluateAll((list) => list.map((node) => `${node.dataset.state}: ${node.innerText.slice(0, 80)}`));
      throw new Error(`${moment}: ${JSON.stringify({ seen, queued: await queued(again), posts: proxy.seen.filter((one) => one.message === text) })}`, { cause: error });
    });
    assert.equal(await again.locator('.message').count(), 2, moment);
    if (text === '!while killed') assert.match(await lastAnswer(again).innerText(), /Ünïcode 0 🐦 flies\..*Ünïcode 89 🐦 flies\./s);
    else await assertOnce(path, text, moment);
    assert.deepEqual(await queued(again), []);
    assert.equal(await again.inputValue(field), '', moment);
    again.assertClean();
    await again.context().close();
  }
});

test('the worker sends what waits when no page is left, page and worker never together, and nothing that is refused or of another person', { skip, timeout: 60_000 }, async () => {
  const context = await startPersistent();
  const page = await watched(context, { expect });
  await open(page, proxy.base);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  const devtools = await context.newCDPSession(page);
  let registration;
  devtools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => void (registration = registrations.at(-1)?.registrationId ?? registration));
  await devtools.send('ServiceWorker.enable');
  await until(() => registration, 5000, 'the registration');
  const sync = () => devtools.send('ServiceWorker.dispatchSyncEvent', { origin: new URL(proxy.base).origin, registrationId: registration, tag: 'whinchat-outbox', lastChance: false });
  const posts = () => proxy.seen.filter((one) => one.message === '!say by the worker').length;

  await page.route('**/api/**', (route) => route.abort('internetdisconnected')); // of the page alone: its worker has a network
  await page.setInputFiles('.composer input[type=file]', { name: 'along.png', mimeType: 'image/png', buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==', 'base64') });
  await page.waitForSelector('.composer .attached li');
  await say(page, '!say by the worker');
  await page.getByText('sent as soon as').waitFor();
  const path = new URL(page.url()).pathname;
  await page.goto('about:blank');
  await sync();
  await until(() => posts() === 1, 5000, 'the worker to send');
  await assertOnce(path, '!say by the worker', 'by the worker');
  await sync();
  await page.unroute('**/api/**');
  await open(page, proxy.base, path.slice(1));
  await page.waitForSelector('.message.assistant[data-state="done"] .prose');
  assert.equal(await page.locator('.message').count(), 2);
  assert.deepEqual(await queued(page), []);
  assert.equal(posts(), 1, 'sent once');
  await page.waitForFunction(() => document.querySelector('.message.user .attached-picture img')?.naturalWidth === 1);

  // While the page's own request is on its way the worker is asked too, again and again.
  let go;
  proxy.plan = () => ({ hold: () => new Promise((resolve) => void (go = resolve)) });
  await say(page, '!say together');
  await until(() => go, 5000, 'the request');
  for (let i = 0; i < 3; i++) await sync();
  proxy.plan = () => undefined;
  go();
  await page.locator('.message.assistant[data-state="done"] .prose').filter({ hasText: /^together$/ }).waitFor();
  assert.equal(proxy.seen.filter((one) => one.message === '!say together').length, 1);
  page.assertClean();
  await context.close();
});

test('two tabs and a message written offline: both show it, one sends it; what the browser forgot comes back into the field', { skip }, async () => {
  const one = await device({ base: proxy.base, expect });
  await ask(one, '!say first');
  const path = new URL(one.url()).pathname.slice(1);
  proxy.leave();
  await say(one, '!say of two tabs');
  await one.getByText('sent as soon as').waitFor();
  const two = await watched(one.context(), { expect });
  proxy.away = false;
  await Promise.all([open(two, proxy.base, path), lookAgain(one)]);
  for (const page of [one, two]) {
    await page.locator('.message.assistant[data-state="done"] .prose').filter({ hasText: 'of two tabs' }).waitFor();
    assert.equal(await page.locator('.message').count(), 4);
  }
  await assertOnce(path, '!say of two tabs', 'of two tabs');
  // Storage that was emptied meanwhile: nothing is sent unasked, and the words are in the field again.
  proxy.leave();
  await say(one, '!say emptied');
  await one.getByText('sent as soon as').waitFor();
  await one.evaluate(async () => {
    const { name } = (await indexedDB.databases()).find((db) => db.name.startsWith('whinchat-user-'));
    const db = await new Promise((done) => { const r = indexedDB.open(name); r.onsuccess = () => done(r.result); });
    await new Promise((done) => { const t = db.transaction('queue', 'readwrite'); t.objectStore('queue').clear(); t.oncomplete = done; });
    db.close();
  });
  proxy.away = false;
  await lookAgain(one);
  await one.waitForFunction((s) => document.querySelector(s).value === '!say emptied', field);
  assert.equal(await one.locator('.message').count(), 4);
  assert.equal(proxy.seen.filter((post) => post.message === '!say emptied').length, 0);
  await done(one, two);
});
