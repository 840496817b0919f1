// What a person sees when a provider fails: a real browser, the real server, and the fake provider (tools/fake_provider.cpp)
// behind it. The stand-in server of the app cannot show this, so without WHINCHAT_BIN these tests are skipped.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { startFake, until } from '../server.mjs';
import { device, done, failedLoad, server, setStage, skip } from './devices.mjs';
import { ask, ended, field, lastAnswer, open, realBinary, say, startServer, watched } from './start.mjs';

const key = 'sk-canary-browser-7d1f0a94c3e2';
const kStopMs = 1500; // from the click to the provider's closed connection; the server's own share is 250 ms
let fake;

const settings = (more = {}) => ({
  LOCAL_DISCOVERY: 'false', OPENAI_API_KEY: key, OPENAI_BASE_URL: fake.openaiUrl, OPENAI_API: 'chat', DEFAULT_MODEL: 'gpt-4o',
  PROVIDER_CONNECT_TIMEOUT: '1', PROVIDER_HEAD_TIMEOUT: '1', PROVIDER_IDLE_TIMEOUT: '1', ...more,
});

setStage({ start: async () => {
  if (skip) return undefined;
  fake = await startFake(['--chunks', '4']);
  return startServer({ demo: true, env: settings() });
} });
after(() => fake?.stop());
const page = (options) => device({ expect: [failedLoad], ...options });

// Rows: what the provider does, the failure's code, the first remedy offered, whether text came before it.
const rows = [
  ['status=401', 'provider_auth', 'Choose a model', false],
  ['status=429,quota', 'provider_quota', 'Choose a model', false],
  ['status=400', 'provider_rejected', 'Edit the message', false],
  ['status=500,should_retry=false,html', 'provider_error', 'Retry', false],
  ['hang_head', 'timeout', 'Retry', false],
  ['close_after=2', 'provider_truncated', 'Retry', true],
  ['hang_after=2', 'timeout', 'Retry', true],
  ['error_at=2', 'provider_error', 'Retry', true],
];
test('each way a provider fails has its own words and remedy, and shows nothing of the provider’s own text', { skip }, async () => {
  const p = await page();
  const titles = new Map();
  for (const [directive, code, remedy, partial] of rows) {
    await open(p, server.base); // a chat of its own: earlier questions go along to the provider, with their directives
    await ask(p, `please fake:${directive}`);
    const failure = lastAnswer(p).locator('.failure');
    await failure.waitFor();
    assert.equal(await failure.getAttribute('data-code'), code, directive);
    titles.set(code, await failure.locator('.failure-title').innerText());
    assert.equal((await failure.locator('button').first().innerText()).trim(), remedy, directive);
    assert.equal((await lastAnswer(p).locator('.prose').allInnerTexts()).join('').trim() !== '', partial, `${directive}: text that had arrived is kept`);
    assert.ok(await p.locator(field).isEnabled(), 'the next message can be written');
  }
  assert.equal(new Set(titles.values()).size, titles.size, `no two codes share their words: ${[...titles.values()].join('; ')}`);
  const words = await p.locator('body').innerText();
  for (const raw of [key, 'Upstream detail', 'fake provider', 'Bad Gateway', `:${fake.port}`, '{"error"', '{message}']) assert.ok(!words.includes(raw), raw);
  await done(p);
});

test('a provider that says when to come back starts a countdown of that length, then Retry succeeds', { skip }, async () => {
  const p = await page();
  await ask(p, 'please fake:status=429,retry_after=3,should_retry=false,times=1');
  const failure = p.locator('.failure');
  assert.match(await failure.innerText(), /asks us to slow down/);
  const retry = failure.locator('button').first();
  assert.match(await retry.innerText(), /Retry in [123] s/);
  await p.reload();
  await retry.waitFor();
  assert.match(await retry.innerText(), /Retry in [123] s/, 'a reload still knows the moment');
  await p.waitForFunction(() => document.querySelector('.failure button')?.innerText.trim() === 'Retry');
  await retry.click();
  await p.waitForSelector('.message.assistant[data-state="done"]');
  assert.equal(await p.locator('.failure').count(), 0);
  await done(p);
});

test('the server’s own limit counts down from what the server says; the draft and old answers stay usable', { skip }, async () => {
  const limited = await startServer({ demo: true, env: settings({ RATELIMIT_PER_MINUTE: '2' }) });
  const p = await page({ base: limited.base });
  await ask(p, 'one');
  await ask(p, 'two');
  await ask(p, 'three');
  const failure = p.locator('.failure');
  assert.match(await failure.innerText(), /Too many messages/);
  const shown = async () => Number(/Retry in (\d+) s/.exec(await failure.locator('button').first().innerText())?.[1]);
  const first = await shown();
  assert.ok(first >= 1 && first <= 60, `${first}`);
  await p.waitForFunction((n) => Number(/\d+/.exec(document.querySelector('.failure button').innerText)?.[0]) < n, first);
  await p.fill(field, 'a draft meanwhile');
  await p.reload();
  await p.waitForSelector('.failure');
  assert.ok(await shown() < first, 'a reload does not begin the wait anew');
  assert.equal(await p.inputValue(field), 'a draft meanwhile');
  assert.equal(await p.locator('.message.assistant[data-state="done"]').count(), 2);
  await done(p);
});

const closedEarly = async (mark) => (await fake.chats()).find((entry) => entry.body.includes(mark))?.closed_early;

test('Stop closes the connection to the provider; closing the page does not, the answer is there when one comes back', { skip }, async () => {
  const p = await page();
  await say(p, 'please fake:chunks=2000,delay_ms=20,tag=stopped');
  await p.waitForFunction(() => document.querySelector('.message.assistant .prose')?.innerText.length > 10);
  await p.click('.round.stop');
  await until(() => closedEarly('tag=stopped'), kStopMs, 'the provider to see the stop');
  await p.waitForSelector('.message.assistant[data-state="stopped"]');
  assert.ok((await lastAnswer(p).locator('.prose').innerText()).length > 10);
  await open(p, server.base);
  await say(p, 'please fake:chunks=60,delay_ms=25,tag=left');
  await p.waitForFunction(() => document.querySelector('.message.assistant:last-child .prose')?.innerText.length > 10);
  const address = p.url();
  p.assertClean();
  await p.close();
  const again = await watched(p.context(), { expect: [/Failed to load resource/] });
  await again.goto(address);
  await again.waitForSelector('.message.assistant[data-state="done"]');
  assert.equal(await closedEarly('tag=left'), false);
  await done(again);
});

test('two conversations answer side by side, and Stop in one leaves the other alone', { skip }, async () => {
  const p = await page();
  await say(p, 'please fake:chunks=60,delay_ms=25,tag=first');
  await p.waitForFunction(() => document.querySelector('.message.assistant .prose')?.innerText.length > 10);
  const first = p.url();
  await p.getByRole('button', { name: 'New chat' }).click();
  await say(p, 'please fake:chunks=2000,delay_ms=20,tag=second');
  await p.waitForFunction(() => document.querySelector('.message.assistant .prose')?.innerText.length > 10);
  await p.click('.round.stop');
  await p.waitForSelector('.message.assistant[data-state="stopped"]');
  await p.locator(`.sidebar a[href="${new URL(first).pathname}"]`).click();
  await ended(p);
  assert.equal(await p.locator('.message.assistant').getAttribute('data-state'), 'done');
  await done(p);
});

test('keys and the provider’s address reach neither the page, its storage nor any answer of the server', { skip }, async () => {
  const p = await page();
  const bodies = [];
  // The change feed has no end to wait for.
  p.on('response', (response) => void (response.url().includes('/api/changes') || bodies.push(response.text().catch(() => ''))));
  await ask(p, 'please fake:chunks=4,reasoning=2');
  await p.click('.model-button');
  await p.waitForSelector('dialog[open] [role=option]');
  await p.reload();
  await p.waitForSelector('.message.assistant .prose');
  const kept = await p.evaluate(async () => {
    const parts = [document.documentElement.outerHTML, JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
    for (const { name } of await indexedDB.databases()) {
      const db = await new Promise((done) => { const r = indexedDB.open(name); r.onsuccess = () => done(r.result); });
      for (const store of db.objectStoreNames) parts.push(JSON.stringify(await new Promise((done) => { const r = db.transaction(store).objectStore(store).getAll(); r.onsuccess = () => done(r.result); })));
    }
    return parts.join('\n');
  });
  const all = kept + (await Promise.all(bodies)).join('\n');
  assert.ok(all.includes('fake:chunks=4'), 'the conversation is among what was read');
  for (const secret of [key, `127.0.0.1:${fake.port}`]) assert.ok(!all.includes(secret), secret);
  await done(p);
});

test('models that cannot answer are shown with the server’s own reason, and cannot be chosen', { skip }, async () => {
  const p = await page();
  await p.click('.model-button');
  const group = p.locator('dialog [role=group]').filter({ hasText: 'Claude' });
  await group.waitFor();
  assert.equal(await group.locator('[role=option][aria-disabled=false]').count(), 0);
  assert.match(await group.innerText(), /ANTHROPIC_API_KEY/);
  await done(p);
});

test('without a key the card says what to set and where; the app stays usable, with prepared answers or with none', { skip }, async () => {
  const env = { LOCAL_DISCOVERY: 'false' };
  const [demo, none] = await Promise.all([startServer({ demo: true, env }), startServer({ demo: true, env: { ...env, DEMO: 'false' } })]);
  const known = execFileSync(realBinary, ['--help'], { encoding: 'utf8' });
  for (const [own, title] of [[demo, 'These are demo answers'], [none, 'No model is connected']]) {
    const p = await page({ base: own.base });
    const card = p.getByRole('region', { name: title });
    await card.waitFor();
    const [where, ...settings] = (await card.locator('pre').innerText()).split('\n');
    assert.equal(where, '# .env');
    for (const line of settings) assert.ok(known.includes(`${/^([A-Z_]+)=sk-/.exec(line)[1]} `), `${line} is no setting of the server`);
    assert.equal(settings.length, 2);
    assert.match(await card.innerText(), /give the server a key and start it again:[\s\S]*Ollama, llama-server or LM Studio on this machine is found by itself/);
    if (own === demo) {
      await ask(p, 'Is anybody there?');
      assert.ok((await lastAnswer(p).locator('.prose').innerText()).length > 20);
      assert.equal(await card.count(), 0, 'the conversation has the room');
      await p.getByText('Demo answers').waitFor();
    } else {
      await p.fill(field, 'kept for later');
      await p.reload();
      await p.waitForSelector('.key-card');
      assert.equal(await p.inputValue(field), 'kept for later');
    }
    await p.keyboard.press('Control+.');
    await p.waitForSelector('.dialog-settings[open]');
    await done(p);
  }
});

test('an empty chat on a phone begins at its greeting', { skip }, async () => {
  const demo = await startServer({ demo: true, env: { LOCAL_DISCOVERY: 'false' } });
  const p = await page({ base: demo.base, viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true });
  await p.route('**/api/models', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 400)); // a slow network: the card comes after the first paint
    await route.continue();
  });
  await p.reload();
  await p.waitForSelector('.key-card');
  await p.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  assert.equal(await p.evaluate(() => document.querySelector('.log').scrollTop), 0);
  await done(p);
});

test('a history that the model can no longer read is summed up once; the summary is shown as one, and what it stands for stays', { skip }, async () => {
  await fake.directives('text=They%20spoke%20of%20many%20birds.');
  const narrow = await startServer({ demo: true, env: settings({ MAX_TOKENS: '32768' }) }); // leaves half of the model's 32,768 tokens
  const p = await page({ base: narrow.base });
  const long = (word) => `${word} ${'é'.repeat(9900)}`; // a token for each of these characters
  await ask(p, long('First'));
  await ask(p, long('Second'));
  const summary = p.locator('.message.summary');
  await summary.waitFor();
  assert.equal(await p.locator('.message.user').count(), 2, 'both questions are still there');
  assert.equal(await summary.locator('.prose').isVisible(), false);
  await summary.locator('summary').click();
  await summary.getByText('They spoke of many birds.').waitFor();
  await summary.getByText('which all stay').waitFor();
  await ask(p, 'And a short one');
  await p.reload();
  await p.waitForFunction(() => document.querySelectorAll('.message.user').length === 3);
  assert.equal(await summary.count(), 1);
  const order = await p.evaluate(() => [...document.querySelectorAll('.message')].map((m) => (m.classList.contains('summary') ? 's' : m.classList.contains('user') ? 'u' : 'a')).join(''));
  assert.equal(order, 'uasuaua');
  const asked = (await fake.chats()).map((entry) => entry.body);
  assert.equal(asked.filter((body) => body.includes('You sum up')).length, 1, 'summed up once');
  const last = asked.findLast((body) => body.includes('And a short one') && !body.includes('You name'));
  assert.ok(last.includes('many birds') && last.includes('Second') && !last.includes('First'));
  await fake.directives('');
  await done(p);
});
