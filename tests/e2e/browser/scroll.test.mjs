// Whose the scroll position is: the newest text's while the person follows, the person's as soon as they look elsewhere.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { device, server, setStage } from './devices.mjs';
import { ask, ended, keepsConversations, say } from './start.mjs';

let stores;
let old; // a conversation that is longer than the screen, as the server tells it
setStage({ viewport: { width: 900, height: 600 }, reducedMotion: 'no-preference', prepare: async () => {
  stores = await keepsConversations(server.base);
  const page = await device();
  await ask(page, '!long');
  const { pathname } = new URL(page.url());
  old = stores ? await (await fetch(`${server.base}api/conversations/${pathname.slice(3)}`)).json() : pathname.slice(1);
  await page.context().close();
} });

// A copy of the long one for each test.
async function openOld() {
  const copy = async () => {
    const headers = { 'Content-Type': 'application/json' };
    const reply = await fetch(`${server.base}api/conversations/${old.conversation.id}/fork`, { method: 'POST', headers, body: JSON.stringify({ message_id: old.messages.at(-1).id }) });
    return `c/${(await reply.json()).id}`;
  };
  const page = await device({ path: stores ? await copy() : old });
  await page.waitForSelector('.message.assistant .prose h3');
  await atEnd(page);
  return page;
}

// Nothing goes on being written for nobody.
async function leave(page) {
  if (await page.locator('.round.stop').count()) {
    await page.click('.round.stop');
    await ended(page);
  }
  page.assertClean();
  await page.context().close();
}

const place = (page) => page.evaluate(() => {
  const log = document.querySelector('.log');
  return { top: log.scrollTop, left: log.scrollHeight - log.clientHeight - log.scrollTop };
});
const atEnd = (page) => page.waitForFunction(() => {
  const log = document.querySelector('.log');
  return log.scrollHeight > log.clientHeight && log.scrollHeight - log.clientHeight - log.scrollTop < 1;
});
const grown = async (page) => {
  const before = await page.evaluate(() => document.querySelector('.message.assistant:last-child .prose').textContent.length);
  await page.waitForFunction((n) => document.querySelector('.message.assistant:last-child .prose').textContent.length > n + 80, before);
};

// A conversation that is longer than the screen, with an answer being written below it.
async function streaming() {
  const page = await openOld();
  const before = await page.locator('.message.assistant').count();
  await say(page, '!slow');
  await page.waitForFunction((n) => document.querySelectorAll('.message.assistant').length === n + 1 && document.querySelector('.message.assistant:last-child .prose')?.textContent.length > 100, before);
  await atEnd(page);
  return page;
}

test('a sent question is followed, and the text after it stays in view', async () => {
  const page = await streaming();
  for (let i = 0; i < 3; i++) {
    await grown(page);
    await atEnd(page);
  }
  await leave(page);
});

const ways = {
  'one tick of the wheel': async (page) => {
    await page.mouse.move(450, 250);
    await page.mouse.wheel(0, -50);
  },
  PageUp: async (page) => {
    await page.focus('.log');
    await page.keyboard.press('PageUp');
  },
  'a drag of the scroll bar': (page) => page.evaluate(() => document.querySelector('.log').scrollBy(0, -200)),
};
for (const [name, lookUp] of Object.entries(ways)) {
  test(`${name} upwards ends the following at once, nothing moves, and there is a way back`, async () => {
    const page = await streaming();
    await lookUp(page);
    await page.waitForSelector('.to-newest');
    await page.waitForTimeout(300); // the browser's own smooth step
    const before = await place(page);
    for (let i = 0; i < 3; i++) await grown(page);
    assert.ok(Math.abs((await place(page)).top - before.top) <= 1, 'what is read does not move');
    if (stores) await page.waitForSelector('.to-newest .dot');
    await page.click('.to-newest');
    await atEnd(page);
    await grown(page);
    await atEnd(page);
    assert.equal(await page.locator('.to-newest').count(), 0);
    await leave(page);
  });
}

test('the End key leads back, and following goes on', async () => {
  const page = await streaming();
  await page.focus('.log');
  await page.keyboard.press('Home');
  await page.waitForFunction(() => document.querySelector('.log').scrollTop === 0);
  await page.waitForSelector('.to-newest');
  await page.keyboard.press('End');
  await atEnd(page);
  await grown(page);
  await atEnd(page);
  await leave(page);
});

test('selecting text ends the following, and the selection survives new text', async () => {
  const page = await streaming();
  const selected = await page.evaluate(() => {
    const prose = document.querySelector('.message.assistant:last-child .prose p');
    const range = document.createRange();
    range.setStart(prose.firstChild, 0);
    range.setEnd(prose.firstChild, 40);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    return String(getSelection());
  });
  await page.waitForSelector('.to-newest');
  const before = await place(page);
  for (let i = 0; i < 3; i++) await grown(page);
  assert.equal(await page.evaluate(() => String(getSelection())), selected);
  assert.ok(Math.abs((await place(page)).top - before.top) <= 1);
  await leave(page);
});

test('sending from above brings the new question into view and follows again', async () => {
  const page = await openOld();
  await page.evaluate(() => document.querySelector('.log').scrollTo(0, 0));
  await page.waitForSelector('.to-newest');
  await say(page, '!say short');
  await ended(page);
  await atEnd(page);
  assert.ok(await page.locator('.message.user').last().evaluate((node) => node.getBoundingClientRect().top >= 0), 'the question is seen');
  await leave(page);
});

test('opening a conversation lands on its newest message, exactly; drawing code and formulas later does not move it', async () => {
  const page = await openOld();
  await ask(page, '!code');
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll('.message.assistant .prose').length > 1 && document.querySelector('.message.assistant:last-child .hl-keyword'));
  await atEnd(page);
  await page.waitForTimeout(500);
  assert.equal((await place(page)).left, 0);
  await leave(page);
});

test('what comes above or is drawn later does not move what is read, and nothing scrolls smoothly', async () => {
  const page = await openOld();
  await ask(page, '!code');
  await page.evaluate(() => {
    // Pieces that a person must never see: a scroll in steps.
    globalThis.smooth = [...document.querySelectorAll('*')].filter((node) => getComputedStyle(node).scrollBehavior === 'smooth').length;
    const into = Element.prototype.scrollIntoView;
    Element.prototype.scrollIntoView = function (how) {
      if (how?.behavior === 'smooth') globalThis.smooth++;
      return into.call(this, how);
    };
  });
  await page.waitForFunction(() => document.querySelectorAll('.message.assistant .prose .depth-3').length >= 40); // the older ones come later
  // In the middle of the long answer: older messages stand above, code that is coloured late below.
  await page.evaluate(() => document.querySelectorAll('.message.assistant .prose .depth-3')[12].scrollIntoView());
  await page.waitForSelector('.to-newest');
  const mark = () => page.evaluate(() => Math.round(document.querySelectorAll('.message.assistant .prose .depth-3')[12].getBoundingClientRect().top));
  const before = await mark();
  await page.evaluate(() => {
    const extra = document.createElement('article');
    extra.className = 'message user';
    extra.textContent = 'older';
    extra.style.height = '300px';
    document.querySelector('.thread').prepend(extra);
  });
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  assert.ok(Math.abs((await mark()) - before) <= 1, `${await mark()} instead of ${before}`);
  await page.evaluate(() => document.querySelector('.thread > article').remove());
  // Colours change no line's height: the block is as tall before as after.
  await page.waitForSelector('.message.assistant:last-child .hl-keyword', { state: 'attached' });
  const heights = await page.evaluate(() => {
    const code = document.querySelector('.message.assistant:last-child pre code');
    const tall = code.getBoundingClientRect().height;
    const plain = code.cloneNode(false);
    plain.textContent = code.textContent;
    code.replaceWith(plain);
    const flat = plain.getBoundingClientRect().height;
    plain.replaceWith(code);
    return { tall, flat };
  });
  assert.equal(heights.tall, heights.flat);
  await page.click('.to-newest');
  await atEnd(page);
  assert.equal(await page.evaluate(() => globalThis.smooth), 0);
  await leave(page);
});
