// A conversation in a real browser: sending, streaming, stopping, failing, and coming back.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { device, done, failedLoad, server, setStage } from './devices.mjs';
import { ask, ended, field, lastAnswer, open, say } from './start.mjs';

setStage();

const turns = '**/api/conversations/*/turns';

test('a typed question gets a streamed answer, the address and the title follow', async () => {
  const p = await device();
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
  const p = await device();
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
  await p.waitForSelector('.message.assistant[data-state="running"]'); // before that, stopping takes the wish back
  await p.press(field, 'Escape');
  await ended(p);
  assert.match(await lastAnswer(p).innerText(), /2 of 2/);
  await lastAnswer(p).getByRole('button', { name: 'Previous version' }).click();
  await p.waitForFunction((text) => document.querySelector('.message.assistant:last-child .prose').innerText === text, kept);
  await done(p);
});

test('an error in the middle keeps what had arrived, explains itself, and Retry asks again', async () => {
  const p = await device();
  await ask(p, '!error in the middle');
  const kept = await lastAnswer(p).locator('.prose').innerText();
  assert.ok(kept.length > 5, await lastAnswer(p).innerHTML());
  assert.match(await p.locator('.failure').innerText(), /provider (reported an error|is overloaded)/);
  await p.reload();
  await p.waitForSelector('.failure');
  assert.equal(await lastAnswer(p).locator('.prose').innerText(), kept);
  await p.locator('.failure').getByRole('button', { name: 'Retry' }).click();
  await p.waitForFunction(() => /2 of 2/.test(document.querySelector('.message.assistant:last-child').innerText));
  await done(p);
});

test('a provider that breaks off is a failure with words, not a spinner', async () => {
  const p = await device({ expect: [failedLoad] });
  await ask(p, '!cut now');
  assert.match(await p.locator('.failure').innerText(), /broke before the answer was complete/);
  assert.match(await lastAnswer(p).locator('.prose').innerText(), /will break/);
  await ask(p, '!error now');
  assert.equal(await p.locator('.failure').count(), 2);
  await done(p);
});

test('429 counts down and can be retried when the time is up, with the same question', async () => {
  const p = await device({ expect: [failedLoad] });
  const limited = { status: 429, headers: { 'Retry-After': '2' }, contentType: 'application/json', body: JSON.stringify({ error: 'Rate limit exceeded', message: 'Too many requests. Please try again later.', retry_after: 2 }) };
  await p.route(turns, (route) => route.fulfill(limited), { times: 1 });
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
  const p = await device({ expect: [failedLoad] });
  const cases = [['provider_auth', /refused the server’s key/, 'Choose a model'], ['context_too_long', /longer than the model can read/, 'New chat'], ['model_not_found', /does not exist/, 'Choose a model']];
  for (const [code, words, button] of cases) {
    await open(p, server.base);
    await p.route(turns, (route) => route.fulfill({ status: 502, contentType: 'application/json', body: JSON.stringify({ error: 'x', code, request_id: 'abcdef0123456789' }) }), { times: 1 });
    await ask(p, code);
    const failure = p.locator('.failure').last();
    assert.match(await failure.innerText(), words);
    assert.match(await failure.innerText(), /Request id abcdef0123456789/);
    assert.equal((await failure.locator('button').first().innerText()).trim(), button);
  }
  await done(p);
});

test('without a network the message is kept over a reload, and is sent once when the network is back', async () => {
  const p = await device({ expect: [failedLoad] });
  await ask(p, '!say before');
  await p.route('**/api/**', (route) => route.abort('internetdisconnected'));
  await say(p, '!say written on a train');
  await p.waitForFunction(() => /sent as soon as/.test(document.querySelector('.message.assistant:last-child')?.innerText));
  await p.reload();
  await p.waitForFunction(() => /sent as soon as/.test(document.querySelector('.message.assistant:last-child')?.innerText));
  assert.equal(await p.locator('.message.user').last().locator('.bubble').innerText(), '!say written on a train');
  let posts = 0;
  p.on('request', (r) => void (r.method() === 'POST' && r.url().endsWith('/turns') && posts++));
  await p.unroute('**/api/**');
  await p.waitForFunction(() => document.querySelector('.message.assistant:last-child .prose')?.innerText === 'written on a train');
  assert.equal(await p.locator('.message').count(), 4);
  assert.equal(posts, 1);
  await p.reload();
  await p.waitForFunction(() => document.querySelector('.message.assistant:last-child .prose')?.innerText === 'written on a train');
  assert.equal(await p.locator('.message').count(), 4);
  await done(p);
});

test('a message that could not be sent comes back into the field when it is taken back', async () => {
  const p = await device({ expect: [failedLoad] });
  await p.route('**/api/conversations**', (route) => route.abort('internetdisconnected'));
  await say(p, 'never mind');
  await p.waitForFunction(() => /sent as soon as/.test(document.querySelector('.message.assistant')?.innerText));
  await p.click('.round.stop');
  await p.waitForFunction((s) => document.querySelector(s)?.value === 'never mind', field);
  assert.equal(new URL(p.url()).pathname, '/chat');
  assert.equal(await p.locator('.row').filter({ hasText: 'never mind' }).count(), 0);
  await done(p);
});

test('a reply that is lost after the server had the message makes one message, not two', async () => {
  const p = await device({ expect: [failedLoad] });
  let lost = 0;
  await p.route(turns, async (route) => {
    if (lost++) return route.continue();
    await route.fetch();
    return route.abort('connectionreset');
  });
  await ask(p, '!say only once');
  assert.ok(lost >= 1);
  await p.reload();
  await p.waitForFunction(() => document.querySelector('.message.assistant .prose')?.innerText === 'only once');
  assert.equal(await p.locator('.message').count(), 2);
  await done(p);
});

test('a temporary chat answers, remembers what was said, says that it is not stored, and is gone after a reload', async () => {
  const p = await device({ path: 'temporary' });
  await p.getByText('nothing of it is stored').waitFor();
  await ask(p, '!say first answer');
  const sent = p.waitForRequest('**/api/chat/stream');
  await ask(p, '!say second');
  assert.deepEqual((await sent).postDataJSON().history, [{ role: 'user', content: '!say first answer' }, { role: 'assistant', content: 'first answer' }]);
  assert.equal(new URL(p.url()).pathname, '/temporary');
  assert.equal(await p.locator('.row').filter({ hasText: 'first answer' }).count(), 0);
  await p.reload();
  await p.waitForSelector(field);
  assert.equal(await p.locator('.message').count(), 0);
  await done(p);
});

test('Enter sends, Shift+Enter makes a line, an input method’s Enter does neither', async () => {
  const p = await device();
  let requests = 0;
  p.on('request', (r) => void (r.url().endsWith('/turns') && requests++));
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
  const p = await device();
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
  const p = await device();
  await ask(p, '!say one');
  await p.fill(field, 'half a thought');
  await p.getByRole('button', { name: 'New chat', exact: true }).click();
  await p.waitForFunction((s) => document.querySelector(s).value === '', field);
  await p.fill(field, 'another');
  await p.reload();
  await p.waitForFunction((s) => document.querySelector(s)?.value === 'another', field);
  await p.goBack();
  await p.waitForFunction((s) => document.querySelector(s)?.value === 'half a thought', field);
  await done(p);
});

test('conversations are renamed, found, deleted with undo, and opened by their address', async () => {
  const p = await device({ expect: [failedLoad] });
  await ask(p, '!say apples');
  await p.getByRole('button', { name: 'New chat', exact: true }).click();
  await ask(p, '!say pears');
  const address = p.url();
  await p.locator('.row.here .icon-button').click();
  await p.getByRole('menuitem', { name: 'Rename' }).click();
  await p.waitForFunction(() => document.activeElement.classList.contains('rename'));
  await p.keyboard.type('Fruit of the year');
  await p.keyboard.press('Enter');
  await p.waitForFunction(() => document.querySelector('.top-title').textContent === 'Fruit of the year');
  await p.fill('.sidebar input[type=search]', 'frUit');
  await p.waitForFunction(() => [...document.querySelectorAll('.row-title')].map((row) => row.textContent).join() === 'Fruit of the year');
  await p.fill('.sidebar input[type=search]', '');
  const rows = await p.locator('.row').count();
  await p.locator('.row.here .icon-button').click();
  await p.getByRole('menuitem', { name: 'Delete' }).click();
  await p.waitForFunction((n) => document.querySelectorAll('.row').length === n - 1, rows);
  await p.locator('.toast button').click();
  await p.waitForFunction((n) => document.querySelectorAll('.row').length === n, rows);
  await p.goto(address);
  await p.waitForSelector('.message.assistant .prose');
  assert.equal(await lastAnswer(p).locator('.prose').innerText(), 'pears');
  await p.goto(`${server.base}c/00000000-0000-7000-8000-000000000000`);
  await p.getByRole('heading', { name: 'This conversation is not here' }).waitFor();
  await done(p);
});

test('an edited question begins a branch and the old one stays reachable', async () => {
  const p = await device();
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
  const p = await device();
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
  const p = await device({ viewport: { width: 900, height: 500 } });
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
