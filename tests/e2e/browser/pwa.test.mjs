// Installing, starting without a network, updating with consent, and origins where none of that exists.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../server.mjs';
import { device, done, failedLoad, newPage, server, setStage, skip } from './devices.mjs';
import { ask, assets, field, lastAnswer, open, realBinary, say, startPersistent, startServer, temporaryFolder, watched } from './start.mjs';

// A window of its own where something is installed; workers and caches need none.
setStage({ serviceWorkers: 'allow' });

const controlled = (page) => page.waitForFunction(() => navigator.serviceWorker.controller !== null);

for (const base of ['/', '/a/b/']) {
  test(`under ${base} the page can be installed, and its manifest has no errors`, async () => {
    const { base: address } = base === '/' ? server : await startServer({ env: { BASE_PATH: base } });
    await canBeInstalled(address, base);
  });
}

async function canBeInstalled(address, base) {
  const context = await startPersistent();
  const page = await watched(context);
  await open(page, address);
  await controlled(page);
  const devtools = await context.newCDPSession(page);
  const manifest = await devtools.send('Page.getAppManifest');
  assert.deepEqual(manifest.errors, []);
  assert.ok(manifest.url.endsWith(`${base}manifest.webmanifest`));
  assert.deepEqual((await devtools.send('Page.getInstallabilityErrors')).installabilityErrors, []);
  const data = JSON.parse(manifest.data);
  const { icons, screenshots, shortcuts } = data;
  assert.deepEqual(icons.map((icon) => `${icon.sizes} ${icon.purpose}`), ['any any', '192x192 any', '512x512 any', '512x512 maskable']);
  assert.deepEqual(screenshots.map((one) => one.form_factor), ['wide', 'narrow']);
  assert.deepEqual([data.id, data.scope, data.start_url, data.share_target.action, data.file_handlers[0].action, ...shortcuts.map((one) => one.url)].map((path) => [path, path.startsWith(base)]).filter(([, ok]) => !ok), []);
  for (const file of [...[...icons, ...screenshots].map((one) => one.src), `${base}icons/apple-touch-icon.png`, `${base}icons/favicon.ico`, ...shortcuts.map((one) => one.url)]) {
    assert.equal((await fetch(new URL(file, address), { headers: { Accept: 'text/html,*/*' } })).status, 200, file);
  }
  await devtools.send('PWA.install', { manifestId: new URL(data.id, address).href });
  const { fileHandlers } = await devtools.send('PWA.getOsAppState', { manifestId: new URL(data.id, address).href });
  assert.deepEqual(fileHandlers.map((one) => new URL(one.action).pathname), [`${base}open`]);
  await devtools.send('PWA.uninstall', { manifestId: new URL(data.id, address).href });
  page.assertClean();
  await context.close();
}

test('without the server the app starts, old conversations are readable, and /api is never answered from a cache', async () => {
  const own = await startServer();
  const page = await device({ base: own.base, expect: [failedLoad] });
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
  await done(page);
});

test('a new version waits for consent, then takes over with one reload and the old files go', async () => {
  const dist = join(temporaryFolder(), 'dist');
  cpSync(join(assets, 'dist'), dist, { recursive: true });
  const own = await startServer({ dist });
  const page = await device({ base: own.base, expect: [failedLoad] });
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
  await done(page);
});

test('the kill message removes the worker and everything that it kept', async () => {
  const page = await device();
  await controlled(page);
  await page.evaluate(() => navigator.serviceWorker.controller.postMessage({ type: 'kill' }));
  await page.waitForFunction(async () => (await caches.keys()).length === 0 && (await navigator.serviceWorker.getRegistrations()).length === 0);
  await done(page);
});

test('an update that another tab agrees to waits here for the end of the answer, and no bar comes while one is written', async () => {
  const dist = join(temporaryFolder(), 'dist');
  cpSync(join(assets, 'dist'), dist, { recursive: true });
  const own = await startServer({ dist });
  const other = await device({ base: own.base, expect: [failedLoad] });
  await controlled(other);
  const reading = await watched(other.context(), { expect: [failedLoad] });
  await open(reading, own.base);
  await controlled(reading);
  await say(reading, '!slow updating');
  await reading.waitForFunction(() => document.querySelector('.message.assistant[data-state="running"] .prose')?.innerText.length > 20);
  let loads = 0;
  reading.on('load', () => loads++);
  const worker = readFileSync(join(dist, 'sw.js'), 'utf8');
  writeFileSync(join(dist, 'sw.js'), `${worker}\n// another`);
  await other.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
  const reloaded = other.waitForEvent('load');
  await other.locator('.bar-note.update').getByRole('button', { name: 'Reload' }).click();
  await reloaded;
  await controlled(other);
  assert.equal(await reading.locator('.bar-note.update').count(), 0);
  assert.equal(loads, 0, 'not in the middle of the answer');
  const { pathname } = new URL(reading.url());
  const kept = async () => (await fetch(`${own.base}api/conversations/${pathname.slice('/c/'.length)}`)).json();
  const over = reading.waitForEvent('load');
  await fetch(`${own.base}api/turns/${(await kept()).turns[0].id}`, { method: 'DELETE' });
  await over;
  await reading.waitForSelector('.message.assistant[data-state="stopped"]');
  assert.equal((await lastAnswer(reading).locator('.prose').innerText()).trim(), (await kept()).messages.at(-1).content.trim());
  await done(reading);
});

test('what is shared with the app or opened with it becomes a draft, exports come to the preview, nothing is sent', async () => {
  const page = await device({ expect: [failedLoad], init: () => Object.defineProperty(globalThis, 'launchQueue', { value: { setConsumer: (take) => (globalThis.launch = take) } }) });
  const posts = [];
  page.on('request', (r) => r.method() === 'POST' && /turns|chat\/stream|import$/.test(r.url()) && posts.push(r.url()));
  await controlled(page);
  await page.fill(field, 'typed before');
  const share = (values) => page.evaluate((given) => {
    const form = Object.assign(document.createElement('form'), { method: 'post', action: '/share', enctype: 'multipart/form-data' });
    for (const [name, value] of Object.entries(given)) {
      const input = Object.assign(document.createElement('input'), { name });
      if (name === 'files') {
        const list = new DataTransfer();
        list.items.add(new File([value], 'notes.md', { type: 'text/markdown' }));
        list.items.add(new File(['%PDF-1.7'], 'paper.pdf', { type: 'application/pdf' }));
        Object.assign(input, { type: 'file', files: list.files });
      } else input.value = value;
      form.append(input);
    }
    document.body.append(form);
    form.submit();
  }, values);
  await share({ title: 'A bird', text: 'small & brown', url: 'https://example.org/whinchat', files: '# Seen today' });
  await page.waitForFunction((s) => document.querySelector(s)?.value.startsWith('A bird'), field);
  assert.equal(await page.inputValue(field), 'A bird\nsmall & brown\nhttps://example.org/whinchat\n\n# Seen today\ntyped before');
  assert.equal(new URL(page.url()).pathname + new URL(page.url()).hash, '/chat');
  if (realBinary) await page.waitForSelector('.composer .attached-file[download="paper.pdf"]');
  await page.reload();
  await page.waitForSelector(field);
  assert.match(await page.inputValue(field), /^A bird\nsmall/, 'taken once');
  assert.equal(await page.evaluate(() => caches.keys().then((names) => names.some((name) => name.startsWith('shared')))), false);
  await page.fill(field, '');

  const launch = (name, text) => page.evaluate(([file, content]) => globalThis.launch({ files: [{ getFile: async () => new File([content], file) }] }), [name, text]);
  await launch('a.txt', 'plain words\n');
  await page.waitForFunction((s) => document.querySelector(s)?.value === 'plain words', field);
  await launch('b.json', '{"a": 1}');
  await page.waitForFunction((s) => document.querySelector(s)?.value === '```json\n{"a": 1}\n```\nplain words', field);
  await launch('large.txt', 'x'.repeat(100_001));
  await page.getByText('“large.txt” is too large').first().waitFor();
  const message = (id, parent, role) => ({ id, parent_id: parent, role, content: `${role} words`, created_at: '2026-01-02T03:04:05.000Z', state: 'done' });
  const [c, q, a] = ['c', 'b', 'a'].map((letter) => `01900000-0000-7000-8000-0000000000${letter}2`);
  await launch('mine.json', JSON.stringify({ format: 'whinchat', version: 1, conversations: [{ id: c, title: 'From a file', head_id: a, created_at: '2026-01-02T03:04:05.000Z', updated_at: '2026-01-02T03:04:05.000Z', messages: [message(q, null, 'user'), message(a, q, 'assistant')] }] }));
  await page.locator('.preview').getByText('From a file').waitFor();
  assert.equal(new URL(page.url()).pathname, '/account/data');
  assert.deepEqual(posts, []);
  await done(page);
});

test('what is shared before there is a worker ends in the app, which asks for it once more', { skip }, async () => {
  for (const own of [server, await startServer({ env: { BASE_PATH: '/a/b/' } })]) {
    const page = await device({ base: own.base, serviceWorkers: 'block' });
    await page.evaluate((action) => {
      const form = Object.assign(document.createElement('form'), { method: 'post', action, enctype: 'multipart/form-data' });
      form.append(Object.assign(document.createElement('input'), { name: 'text', value: 'small & brown' }));
      document.body.append(form);
      form.submit();
    }, `${own.base}share`);
    await page.getByText('Share it once more').first().waitFor();
    assert.equal(page.url(), `${own.base}chat`);
    await page.fill(field, 'and the app is there');
    await page.reload();
    await page.waitForFunction((s) => document.querySelector(s)?.value === 'and the app is there', field);
    assert.equal(await page.locator('.toast').count(), 0, 'said once');
    await done(page);
  }
});

test('an answer that ended while one looked elsewhere is marked in the list, the title and on the icon, until it is opened', async () => {
  const page = await device({ serviceWorkers: 'block', init: () => {
    globalThis.badges = [];
    navigator.setAppBadge = async (n) => void globalThis.badges.push(n);
    navigator.clearAppBadge = async () => void globalThis.badges.push(0);
  } });
  const json = async (path, method = 'GET', body) => (await fetch(`${server.base}api${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) })).json();
  const marks = (path, name) => page.locator(`.row:has(a[href="${path}"])`).getByRole('img', { name });
  const elsewhere = async () => {
    await page.click('.sidebar .new-chat');
    await page.waitForFunction(() => location.pathname === '/chat');
  };
  const opened = async () => {
    await page.waitForFunction(() => location.pathname.startsWith('/c/'));
    return new URL(page.url()).pathname;
  };
  // Longer than anybody takes to look elsewhere; another device ends it when the time for it has come.
  const endsElsewhere = async (path) => {
    await marks(path, 'Whinchat is answering').waitFor();
    for (const { id } of (await json(`/conversations/${path.slice(3)}`)).turns) await json(`/turns/${id}`, 'DELETE');
    await marks(path, 'New answer').waitFor();
    await marks(path, 'Whinchat is answering').waitFor({ state: 'detached' });
  };
  await say(page, '!slow elsewhere');
  await page.waitForSelector('.message.assistant[data-state="running"]');
  const path = await opened();
  await elsewhere();
  await endsElsewhere(path);
  await page.waitForFunction(() => document.title.startsWith('(1) ') && globalThis.badges.at(-1) === 1); // drawn one frame after the mark
  await page.reload();
  await marks(path, 'New answer').waitFor();
  await page.locator(`.row a[href="${path}"]`).click();
  await page.waitForFunction(() => globalThis.badges.at(-1) === 0 && !document.title.startsWith('('));
  assert.equal(await marks(path, 'New answer').count(), 0);
  await page.waitForSelector('.message.assistant[data-state="stopped"]');
  await ask(page, '!say seen at once');
  assert.equal(await page.evaluate(() => globalThis.badges.at(-1)), 0);

  // The reply that a turn has begun may be read later than the news of it: while its answer is shown already ...
  let [sent, read] = [];
  await page.route('**/turns', async (route) => {
    await new Promise((resolve) => (sent = resolve));
    const response = await route.fetch();
    await new Promise((resolve) => (read = resolve));
    await route.fulfill({ response });
  });
  const called = (name) => until(() => (name === 'sent' ? sent : read), 10_000, name);
  await elsewhere();
  await say(page, '!slow to be read');
  (await called('sent'))();
  await page.waitForSelector('.message.assistant[data-state="running"]');
  const shown = await opened();
  await elsewhere();
  (await called('read'))();
  await endsElsewhere(shown);
  // ... or when one looks elsewhere, and it has ended.
  [sent, read] = [];
  await say(page, '!say quickly');
  const quick = await opened();
  await elsewhere();
  (await called('sent'))();
  await until(async () => (await json(`/conversations/${quick.slice(3)}`)).messages?.at(-1)?.state === 'done', 10_000, 'the end of the answer');
  await json(`/conversations/${quick.slice(3)}`, 'PATCH', { title: 'Told by the feed' });
  await page.locator('.row', { hasText: 'Told by the feed' }).waitFor();
  (await called('read'))();
  await marks(quick, 'New answer').waitFor();
  await marks(quick, 'Whinchat is answering').waitFor({ state: 'detached' });
  await done(page);
});

test('installing is offered once, after five answers: with the browser’s prompt, on an iPhone in pictures, in the settings at any time', async () => {
  const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1';
  for (const [name, options, used] of [['prompt', {}, true], ['iphone', { userAgent: iphone, viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }, true], ['fresh', {}, false]]) {
    const page = await newPage({ serviceWorkers: 'block', ...options });
    await page.addInitScript((answers) => localStorage.getItem('whinchat.install') ?? localStorage.setItem('whinchat.install', JSON.stringify({ answers })), used ? 4 : 0);
    await open(page, server.base);
    const offer = () => page.evaluate(() => {
      const event = Object.assign(new Event('beforeinstallprompt', { cancelable: true }), { prompt: async () => ((globalThis.prompted = true), { outcome: 'accepted' }) });
      dispatchEvent(event);
    });
    if (name !== 'iphone') await offer();
    assert.equal(await page.locator('.install-hint').count(), 0, 'not before it has been used');
    const before = await page.locator('.composer').boundingBox();
    await ask(page, '!say the fifth');
    if (!used) {
      await page.waitForFunction(() => JSON.parse(localStorage.getItem('whinchat.install')).answers === 1);
      assert.equal(await page.locator('.install-hint').count(), 0);
    } else {
      await page.locator('.install-hint').waitFor();
      assert.equal((await page.locator('.composer').boundingBox()).height, before.height, 'nothing moves');
      assert.equal(await page.locator('.install-hint li svg').count(), name === 'iphone' ? 3 : 0);
      if (process.env.LOOK) await page.screenshot({ path: `${process.env.LOOK}/install-${name}.png` });
      if (name === 'prompt') {
        await page.locator('.install-hint').getByRole('button', { name: 'Install', exact: true }).click();
        await page.waitForFunction(() => globalThis.prompted);
      } else await page.keyboard.press('Escape');
      await page.locator('.install-hint').waitFor({ state: 'detached' });
      await page.reload();
      await page.waitForSelector(field);
      await offer();
      await ask(page, '!say the sixth');
      assert.equal(await page.locator('.install-hint').count(), 0, 'once');
      if (name === 'prompt') {
        await page.getByRole('button', { name: 'Settings' }).click();
        await page.locator('dialog').getByRole('button', { name: 'Install Whinchat' }).waitFor();
      }
    }
    await done(page);
  }
});
