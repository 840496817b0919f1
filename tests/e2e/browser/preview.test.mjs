// HTML and SVG of an answer shown as a page: it runs its scripts, and reaches neither the app around it nor any network. The
// browser, the server's real headers and the real frame; what must not be reached is a server of the test's that counts.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { ask, eventStream, lastAnswer, startBrowser, startServer, stopAll, violations, watched } from './start.mjs';

const reached = []; // all that came to addresses that nobody may reach
const elsewhere = createServer((socket) => reached.push('a connection') && socket.on('error', () => undefined).destroy());
const datagrams = createSocket('udp4').on('message', () => reached.push('a datagram'));
let server;
let browser;
let away;
let stun;
let page;
before(async () => {
  server = await startServer({ demo: true });
  browser = await startBrowser([], true);
  await new Promise((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  await new Promise((resolve) => datagrams.bind(0, '127.0.0.1', resolve));
  away = `127.0.0.1:${elsewhere.address().port}`;
  stun = `stun:127.0.0.1:${datagrams.address().port}`;
  page = await device();
});
after(async () => {
  elsewhere.close();
  datagrams.close();
  await stopAll();
});

// What the browser says about the page in the frame; the app's own page is asked for violations of its policy by itself.
const refused = [/Content Security Policy|^CSP:|sandbox|Connection-Allowlist|Unsafe attempt|^Blocked|net::ERR_|Not allowed|TrustedHTML/];

async function device(options = {}) {
  const context = await browser.newContext({ serviceWorkers: 'block', reducedMotion: 'reduce', ...options });
  const page = await watched(context, { expect: refused });
  await page.goto(`${server.base}temporary`);
  await page.waitForSelector('.composer');
  return page;
}

// The answer to a temporary chat is made up here, so that it comes at once whatever its size.
async function show(page, language, code, before = 'Here:') {
  await page.route('**/api/chat/stream', (route) => route.fulfill(eventStream({ type: 'chunk', content: `${before}\n\n\`\`\`${language}\n${code}\n\`\`\`\n` }, { type: 'done', model: 'm' })), { times: 1 });
  await ask(page, 'show it');
  return lastAnswer(page).locator('.code-preview');
}

async function opened(page, button) {
  await button.focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog.dialog-preview[open] iframe[aria-busy="false"]');
  return page.frames().find((frame) => frame.url().endsWith('/preview'));
}

const closed = (page) => page.waitForFunction(() => !document.querySelector('dialog') && document.activeElement.matches('.code-preview'));

// Everything that a page might try, and what came of it; `found` is complete when `done` is set.
const attack = () => `<!doctype html><h1 id="title">waiting</h1>
<link rel="preconnect" href="http://${away}"><link rel="dns-prefetch" href="http://${away}"><link rel="prefetch" href="http://${away}/1"><link rel="stylesheet" href="http://${away}/2">
<script type="speculationrules">{"prefetch":[{"source":"list","urls":["http://${away}/3"],"eagerness":"immediate"}]}</script>
<img src="http://${away}/4"><video src="http://${away}/5"></video><object data="http://${away}/6"></object><iframe src="http://${away}/7"></iframe><iframe srcdoc="<script>fetch('http://${away}/20').catch(() => 0); location = 'http://${away}/21'</script>"></iframe>
<style>@import url(http://${away}/8); body { background: url(http://${away}/9); }</style><script src="http://${away}/10"></script>
<form action="http://${away}/11" target="_top"><button id="button">x</button></form><a id="link" href="http://${away}/12" target="_blank" ping="http://${away}/13">x</a>
<script>
found = {};
addEventListener('unhandledrejection', (event) => event.preventDefault()); // Chromium's own, without a reason
async function attempt(name, what) { try { found[name] = await what() ?? 'nothing'; } catch (error) { found[name] = error.name; } }
(async () => {
  title.textContent = 'ran';
  await attempt('parent', () => parent.document.title);
  await attempt('frames', () => top.frames[0].document.title === document.title && parent.localStorage.length);
  await attempt('cookie', () => document.cookie);
  await attempt('storage', () => { localStorage.setItem('mine', 1); return Object.keys(localStorage).includes('whinchat.settings') || localStorage.getItem('mine') + localStorage.length; });
  await attempt('database', () => indexedDB.databases());
  await attempt('caches', () => caches.keys());
  await attempt('worker', () => navigator.serviceWorker.getRegistrations());
  await attempt('fetch', () => fetch('http://${away}/14'));
  await attempt('api', () => fetch('/api/session'));
  await attempt('socket', () => new Promise((resolve, reject) => new WebSocket('ws://${away}/15').onerror = () => reject(new Error)));
  await attempt('beacon', () => { navigator.sendBeacon('http://${away}/16'); });
  await attempt('thread', () => new Promise((_, reject) => new Worker(URL.createObjectURL(new Blob(['1']))).onerror = (event) => (event.preventDefault(), reject(new Error))));
  await attempt('call', () => new RTCPeerConnection({ iceServers: [{ urls: '${stun}' }] }).createDataChannel('x'));
  await attempt('code', () => eval('1'));
  await attempt('window', () => window.open('http://${away}/17'));
  await attempt('top', () => { top.location = 'http://${away}/18'; });
  await attempt('form', () => { button.click(); document.forms[0].submit(); link.click(); });
  await attempt('message', () => { for (const say of ['ready', 'ready', { type: 'skip-waiting' }, null, 'x'.repeat(1e5)]) parent.postMessage(say, '*'); });
  await attempt('hear', () => { self.onmessage = () => { found.heard = true; }; });
  done = true;
})();
</script>`;

test('a page in an answer runs its scripts and reaches neither the app, nor its storage, nor any network', async () => {
  const [address, pages] = [page.url(), page.context().pages().length];
  await page.evaluate(() => {
    document.cookie = 'secret=1';
    globalThis.broken = [];
    addEventListener('securitypolicyviolation', (event) => broken.push(event.violatedDirective));
  });
  const button = await show(page, 'html', attack());
  assert.equal(await lastAnswer(page).locator('.code-tools').innerText().then((text) => /Preview\s+Copy/.test(text)), true);
  const frame = await opened(page, button);
  await frame.waitForFunction(() => globalThis.done);
  assert.equal(await frame.locator('h1').innerText(), 'ran');
  const found = await frame.evaluate(() => found);
  assert.deepEqual(found, {
    parent: 'SecurityError', frames: 'SecurityError', cookie: 'SecurityError', storage: '11', database: 'SecurityError', caches: 'SecurityError', worker: 'SecurityError',
    fetch: 'TypeError', api: 'TypeError', socket: 'Error', beacon: 'nothing', thread: 'Error', call: 'ReferenceError', code: 'EvalError', window: 'nothing', top: 'SecurityError',
    form: 'nothing', message: 'nothing', hear: 'nothing',
  });
  await page.locator('.preview-note').waitFor(); // that something is missing is said
  // Navigating itself away is the end of the page in the frame, and of nothing else.
  await frame.evaluate((to) => void setTimeout(() => (location = to)), `http://${away}/19?all-of-it`);
  await page.waitForFunction(() => broken.length > 0);
  assert.deepEqual(await page.evaluate(() => [...new Set(broken)]), ['frame-src']);
  await page.keyboard.press('Escape');
  await closed(page);
  assert.deepEqual([page.url(), page.context().pages().length, await page.evaluate(() => frames.length)], [address, pages, 0]);
  await ask(page, 'still there?');
  await assert.rejects(page.evaluate(() => void (document.body.innerHTML = '<b>x</b>')), /TrustedHTML/);
  assert.deepEqual(reached, []);
  page.assertClean();
});

const drawing = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<!-- a bird -->
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 80" width="240" height="160"><circle id="dot" cx="60" cy="40" r="30" fill="#a84b16"/>
<script>document.getElementById('dot').setAttribute('data-ran', parent === self ? 'no' : 'yes')</script></svg>`;

test('a drawing stands on a white sheet, also in the dark, and may load itself anew; its code is beside it, it can be large, and Escape gives the focus back; one that never ends is closed like any', async () => {
  await page.emulateMedia({ colorScheme: 'dark' });
  const others = [['xml', '<note>no drawing</note>'], ['css', 'svg { color: red }'], ['js', '"<svg/>"'], ['', drawing]].map(([language, code]) => `\`\`\`${language}\n${code}\n\`\`\`\n`);
  const button = await show(page, 'xml', drawing, others.join(''));
  assert.deepEqual([await lastAnswer(page).locator('.code').count(), await button.count()], [others.length + 1, 1], 'only what can be shown has a button');
  const frame = await opened(page, button);
  await frame.waitForFunction(() => document.querySelector('svg #dot')?.dataset.ran === 'yes');
  const shown = await page.evaluate(() => performance.now());
  assert.equal((await frame.locator('body').innerText()).trim(), '');
  const sheet = page.locator('iframe.sheet');
  assert.equal(await sheet.evaluate((node) => getComputedStyle(node).backgroundColor), 'rgb(255, 255, 255)');
  assert.deepEqual(await violations(page), []);
  const { width } = await sheet.boundingBox();
  await page.getByRole('button', { name: 'Large' }).click();
  assert.ok((await sheet.boundingBox()).width > width);
  assert.equal((await page.locator('dialog').boundingBox()).width, page.viewportSize().width);
  await page.getByRole('radio', { name: 'Preview' }).focus();
  await page.keyboard.press('ArrowRight');
  assert.ok((await page.locator('.preview-code pre').innerText()).includes('<!-- a bird -->'));
  assert.equal(await sheet.isVisible(), false);
  await page.keyboard.press('ArrowLeft');
  await page.waitForFunction((since) => performance.now() > since, shown + 500); // not oftener than that
  const again = page.waitForRequest(/\/preview$/);
  await frame.evaluate(() => void setTimeout(() => (document.querySelector('#dot').remove(), location.reload())));
  assert.equal((await again).frame(), frame);
  await frame.waitForFunction(() => document.querySelector('svg #dot')?.dataset.ran === 'yes');
  await frame.locator('svg').click(); // the keys are the frame's now
  await page.keyboard.press('Escape');
  await closed(page);
  await page.setViewportSize({ width: 320, height: 640 });
  await opened(page, button);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
  const inside = await page.locator('.dialog-preview :is(label, button:not(.preview-large))').evaluateAll((nodes) => nodes.every((node) => node.getBoundingClientRect().right <= 320 && node.getBoundingClientRect().width > 24));
  assert.ok(inside);
  assert.equal((await sheet.boundingBox()).width, 320);
  // A page that never ends holds up its own process alone.
  await (await sheet.elementHandle()).contentFrame().then((one) => one.evaluate(() => void setTimeout(() => { for (;;); })));
  await page.getByRole('button', { name: 'Close' }).click();
  await closed(page);
  page.assertClean();
});

test('a document of a megabyte is shown under the service worker, and without a network it is said why not', async () => {
  const own = await device({ serviceWorkers: 'allow' });
  await own.waitForFunction(() => navigator.serviceWorker.controller !== null);
  const button = await show(own, 'html', `<p id="first">begin</p>${'<p>A line of text that is one of many.</p>\n'.repeat(26_000)}<p id="last">end</p>`);
  const frame = await opened(own, button);
  await frame.waitForFunction(() => document.getElementById('last'));
  assert.equal(await frame.evaluate(() => document.documentElement.outerHTML.length > 1_000_000), true);
  await own.keyboard.press('Escape');
  await closed(own);
  await own.context().setOffline(true);
  await button.focus();
  await own.keyboard.press('Enter');
  await own.getByRole('alert').filter({ hasText: 'There is no network' }).waitFor();
  await own.context().setOffline(false);
  await own.getByRole('button', { name: 'Retry' }).click();
  await own.waitForSelector('iframe.sheet[aria-busy="false"]');
  own.assertClean();
  await own.context().close();
});
