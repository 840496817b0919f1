// What a person sets, and what the app says when something is not as usual.
import { afterEach, test } from 'node:test';
import assert from 'node:assert/strict';
import { until } from '../server.mjs';
import { device, done, failedLoad, server, setStage, skip } from './devices.mjs';
import { ask, ended, field, lastAnswer, open, say, startServer, violations, watched } from './start.mjs';

setStage({ viewport: { width: 1000, height: 700 } });
// The next case is another person's, so to speak.
afterEach(async () => {
  const { revision } = await (await fetch(`${server.base}api/settings`)).json();
  await fetch(`${server.base}api/settings`, { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ settings: {}, revision }) });
});

const prompt = async (p) => JSON.parse(await lastAnswer(p).locator('pre code').innerText());
const settings = async (p) => {
  await p.keyboard.press('Control+.');
  await p.waitForSelector('.dialog-settings[open]');
};

test('instructions, temperature and the longest answer go to the model with every question, and out of range they do not', { skip }, async () => {
  const p = await device();
  await settings(p);
  await p.getByLabel('What every model should know').fill('Answer in rhymes.');
  await p.getByLabel('Temperature').fill('0.3');
  await p.getByLabel('Longest answer').fill('32100');
  await p.keyboard.press('Escape');
  await ask(p, '!prompt');
  const told = await prompt(p);
  assert.match(told.messages[0].content, /You are a helpful AI assistant\.\n\nAnswer in rhymes\.$/);
  assert.equal(told.max_tokens, 32100);
  await p.getByRole('button', { name: 'New chat', exact: true }).click();
  await p.goto(`${server.base}temporary`);
  await ask(p, '!prompt');
  assert.equal((await prompt(p)).messages[0].content, 'Answer in rhymes.', 'a temporary chat has them too');
  await settings(p);
  await p.getByLabel('Temperature').fill('9');
  assert.equal(await p.getByLabel('Temperature').getAttribute('aria-invalid'), 'true');
  await p.getByLabel('Longest answer').fill('');
  await p.getByLabel('What every model should know').fill('');
  await p.keyboard.press('Escape');
  await ask(p, '!prompt again');
  const after = await prompt(p);
  assert.equal(after.max_tokens, null);
  assert.equal(after.messages[0].content, 'You are a helpful AI assistant.');
  await done(p);
});

test('where the system prompt is locked no instructions are offered, and none are sent', { skip }, async () => {
  const own = await startServer({ env: { SYSTEM_PROMPT: 'Be formal.', SYSTEM_PROMPT_LOCKED: 'true' } });
  const p = await device({ base: own.base, expect: [failedLoad], init: () => localStorage.setItem('whinchat.settings', JSON.stringify({ instructions: 'Be rude.' })) });
  await ask(p, '!prompt');
  assert.equal((await prompt(p)).messages[0].content, 'Be formal.');
  // Nor is anything refused that was asked before the page could know of it.
  const refused = p.waitForResponse((response) => response.url().endsWith('/turns') && response.status() === 400);
  await p.route('**/api/models', async (route) => (await refused, route.continue()));
  await p.goto(`${own.base}chat`);
  await ask(p, '!prompt at once');
  assert.equal((await prompt(p)).messages[0].content, 'Be formal.');
  await settings(p);
  await p.getByText('has set the instructions for all models').waitFor();
  await done(p);
});

test('size, spacing, code font and Markdown in questions hold at once, in other tabs, and before the first paint', async () => {
  const p = await device({ expect: [/Failed to load resource|ERR_FAILED/] });
  const other = await watched(p.context());
  await open(other, server.base);
  await ask(p, '!say `code` and **bold**');
  const size = () => p.evaluate(() => parseFloat(getComputedStyle(document.documentElement).fontSize));
  const usual = await size();
  await settings(p);
  await p.getByLabel('Huge').check();
  assert.ok(await size() > usual * 1.25);
  await p.getByLabel('Compact').check();
  await p.getByLabel('Font for code').fill('DejaVu Sans Mono; } * { color: red');
  await p.getByRole('switch', { name: 'Format my messages' }).check();
  await p.keyboard.press('Escape');
  await p.locator('.bubble strong', { hasText: 'bold' }).waitFor();
  const font = await p.locator('.message.assistant code').first().evaluate((node) => getComputedStyle(node).fontFamily);
  assert.match(font, /^"?DejaVu Sans Mono/);
  assert.ok(!/color/.test(font) || /"[^"]*color[^"]*"/.test(font), 'a name of a font and nothing else');
  await other.waitForFunction(() => document.documentElement.dataset.size === 'huge' && document.documentElement.dataset.density === 'compact');
  await p.route('**/assets/core-*.js', (route) => route.abort()); // the app never comes
  await p.goto(`${server.base}chat`, { waitUntil: 'commit' });
  await p.waitForFunction(() => document.body && document.documentElement.dataset.size === 'huge');
  await done(p, other);
});

test('the colour of the browser’s bars follows the chosen theme', async () => {
  const p = await device({ colorScheme: 'light' });
  const bars = () => p.evaluate(() => [...document.querySelectorAll('meta[name=theme-color]')].map((meta) => meta.content));
  assert.equal(new Set(await bars()).size, 2, 'one for each of the system’s themes');
  await settings(p);
  await p.getByLabel('Dark', { exact: true }).check();
  assert.deepEqual(new Set(await bars()), new Set(['#191512']));
  await p.getByLabel('Light', { exact: true }).check();
  assert.deepEqual(new Set(await bars()), new Set(['#fbf7f1']));
  await done(p);
});

test('a chat keeps its model; one that is gone is named, and what answers instead too', async () => {
  const p = await device();
  await p.waitForFunction(() => !document.querySelector('.model-name').textContent.includes('…'));
  const usual = await p.locator('.model-name').innerText();
  await ask(p, '!say with the usual one');
  const path = new URL(p.url()).pathname.slice(1);
  await p.getByRole('button', { name: 'New chat', exact: true }).click();
  await p.click('.model-button');
  await p.waitForSelector('.dialog-models [role=option][data-active=true]');
  await p.locator('.dialog-models .option[aria-disabled=false][aria-selected=false]').first().click();
  await p.waitForFunction((name) => document.querySelector('.model-name').textContent !== name, usual);
  await p.goBack();
  await p.waitForFunction((name) => document.querySelector('.model-name').textContent === name, usual);
  assert.equal(await p.locator('.composer-note').count(), 0);
  await p.route('**/api/models', async (route) => {
    const answer = await (await route.fetch()).json();
    answer.openai = answer.openai.filter((m) => m.name !== usual && m.id !== usual);
    await route.fulfill({ json: answer });
  });
  await p.goto(server.base + path);
  await p.locator('.composer-note').waitFor();
  assert.match(await p.locator('.composer-note').innerText(), /is not available now\. .+ answers instead/);
  await done(p);
});

test('an empty chat has four ideas and the field in focus, and nothing moves while it loads', async () => {
  const p = await device({ init: () => {
    globalThis.moved = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) globalThis.moved += entry.value; }).observe({ type: 'layout-shift', buffered: true });
  } });
  await p.waitForFunction(() => !document.querySelector('.model-name').textContent.includes('…'));
  assert.equal(await p.locator('.starters button').count(), 4);
  assert.ok(await p.evaluate((s) => document.activeElement === document.querySelector(s), field));
  assert.ok((await p.evaluate(() => globalThis.moved)) <= 0.02);
  await p.locator('.starters button').nth(1).click();
  await p.waitForSelector('.message.assistant');
  assert.match(await p.locator('.bubble').innerText(), /shell script/);
  await done(p);
});

test('a first word that does not come after ten seconds is owned up to, with Stop and another model as ways out', async () => {
  const p = await device({ expect: [failedLoad, /ERR_/] });
  await p.clock.install();
  await p.route('**/api/turns/*/events*', () => undefined); // connected, and silent
  await say(p, '!slow to begin');
  await p.waitForSelector('.message.assistant[data-state="running"] .waiting');
  await p.clock.fastForward(9000);
  assert.equal(await p.locator('.waiting-ways').count(), 0);
  await p.clock.fastForward(1500);
  await p.getByText('Still waiting for the first word').waitFor();
  await p.getByRole('button', { name: 'Try another model' }).click();
  await p.unroute('**/api/turns/*/events*');
  await p.clock.resume();
  await p.waitForSelector('.dialog-models[open]');
  await p.keyboard.press('Escape');
  const id = new URL(p.url()).pathname.slice(3);
  await until(async () => (await (await fetch(`${server.base}api/conversations/${id}`)).json()).messages.at(-1).state === 'stopped', 15_000, 'the stop');
  await done(p);
});

test('where the browser keeps nothing the app says so and works', async () => {
  const denied = await device({ init: () => Object.defineProperty(globalThis, 'indexedDB', { get() { throw new DOMException('denied', 'SecurityError'); } }) });
  await denied.getByText('This browser keeps nothing for Whinchat').waitFor();
  await ask(denied, '!say still here');
  assert.equal(await lastAnswer(denied).locator('.prose').innerText(), 'still here');
  await done(denied);
  const full = await device({ init: () => {
    IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); };
    Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };
  } });
  await ask(full, '!say also here');
  await full.getByText('This browser keeps nothing for Whinchat').waitFor();
  await ask(full, '!say and again');
  assert.equal(await full.locator('.message').count(), 4);
  await done(full);
});

test('a page that is older than its server offers to load the new one, never while an answer is written', async () => {
  const p = await device();
  assert.equal(await p.locator('.bar-note.update').count(), 0);
  await p.route('**/api/conversations/*/turns', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, headers: { ...response.headers(), 'x-whinchat-version': '99.0.0' } });
  });
  await say(p, '!pause while new things come');
  await p.waitForSelector('.round.stop');
  assert.equal(await p.locator('.bar-note.update').count(), 0);
  await ended(p);
  await p.getByText('A new version of Whinchat is ready').waitFor();
  await Promise.all([p.waitForEvent('load'), p.locator('.bar-note.update .button.main').click()]);
  await p.waitForSelector('.message.assistant');
  assert.equal(await p.locator('.bar-note.update').count(), 0);
  await done(p);
});

test('a request’s id is copied by its button', async () => {
  const p = await device({ expect: [failedLoad] });
  await p.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await p.route('**/turns', (route) => route.fulfill({ status: 500, contentType: 'application/json', body: JSON.stringify({ error: 'x', code: 'internal', request_id: 'abcdef0123456789' }) }), { times: 1 });
  await ask(p, 'break');
  await p.getByRole('button', { name: 'Copy the request id' }).click();
  await p.getByText('Copied').first().waitFor();
  assert.equal(await p.evaluate(() => navigator.clipboard.readText()), 'abcdef0123456789');
  await done(p);
});

test('a picture from elsewhere is a card that names its host; nothing is fetched, a click opens it in a window of its own', async () => {
  const p = await device();
  await ask(p, '!say Look: ![a heron in the reeds](https://pictures.example/heron.png?secret=1) and ![](javascript:alert(1))');
  const card = p.locator('a.remote-image');
  assert.equal((await card.innerText()).replace(/\s+/g, ' '), 'a heron in the reeds opens pictures.example');
  assert.equal(await card.getAttribute('target'), '_blank');
  assert.match(await card.getAttribute('rel'), /noopener noreferrer/);
  assert.equal(await p.locator('.prose img').count(), 0);
  assert.equal(await p.locator('.prose a').count(), 1);
  await done(p); // which also says that nothing foreign was asked for
});

const names = (p) => p.locator('.prompt-list .option-name').allInnerTexts();
const shownPrompts = (p, wanted) => p.waitForFunction((list) => [...document.querySelectorAll('.prompt-list .option-name')].map((n) => n.innerText).join('|') === list, wanted.join('|'));

test('prompts are saved, changed and deleted in the settings, and kept', async () => {
  const p = await device({ init: () => localStorage.getItem('whinchat.prompts') ?? localStorage.setItem('whinchat.prompts', '[{"id":1},null,"x",{"id":"a","name":"Old","text":"old [x] text"}]') });
  await settings(p);
  assert.equal(await p.locator('.saved-prompts li').count(), 1, 'what is no prompt is left out');
  await p.getByRole('button', { name: 'New prompt' }).click();
  await p.keyboard.type('Summarise');
  await p.keyboard.press('Tab');
  await p.keyboard.insertText('x'.repeat(4001));
  assert.equal(await p.getByLabel('Prompt', { exact: true }).getAttribute('aria-invalid'), 'true');
  await p.getByRole('button', { name: 'Save' }).click();
  assert.equal(await p.locator('.saved-prompts li').count(), 1, 'too long');
  await p.getByLabel('Prompt', { exact: true }).fill('Sum up [this text] in\nthree sentences.');
  assert.deepEqual(await violations(p), []);
  await p.getByRole('button', { name: 'Save' }).click();
  await p.waitForFunction(() => document.activeElement.id === 'prompt-new');
  await p.getByRole('button', { name: 'Edit: Old' }).click();
  await p.waitForFunction(() => document.activeElement.closest('.prompt-form'));
  await p.keyboard.press('Escape'); // the form alone
  await p.getByRole('button', { name: 'Edit: Old' }).click();
  await p.getByLabel('Name').fill('Zebra');
  await p.keyboard.press('Enter');
  await p.waitForFunction(() => document.activeElement.getAttribute('aria-label') === 'Edit: Zebra');
  await p.getByRole('button', { name: 'Delete: Zebra' }).click();
  await p.waitForFunction(() => document.activeElement.id === 'prompt-undo');
  assert.deepEqual(await p.locator('.saved-prompts li .prompt-words span:first-child').allInnerTexts(), ['Summarise']);
  await p.keyboard.press('Enter');
  assert.deepEqual(await p.locator('.saved-prompts li .prompt-words span:first-child').allInnerTexts(), ['Summarise', 'Zebra']);
  await p.reload();
  await p.waitForSelector(field);
  await settings(p);
  assert.deepEqual(await p.locator('.saved-prompts li .prompt-words span:first-child').allInnerTexts(), ['Summarise', 'Zebra']);
  await p.evaluate(() => localStorage.setItem('whinchat.prompts', JSON.stringify(Array.from({ length: 130 }, (_, n) => ({ id: `${n}`, name: `Number ${n}`, text: 'x' })))));
  await p.reload();
  await p.waitForSelector(field);
  await settings(p);
  assert.equal(await p.locator('.saved-prompts li').count(), 130, 'what was there before stays, though no more are taken');
  assert.equal(await p.getByRole('button', { name: 'New prompt' }).count(), 0);
  await done(p);
});

test('a slash in the empty field offers the saved prompts by name, and puts one in with its first place selected', async () => {
  const p = await device();
  await p.focus(field);
  await p.keyboard.type('/');
  await p.getByText('No prompts are saved yet.').waitFor();
  await p.getByRole('button', { name: 'New prompt' }).click();
  await p.waitForFunction(() => document.activeElement.closest('.prompt-form'));
  await p.evaluate(() => localStorage.setItem('whinchat.prompts', JSON.stringify([['Mail', 'Write to [name] about [matter].'], ['Résumé', '- [ ] [a](b) one line'], ['Review code', 'Review:\n[code]']].map(([name, text]) => ({ id: name, name, text })))));
  await p.evaluate((place) => { document.querySelector(place).blur(); }, field);
  await p.reload();
  await p.waitForSelector(field);
  await p.focus(field);
  await shownPrompts(p, ['Mail', 'Résumé', 'Review code']); // the draft was a slash
  assert.deepEqual(await violations(p), []);
  const marked = () => p.evaluate((place) => document.getElementById(document.querySelector(place).getAttribute('aria-activedescendant'))?.querySelector('.option-name').innerText, field);
  assert.equal(await marked(), 'Mail');
  await p.keyboard.press('ArrowUp');
  assert.equal(await marked(), 'Review code');
  await p.keyboard.press('ArrowDown');
  await p.keyboard.press('ArrowDown');
  assert.equal(await marked(), 'Résumé');
  await p.keyboard.type('re');
  await shownPrompts(p, ['Résumé', 'Review code']);
  await p.keyboard.press('Escape');
  await shownPrompts(p, []);
  assert.equal(await p.locator(field).getAttribute('aria-activedescendant'), null);
  assert.equal(await p.inputValue(field), '/re');
  await p.fill(field, '');
  await p.keyboard.type('/m');
  await shownPrompts(p, ['Mail', 'Résumé']);
  await p.keyboard.press('Enter');
  const state = () => p.evaluate((place) => { const node = document.querySelector(place); return [node.value, node.value.slice(node.selectionStart, node.selectionEnd), document.activeElement === node]; }, field);
  assert.deepEqual(await state(), ['Write to [name] about [matter].', '[name]', true]);
  assert.equal(await p.locator('.message').count(), 0, 'nothing was sent');
  await p.keyboard.type('Ada');
  assert.equal(await p.inputValue(field), 'Write to Ada about [matter].');
  await p.fill(field, '/rés');
  await p.locator('.prompt-list .option').click();
  assert.deepEqual(await state(), ['- [ ] [a](b) one line', '', true]);
  // What only looks like it is an ordinary message.
  await p.fill(field, '/etc/passwd is what?');
  assert.deepEqual(await names(p), []);
  await p.keyboard.press('Enter');
  await p.waitForSelector('.message.user');
  assert.equal(await p.locator('.message.user .bubble').innerText(), '/etc/passwd is what?');
  await p.setViewportSize({ width: 320, height: 640 });
  await p.fill(field, '/');
  await shownPrompts(p, ['Mail', 'Résumé', 'Review code']);
  assert.equal(await p.evaluate(() => document.documentElement.scrollWidth), 320);
  await done(p);
});
