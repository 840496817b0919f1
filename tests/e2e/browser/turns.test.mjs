// Answers that no reload, lost network or second device can cut: the page reads them from the server by position.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { device, done, failedLoad, server, setStage, skip } from './devices.mjs';
import { ask, ended, field, lastAnswer, say, startServer } from './start.mjs';

setStage();

const kCurrentMs = 1000; // a second device knows of a change within this

const pathOf = (page) => new URL(page.url()).pathname.slice(1);
const answerText = (page) => page.locator('.message.assistant .prose').last().innerText();
const begun = (page, length = 40) => page.waitForFunction((n) => document.querySelector('.message.assistant:last-child .prose')?.innerText.length > n, length);

// What the server keeps of the newest answer.
async function stored(page) {
  const id = pathOf(page).slice(2);
  return page.evaluate(async (conversation) => (await (await fetch(`/api/conversations/${conversation}`)).json()).messages.filter((m) => m.role === 'assistant').at(-1), id);
}

test('a reload in the middle of an answer goes on with it, without a gap or a repeat', async () => {
  const page = await device();
  await say(page, '!while reload me');
  await begun(page);
  for (let i = 0; i < 3; i++) {
    await page.reload();
    await page.waitForSelector('.message.assistant[data-state="running"]');
    await begun(page, 20);
  }
  await ended(page);
  const kept = await stored(page);
  assert.equal(kept.state, 'done');
  assert.equal((await answerText(page)).replace(/\s+/g, ' ').trim(), kept.content.replace(/\s+/g, ' ').trim());
  await done(page);
});

test('connections that break again and again lose nothing and repeat nothing', async () => {
  const page = await device({ expect: [failedLoad] });
  // Each connection is cut after some events; what was shown must still be the whole text, once.
  let connections = 0;
  await page.exposeFunction('counted', () => void connections++);
  await page.evaluate(() => {
    const real = fetch;
    globalThis.fetch = async (...all) => {
      const response = await real(...all);
      if (!/\/events/.test(String(all[0])) || !response.body) return response;
      globalThis.counted();
      let left = 900; // bytes
      const cut = new TransformStream({
        transform(chunk, controller) {
          controller.enqueue(chunk.slice(0, Math.max(left, 1)));
          left -= chunk.length;
          if (left <= 0) controller.error(new TypeError('network error'));
        },
      });
      return new Response(response.body.pipeThrough(cut), { status: response.status, headers: response.headers });
    };
  });
  await ask(page, '!while broken line');
  const kept = await stored(page);
  assert.ok(connections > 2, `${connections} connections`);
  assert.equal((await answerText(page)).replace(/\s+/g, ' ').trim(), kept.content.replace(/\s+/g, ' ').trim());
  await done(page);
});

test('a connection that died in silence is taken up again when the page or the network comes back', async () => {
  const page = await device({ expect: [failedLoad] });
  await page.evaluate(() => {
    const real = fetch;
    globalThis.connections = 0;
    globalThis.dead = 0; // connections up to this one bring nothing any more, as after a phone's sleep
    globalThis.fetch = async (...all) => {
      const response = await real(...all);
      if (!/\/events/.test(String(all[0])) || !response.body) return response;
      const number = ++globalThis.connections;
      const pass = new TransformStream({ transform: (chunk, to) => void (number > globalThis.dead && to.enqueue(chunk)) });
      return new Response(response.body.pipeThrough(pass), { status: response.status, headers: response.headers });
    };
  });
  await say(page, '!slow and sleep');
  await begun(page, 20);
  for (const sign of ['visibilitychange', 'online', 'pageshow']) {
    const before = await page.evaluate((name) => {
      const length = document.querySelector('.message.assistant:last-child .prose').innerText.length;
      globalThis.dead = globalThis.connections;
      const now = Date.now;
      Date.now = () => now() + 5000; // the silence seems long
      (name === 'visibilitychange' ? document : globalThis).dispatchEvent(new Event(name));
      return { length, connections: globalThis.connections };
    }, sign);
    await page.waitForFunction(({ length, connections }) => globalThis.connections > connections
      && document.querySelector('.message.assistant:last-child .prose').innerText.length > length + 20, before);
  }
  await page.click('.round.stop');
  await page.waitForSelector('.message.assistant[data-state="stopped"]');
  const kept = await stored(page);
  assert.equal((await answerText(page)).replace(/\s+/g, ' ').trim(), kept.content.replace(/\s+/g, ' ').trim());
  await done(page);
});

for (const signal of ['SIGKILL', 'SIGTERM']) {
  test(`a server that ends by ${signal} in the middle of an answer: nothing shown is lost, Continue goes on`, { skip }, async () => {
    const own = await startServer();
    const page = await device({ base: own.base, expect: [failedLoad] });
    await say(page, '!slow until the server ends');
    await begun(page, 60);
    const before = (await answerText(page)).trim();
    await own.stop(signal);
    await page.fill(field, 'typed meanwhile');
    await own.start();
    await page.waitForSelector('.message.assistant[data-state="interrupted"]');
    assert.ok((await answerText(page)).startsWith(before), 'every byte that was shown is still there');
    await page.getByText('cut off when the server stopped').waitFor();
    const cut = (await answerText(page)).trim();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForSelector('.message.assistant:last-child[data-state="running"]'); // until the server has it, Stop takes it back
    await begun(page, cut.length + 40);
    assert.ok((await answerText(page)).startsWith(before));
    await page.click('.round.stop');
    await page.waitForSelector('.message.assistant[data-state="stopped"]');
    assert.equal(await page.inputValue(field), 'typed meanwhile');
    await done(page);
    await own.stop();
  });
}

test('a second device has a new conversation and its running answer at once, and may stop it', async () => {
  const [one, two] = [await device(), await device()];
  await say(one, '!slow seen by both');
  await begun(one, 10);
  const row = two.locator(`.row:has(a[href="/${pathOf(one)}"])`);
  const from = Date.now();
  await row.waitFor();
  assert.ok(Date.now() - from < kCurrentMs, `${Date.now() - from} ms`);
  await row.locator('a').click();
  await begun(two);
  await two.click('.round.stop');
  await one.waitForSelector('.message.assistant[data-state="stopped"]');
  await two.waitForSelector('.message.assistant[data-state="stopped"]');
  assert.equal(await answerText(one), await answerText(two));
  assert.equal(await one.locator('.round.stop').count(), 0);
  await done(one, two);
});

test('what one device changes, the other shows: title, pin, deletion, drafts and the branch', async () => {
  const expect = [/status of 404/]; // who reads it once more just when it is deleted elsewhere
  const one = await device({ expect });
  await ask(one, '!say fresh bread');
  const path = pathOf(one);
  const two = await device({ path, expect });
  await one.locator('.row.here .icon-button').click();
  await one.getByRole('menuitem', { name: 'Rename' }).click();
  await one.locator('.rename').fill('Bakery');
  await one.keyboard.press('Enter');
  await two.waitForFunction(() => document.querySelector('.top-title').textContent === 'Bakery');
  await two.locator('.row.here .icon-button').click();
  await two.getByRole('menuitem', { name: 'Pin' }).click();
  await one.locator('.row.here .row-pin').waitFor();
  await ask(one, '!say more');
  await two.waitForFunction(() => document.querySelectorAll('.message').length === 4);
  await one.fill(field, 'half a sentence');
  await one.waitForResponse((r) => r.request().method() === 'PATCH' && r.ok());
  const three = await device({ path });
  await three.waitForFunction((s) => document.querySelector(s).value === 'half a sentence', field);
  // The model that was asked last belongs to the conversation, on every device.
  await three.fill(field, '');
  const usual = await three.locator('.model-button').innerText();
  await three.click('.model-button');
  await three.locator('[role=option]').nth(1).click();
  await ask(three, '!say with another model');
  const model = await three.locator('.model-button').innerText();
  const four = await device({ path });
  await four.waitForFunction((name) => document.querySelector('.model-button').innerText === name, model);
  assert.notEqual(model, usual);
  await done(three, four);
  for (const page of [one, two]) {
    await page.waitForFunction(() => document.querySelectorAll('.message').length === 6 && document.querySelector('.message.assistant:last-child')?.dataset.state === 'done');
  }
  await one.locator('.row.here .icon-button').click();
  await one.getByRole('menuitem', { name: 'Delete' }).click();
  await two.getByText('This chat was deleted').waitFor();
  await two.getByRole('button', { name: 'Restore' }).click();
  await one.locator('.row', { hasText: 'Bakery' }).waitFor();
  await done(one, two);
});

test('a stopped answer goes on with Continue, as another version that begins with its text', async () => {
  const page = await device();
  await say(page, '!while and stop');
  await begun(page);
  await page.click('.round.stop');
  await page.waitForSelector('.message.assistant[data-state="stopped"]');
  const half = (await answerText(page)).trim();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForFunction(() => /2 of 2/.test(document.querySelector('.message.assistant:last-child')?.innerText) || document.querySelector('.round.stop'));
  await ended(page);
  assert.ok((await answerText(page)).startsWith(half.slice(0, 30)));
  assert.match(await lastAnswer(page).innerText(), /2 of 2/);
  await done(page);
});

test('a question is branched off into a new chat, and the old one stays as it was', async () => {
  const page = await device();
  await ask(page, '!say trunk');
  const path = pathOf(page);
  await page.getByRole('button', { name: 'Branch off' }).click();
  await page.waitForFunction((old) => location.pathname.startsWith('/c/') && location.pathname !== `/${old}`, path);
  await page.waitForFunction(() => document.querySelector('.message.assistant .prose')?.innerText === 'trunk');
  assert.equal(await page.locator('.message').count(), 2);
  await done(page);
});

test('the search finds words in messages, marks them and leads to the message', async () => {
  const page = await device();
  await ask(page, '!say the kingfisher dives at dawn');
  await ask(page, '!say something else');
  await page.goto(`${server.base}chat`);
  await page.fill('.sidebar input[type=search]', 'kingfisher');
  const hit = page.locator('.hit').filter({ hasText: 'dives at dawn' }).last();
  await hit.waitFor();
  assert.equal((await hit.locator('mark').first().innerText()).toLowerCase(), 'kingfisher');
  await hit.locator('a').click();
  await page.waitForFunction(() => document.activeElement?.classList.contains('message') && /kingfisher/.test(document.activeElement.textContent));
  await done(page);
});

test('archived and deleted chats are rooms of their own, and come back', async () => {
  const page = await device();
  await ask(page, '!say for the archive');
  const path = pathOf(page);
  await page.locator('.row.here .icon-button').click();
  await page.getByRole('menuitem', { name: 'Archive' }).click();
  await page.locator('.row.here').waitFor({ state: 'detached' });
  await page.locator('.sidebar-foot .icon-button').click();
  await page.getByRole('menuitem', { name: 'Archived chats' }).click();
  await page.locator('.row.here .icon-button').click();
  await page.getByRole('menuitem', { name: 'Move back' }).click();
  await page.getByText('Nothing is archived').waitFor();
  await page.getByRole('button', { name: 'Back to all' }).click();
  await page.locator('.row.here .icon-button').click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.locator('.sidebar-foot .icon-button').click();
  await page.getByRole('menuitem', { name: 'Deleted chats' }).click();
  const row = page.locator(`.row:has(a[href$="/${path}"])`);
  await row.locator('.icon-button').click();
  await page.getByRole('menuitem', { name: 'Restore' }).click();
  await row.waitFor({ state: 'detached' });
  // For good: after a question, and the other device's list and open page follow.
  const other = await device({ path });
  await other.locator('.row.here .icon-button').click();
  await other.getByRole('menuitem', { name: 'Delete' }).click();
  await row.locator('.icon-button').click();
  await page.getByRole('menuitem', { name: 'Delete for good' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await row.locator('.icon-button').click();
  await page.getByRole('menuitem', { name: 'Delete for good' }).click();
  await page.getByText('This cannot be undone').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
  await row.waitFor({ state: 'detached' });
  await ask(other, '!say into the bin');
  await other.locator('.row.here .icon-button').click();
  await other.getByRole('menuitem', { name: 'Delete' }).click();
  await page.locator('.view-head .text-button').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
  await page.getByText('Nothing was deleted').waitFor();
  assert.deepEqual((await page.evaluate(async () => (await fetch('/api/conversations?deleted=true')).json())).conversations, []);
  await done(page, other);
});

test('a long list comes in pages', async () => {
  const page = await device();
  await page.evaluate(async () => {
    for (let i = 0; i < 130; i++) {
      const conversation = await (await fetch('/api/conversations', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })).json();
      await fetch(`/api/conversations/${conversation.id}`, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ title: `Number ${i}` }) });
    }
  });
  const other = await device();
  await other.waitForFunction(() => document.querySelectorAll('.row').length >= 50);
  await other.waitForFunction(() => {
    const rows = document.querySelector('.rows');
    rows.scrollTop = rows.scrollHeight;
    return document.querySelectorAll('.row').length >= 130;
  });
  assert.equal(new Set(await other.locator('.row-title', { hasText: /^Number/ }).allInnerTexts()).size, 130);
  await done(page, other);
});

test('conversations that the first version kept in the browser are offered once and uploaded', async () => {
  const page = await device({ expect: [failedLoad] });
  await page.evaluate(() => new Promise((resolve, reject) => {
    const request = indexedDB.open('whinchat', 1);
    request.onerror = reject;
    request.onupgradeneeded = () => {
      request.result.createObjectStore('conversations', { keyPath: 'id' });
      request.result.createObjectStore('messages', { keyPath: 'id' }).createIndex('conversation', 'conversation');
    };
    request.onsuccess = () => {
      const time = Date.now() - 86_400_000;
      const transaction = request.result.transaction(['conversations', 'messages'], 'readwrite');
      const id = '01900000-0000-7000-8000-0000000000c1';
      transaction.objectStore('conversations').put({ id, title: 'From the first version', named: true, created: time, updated: time, leaf: '01900000-0000-7000-8000-0000000000a1', provider: 'demo', model: 'demo', deleted: null });
      const message = (mid, parent, role, text) => transaction.objectStore('messages').put({ id: mid, conversation: id, parent, role, text, state: 'done', created: time });
      message('01900000-0000-7000-8000-0000000000b1', null, 'user', 'an old question');
      message('01900000-0000-7000-8000-0000000000a1', '01900000-0000-7000-8000-0000000000b1', 'assistant', 'an old answer');
      transaction.oncomplete = () => (request.result.close(), resolve());
    };
  }));
  await page.reload();
  await page.getByText('1 conversation is kept in this browser alone').waitFor();
  await page.getByRole('button', { name: 'Upload' }).click();
  await page.locator('.row', { hasText: 'From the first version' }).locator('a').click();
  await page.waitForFunction(() => document.querySelector('.message.assistant .prose')?.innerText === 'an old answer');
  assert.equal(await page.locator('.bar-note.update').count(), 0);
  await page.reload();
  await page.waitForSelector('.message.assistant');
  await page.waitForTimeout(1500);
  assert.equal(await page.locator('.bar-note.update').count(), 0, 'not offered again');
  await done(page);
});
