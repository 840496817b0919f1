// How the app looks and is reached: accessibility rules, narrow screens, the keyboard, themes without a flash.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { done, failedLoad, newPage, server, setStage } from './devices.mjs';
import { ask, ended, field, open, startServer, violations } from './start.mjs';

let demo;
setStage({ prepare: async () => void (demo = await startServer({ demo: true })) });

const phone = { viewport: { width: 360, height: 640 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
for (const [name, options] of Object.entries({ light: { colorScheme: 'light' }, dark: { colorScheme: 'dark' }, phone, contrast: { contrast: 'more', forcedColors: 'active' } })) {
  test(`axe finds nothing, ${name}`, async () => {
    const page = await newPage({ ...options, expect: [failedLoad] });
    const check = async (where) => assert.deepEqual(await violations(page), [], where);
    await open(page, demo.base, '');
    await check('start page');
    await open(page, server.base);
    await check('empty chat');
    await ask(page, 'Show me everything');
    await ask(page, '!code');
    await ask(page, '!think');
    await page.click('.reasoning summary');
    await page.locator('.message.assistant').last().getByRole('button', { name: 'Details' }).click();
    await page.route('**/api/conversations/*/turns', (route) => route.fulfill({ status: 429, headers: { 'Retry-After': '30' }, body: '{"error":"Rate limit exceeded"}' }), { times: 1 });
    await ask(page, 'too fast');
    await check('answers and a failure');
    await page.click('.model-button');
    await page.waitForSelector('dialog[open] [role=option]');
    await check('models');
    await page.keyboard.press('Escape');
    if (name === 'phone') await page.click('.open-sidebar');
    await page.locator('.row .icon-button').first().click();
    await check('menu');
    await page.keyboard.press('Escape');
    await page.click('.foot-button');
    await page.waitForSelector('.dialog-settings[open]');
    await check('settings');
    const shut = () => page.locator('dialog[open]').getByRole('button', { name: 'Close' }).click();
    await shut();
    for (const [keys, part] of [['Control+k', '.dialog-palette .option'], ['Control+/', '.dialog-shortcuts .keys']]) {
      await page.waitForFunction(() => !document.querySelector('dialog[open]'));
      await page.keyboard.press(keys);
      await page.waitForSelector(part);
      await check(part);
      await shut();
    }
    if (!(await page.locator('.sidebar').count())) await page.click('.open-sidebar');
    await page.locator('.sidebar-foot .icon-button').click();
    await page.getByRole('menuitem', { name: 'Select chats' }).click();
    await page.waitForSelector('.selection');
    await check('selection');
    await done(page);
  });
}

test('nothing reaches beyond the screen at 320, 360, 768 and 1280 pixels', async () => {
  const page = await newPage();
  const beyond = (where) => page.evaluate((place) => {
    // What lies in a box of its own that scrolls is not cut off.
    const inScroller = (el) => { for (let p = el.parentElement; p; p = p.parentElement) if (/auto|scroll/.test(getComputedStyle(p).overflowX)) return true; return false; };
    const out = [...document.querySelectorAll('body *')].filter((el) => {
      const box = el.getBoundingClientRect();
      return box.width > 1 && (box.right > innerWidth + 0.5 || box.left < -0.5) && !el.closest('svg, .skip, pre, .table') && !inScroller(el);
    });
    const log = document.querySelector('.log');
    const wide = document.documentElement.scrollWidth > innerWidth || (log && log.scrollWidth > log.clientWidth);
    return [...out.map((el) => `${place}: ${el.className || el.tagName}`), ...(wide ? [`${place}: sideways scroll`] : [])];
  }, where);
  // Each is drawn at its first width and turned to the others, as a window is.
  const atEach = async (where, look = () => undefined) => {
    for (const width of [320, 360, 768, 1280]) {
      await page.setViewportSize({ width, height: 640 });
      await page.waitForFunction((narrow) => !document.querySelector('.shell') || document.querySelector('.shell').classList.contains('narrow') === narrow, width < 720);
      assert.deepEqual(await beyond(`${where} ${width}`), []);
      await look(width);
    }
  };
  await page.setViewportSize({ width: 320, height: 640 });
  await open(page, demo.base, '');
  await atEach('start');
  await open(page, demo.base);
  await atEach('empty');
  await open(page, server.base);
  await ask(page, '!code');
  await ask(page, `!say ${'w'.repeat(300)} https://example.org/${'x'.repeat(300)}`);
  await atEach('answers', async (width) => {
    const composer = await page.locator('.composer').boundingBox();
    assert.ok(composer.y + composer.height <= 640, 'the composer stays on the screen');
    if (width >= 720) return;
    await page.click('.open-sidebar');
    assert.deepEqual(await beyond(`drawer ${width}`), []);
    await page.getByRole('button', { name: 'Hide conversations' }).click();
    await page.waitForFunction(() => !document.querySelector('.sidebar'));
  });
  await done(page);
});

test('the whole way by keyboard: models, send, copy, rename, settings', async () => {
  const page = await newPage();
  await open(page, server.base);
  const focused = () => page.evaluate(() => document.activeElement.getAttribute('aria-label') || document.activeElement.textContent);
  // Focus may follow a key by a moment on a busy machine; it must get there, and to nothing else in the end.
  const focusOn = (start) => page.waitForFunction((text) => (document.activeElement.getAttribute('aria-label') || document.activeElement.textContent).startsWith(text), start);
  await focusOn('Message');
  await page.waitForFunction(() => !document.querySelector('.model-name').textContent.includes('…'));
  for (let i = 0; i < 2 && !(await focused()).startsWith('Model: '); i++) await page.keyboard.press('Tab'); // files come first
  await focusOn('Model: ');
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog[open] [role=option][data-active=true]');
  await focusOn('Search models');
  const first = await page.locator('[data-active=true] .option-name').innerText();
  await page.keyboard.press('ArrowDown');
  await page.waitForFunction((name) => document.querySelector('[data-active=true] .option-name').textContent !== name, first);
  const second = await page.locator('[data-active=true] .option-name').innerText();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => !document.querySelector('dialog[open]'));
  await focusOn('Message');
  await page.waitForFunction((name) => document.querySelector('.model-name').textContent === name, second);
  await page.keyboard.type('!say by keyboard');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.message.assistant');
  await ended(page);
  await focusOn('Message');
  for (let i = 0; i < 12 && (await focused()) !== 'Copy'; i++) await page.keyboard.press('Shift+Tab');
  assert.equal(await focused(), 'Copy', 'the actions of the answer are reachable');
  await page.keyboard.press('Control+k');
  await focusOn('Search and commands');
  await page.keyboard.press('Escape');
  await focusOn('Copy');
  for (let i = 0; i < 20 && (await focused()) !== 'Search conversations'; i++) await page.keyboard.press('Shift+Tab');
  const menu = await page.locator('.row.here .icon-button').getAttribute('aria-label');
  for (let i = 0; i < 60 && (await focused()) !== menu; i++) await page.keyboard.press('Tab');
  await focusOn('More for');
  await page.keyboard.press('Enter');
  await focusOn('Rename');
  await page.keyboard.press('ArrowUp');
  await focusOn('Delete');
  await page.keyboard.press('ArrowDown');
  await focusOn('Rename');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.classList.contains('rename'));
  await page.keyboard.type('Typed');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('.top-title').textContent === 'Typed');
  await page.keyboard.press('Shift+Escape');
  await focusOn('Message');
  await done(page);
});

test('the drawer closes by Escape, takes the focus and gives it back', async () => {
  const page = await newPage(phone);
  await open(page, server.base);
  await page.click('.open-sidebar');
  await page.waitForFunction(() => document.activeElement.getAttribute('aria-label') === 'Hide conversations');
  assert.ok(await page.locator('#main').evaluate((main) => main.inert));
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => !document.querySelector('.sidebar') && document.activeElement.classList.contains('open-sidebar'));
  await done(page);
});

test('a chosen theme is there before the first paint, and "system" follows the system live', async () => {
  const page = await newPage({ colorScheme: 'light' });
  await open(page, server.base);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.notEqual(await ground(), light);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByLabel('Dark', { exact: true }).check();
  await page.keyboard.press('Escape');
  const dark = await ground();
  assert.notEqual(dark, light);
  // The app's script is held back: what is painted now is what a slow phone paints first.
  let comes;
  const painted = new Promise((resolve) => (comes = resolve));
  await page.route('**/assets/core-*.js', (route) => painted.then(() => route.continue()));
  await page.goto(`${server.base}chat`, { waitUntil: 'commit' });
  await page.waitForFunction(() => document.body && document.styleSheets.length > 0);
  assert.equal(await page.locator('.composer').count(), 0);
  assert.equal(await ground(), dark);
  comes();
  await page.waitForSelector(field);
  await done(page);
});

test('screen readers hear one start and one end of an answer, never the pieces', async () => {
  const page = await newPage();
  await open(page, server.base);
  await page.evaluate(() => {
    globalThis.heard = [];
    new MutationObserver(() => {
      const text = document.querySelector('.offscreen[role=status]').textContent;
      if (text) globalThis.heard.push(text);
    }).observe(document.querySelector('.offscreen[role=status]'), { childList: true, characterData: true, subtree: true });
  });
  assert.equal(await page.locator('[role=log]').getAttribute('aria-live'), 'off');
  await ask(page, 'Show me everything');
  await page.waitForFunction(() => globalThis.heard.some((text) => text.startsWith('Answer complete')));
  const heard = await page.evaluate(() => globalThis.heard);
  assert.deepEqual(heard.map((text) => text.split(' ')[0]), ['Whinchat', 'Answer']);
  await done(page);
});
