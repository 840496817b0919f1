// A conversation in a real browser: sending, streaming, stopping, failing, and coming back.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { ask, ended, eventStream, field, lastAnswer, open, say, startBrowser, startServer, stopAll, watched } from './start.mjs';

let server;
let browser;
before(async () => {
  server = await startServer();
  browser = await startBrowser();
});
after(stopAll);

const failedLoad = /Failed to load resource/;
const stream = '**/api/chat/stream';

async function page(options = {}) {
  const context = await browser.newContext({ serviceWorkers: 'block', reducedMotion: 'reduce', ...options.context });
  const made = await watched(context, options);
  await open(made, server.base, options.path ?? 'chat');
  return made;
}

async function done(p) {
  p.assertClean();
  await p.context().close();
}

test('a typed question gets a streamed answer, the address and the title follow', async () => {
  const p = await page();
  await say(p, '!slow tell me about birds');
  await p.waitForFunction(() => document.querySelector('.message.user .bubble')?.textContent.includes('birds'));
  await p.waitForFunction(() => document.querySelector('.message.assistant .prose p')?.textContent.length > 20);
  const first = await lastAnswer(p).innerText();
  await p.waitForFunction((n) => document.querySelector('.message.assistant .prose').innerText.length > n + 20, first.length);
  assert.match(new URL(p.url()).pathname, /^\/c\/[0-9a-f-]{36}$/);
  assert.match(await p.title(), /tell me about birds/);
  assert.equal(await p.locator('.row.here').count(), 1);
  await done(p);
});

test('Stop ends the answer at once, keeps its text and says so; Retry gives a second version', async () => {
  const p = await page();
  await say(p, '!slow one');
  await p.waitForFunction(() => document.querySelector('.message.assistant .prose p')?.textContent.length > 30);
  const from = Date.now();
  await p.click('.round.stop');
  await p.waitForSelector('.message.assistant[data-state="stopped"] .end-note');
  assert.ok(Date.now() - from < 1000);
  const kept = await lastAnswer(p).locator('.prose').innerText();
  assert.ok(kept.length > 20);
  await p.reload();
  await p.waitForSelector('.end-note');
  assert.equal(await lastAnswer(p).locator('.prose').innerText(), kept);
  await lastAnswer(p).getByRole('button', { name: 'Retry' }).click();
  await p.waitForSelector('.round.stop');
  await p.press(field, 'Escape');
  await ended(p);
  assert.match(await lastAnswer(p).innerText(), /2 of 2/);
  await lastAnswer(p).getByRole('button', { name: 'Previous version' }).click();
  await p.waitForFunction((text) => document.querySelector('.message.assistant:last-child .prose').innerText === text, kept);
  await done(p);
});

test('an error in the middle keeps what had arrived, explains itself, and Retry works', async () => {
  const p = await page();
  await p.route(stream, (route) => route.fulfill(eventStream({ type: 'chunk', content: 'Half an answer' }, { type: 'error', error: 'x', code: 'provider_overloaded' })), { times: 1 });
  await ask(p, 'hello');
  assert.equal(await lastAnswer(p).locator('.prose').innerText(), 'Half an answer');
  assert.match(await p.locator('.failure').innerText(), /provider is overloaded/);
  await p.locator('.failure').getByRole('button', { name: 'Retry' }).click();
  await p.waitForFunction(() => document.querySelector('.message.assistant:last-child .prose h3'));
  await ended(p);
  assert.equal(await p.locator('.failure').count(), 0);
  await done(p);
});

test('a provider that breaks off is a failure with words, not a spinner', async () => {
  const p = await page({ expect: [failedLoad] });
  await ask(p, '!cut now');
  assert.match(await p.locator('.failure').innerText(), /broke before the answer was complete/);
  assert.match(await lastAnswer(p).locator('.prose').innerText(), /will break/);
  await ask(p, '!error now');
  assert.equal(await p.locator('.failure').count(), 2);
  await done(p);
});

test('429 counts down and can be retried when the time is up, with the same question', async () => {
  const p = await page({ expect: [failedLoad] });
  const limited = { status: 429, headers: { 'Retry-After': '2' }, contentType: 'application/json', body: JSON.stringify({ error: 'Rate limit exceeded', message: 'Too many requests. Please try again later.', retry_after: 2 }) };
  await p.route(stream, (route) => route.fulfill(limited), { times: 1 });
  await ask(p, 'too fast');
  const retry = p.locator('.failure button').first();
  assert.match(await p.locator('.failure').innerText(), /Too many messages/);
  assert.match(await retry.innerText(), /Retry in [12] s/);
  assert.equal(await retry.getAttribute('aria-disabled'), 'true');
  await p.waitForFunction(() => document.querySelector('.failure button').innerText.trim() === 'Retry');
  await retry.click();
  await p.waitForSelector('.message.assistant[data-state="done"]');
  assert.equal(await p.locator('.message').count(), 2);
  await done(p);
});

test('each code has its own words and its remedy', async () => {
  const p = await page({ expect: [failedLoad] });
  const cases = [['provider_auth', /refused the server’s key/, 'Choose a model'], ['context_too_long', /longer than the model can read/, 'New chat'], ['model_not_found', /does not exist/, 'Choose a model']];
  for (const [code, words, button] of cases) {
    await p.route(stream, (route) => route.fulfill({ status: 502, contentType: 'application/json', body: JSON.stringify({ error: 'x', code, request_id: 'abcdef0123456789' }) }), { times: 1 });
    await ask(p, code);
    const failure = p.locator('.failure').last();
    assert.match(await failure.innerText(), words);
    assert.match(await failure.innerText(), /Request id abcdef0123456789/);
    assert.equal((await failure.locator('button').first().innerText()).trim(), button);
  }
  await done(p);
});

test('without a network the message is kept as not sent, the page says so, and Retry sends it', async () => {
  const p = await page({ expect: [failedLoad] });
  await p.context().setOffline(true);
  await p.waitForSelector('.bar-note');
  await ask(p, 'are you there');
  assert.match(await p.locator('.failure').innerText(), /Not sent/);
  await p.context().setOffline(false);
  await p.locator('.bar-note').waitFor({ state: 'detached' });
  await p.locator('.failure button').first().click();
  await p.waitForSelector('.message.assistant[data-state="done"]');
  assert.equal(await p.locator('.message').count(), 2);
  await done(p);
});

test('the history goes along, failed answers do not', async () => {
  const p = await page({ expect: [failedLoad] });
  await ask(p, '!say first answer');
  await p.route(stream, (route) => route.fulfill({ status: 503, body: '' }), { times: 1 });
  await ask(p, 'this one fails');
  const sent = p.waitForRequest(stream);
  await ask(p, '!say third');
  assert.deepEqual((await sent).postDataJSON().history, [{ role: 'user', content: '!say first answer' }, { role: 'assistant', content: 'first answer' }]);
  await done(p);
});

test('Enter sends, Shift+Enter makes a line, an input method’s Enter does neither', async () => {
  const p = await page();
  let requests = 0;
  p.on('request', (r) => void (r.url().endsWith('/stream') && requests++));
  await p.fill(field, 'にほん');
  await p.evaluate((selector) => {
    const target = document.querySelector(selector);
    target.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }));
    target.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true }));
  }, field);
  await p.fill(field, '!say two');
  await p.press(field, 'Shift+Enter');
  await p.keyboard.type('lines');
  assert.equal(await p.inputValue(field), '!say two\nlines');
  assert.equal(requests, 0);
  await p.press(field, 'Enter');
  await ended(p);
  assert.equal(requests, 1);
  assert.equal(await p.inputValue(field), '');
  await done(p);
});

test('a blank text cannot be sent; above 10,000 characters it is kept, counted and not sent', async () => {
  const p = await page();
  assert.ok(await p.locator('.round.send').isDisabled());
  await p.fill(field, '   \n ');
  assert.ok(await p.locator('.round.send').isDisabled());
  await p.fill(field, 'x'.repeat(8999));
  assert.equal(await p.locator('.counter').count(), 0);
  await p.fill(field, '😀'.repeat(9990));
  assert.match(await p.locator('.counter').innerText(), /10 characters left/);
  await p.fill(field, 'x'.repeat(10_001));
  assert.match(await p.locator('.counter').innerText(), /1 character over/);
  assert.ok(await p.locator('.round.send').isDisabled());
  await done(p);
});

test('a draft is kept per conversation over switching and reloading', async () => {
  const p = await page();
  await ask(p, '!say one');
  await p.fill(field, 'half a thought');
  await p.getByRole('button', { name: 'New chat' }).click();
  await p.waitForFunction((s) => document.querySelector(s).value === '', field);
  await p.fill(field, 'another');
  await p.reload();
  await p.waitForFunction((s) => document.querySelector(s)?.value === 'another', field);
  await p.goBack();
  await p.waitForFunction((s) => document.querySelector(s)?.value === 'half a thought', field);
  await done(p);
});

test('conversations are renamed, found, deleted with undo, and opened by their address', async () => {
  const p = await page();
  await ask(p, '!say apples');
  await p.getByRole('button', { name: 'New chat' }).click();
  await ask(p, '!say pears');
  const address = p.url();
  await p.locator('.row.here .icon-button').click();
  await p.getByRole('menuitem', { name: 'Rename' }).click();
  await p.waitForFunction(() => document.activeElement.classList.contains('rename'));
  await p.keyboard.type('Fruit of the year');
  await p.keyboard.press('Enter');
  await p.waitForFunction(() => document.querySelector('.top-title').textContent === 'Fruit of the year');
  await p.fill('.sidebar input[type=search]', 'frUit');
  assert.deepEqual(await p.locator('.row-title').allInnerTexts(), ['Fruit of the year']);
  await p.fill('.sidebar input[type=search]', '');
  await p.locator('.row.here .icon-button').click();
  await p.getByRole('menuitem', { name: 'Delete' }).click();
  await p.waitForFunction(() => document.querySelectorAll('.row').length === 1);
  await p.locator('.toast button').click();
  await p.waitForFunction(() => document.querySelectorAll('.row').length === 2);
  await p.goto(address);
  await p.waitForSelector('.message.assistant .prose');
  assert.equal(await lastAnswer(p).locator('.prose').innerText(), 'pears');
  await p.goto(`${server.base}c/00000000-0000-7000-8000-000000000000`);
  await p.getByRole('heading', { name: 'This conversation is not here' }).waitFor();
  await done(p);
});

test('an edited question begins a branch and the old one stays reachable', async () => {
  const p = await page();
  await ask(p, '!say first');
  await p.locator('.message.user').hover();
  await p.getByRole('button', { name: 'Edit' }).click();
  await p.fill('.edit textarea', '!say second');
  await p.click('.edit [type=submit]');
  await p.waitForFunction(() => document.querySelector('.message.assistant .prose')?.innerText === 'second');
  await p.locator('.message.user').getByRole('button', { name: 'Previous version' }).click();
  await p.waitForFunction(() => document.querySelector('.message.assistant .prose')?.innerText === 'first');
  await done(p);
});

test('reasoning is folded and not copied; details show the tokens that the provider counted', async () => {
  const p = await page();
  await p.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await ask(p, '!think deeply');
  assert.equal(await p.locator('.reasoning').getAttribute('open'), null);
  assert.match(await p.locator('.reasoning summary').innerText(), /Thought for/);
  await lastAnswer(p).getByRole('button', { name: 'Copy' }).click();
  assert.equal(await p.evaluate(() => navigator.clipboard.readText()), 'The answer is **42**.');
  await lastAnswer(p).getByRole('button', { name: 'Details' }).click();
  assert.match(await p.locator('.details').innerText(), /Tokens in\s+40/);
  await done(p);
});

test('text follows at the bottom, one tick upwards lets it be, the button leads back', async () => {
  const p = await page({ context: { viewport: { width: 900, height: 500 } } });
  await say(p, '!long story');
  const distance = () => p.evaluate(() => { const l = document.querySelector('.log'); return Math.round(l.scrollHeight - l.clientHeight - l.scrollTop); });
  await p.waitForFunction(() => document.querySelector('.log').scrollTop > 200);
  await p.mouse.move(500, 200);
  await p.mouse.wheel(0, -120);
  await p.waitForSelector('.to-newest');
  await p.waitForTimeout(150);
  const top = await p.evaluate(() => document.querySelector('.log').scrollTop);
  await ended(p);
  assert.ok(Math.abs(await p.evaluate(() => document.querySelector('.log').scrollTop) - top) <= 1);
  await p.click('.to-newest');
  await p.waitForFunction(() => !document.querySelector('.to-newest'));
  assert.ok((await distance()) <= 1);
  await p.reload();
  await p.waitForSelector('.message.assistant .prose h3');
  assert.ok((await distance()) <= 1, 'opening lands on the newest message');
  await done(p);
});
