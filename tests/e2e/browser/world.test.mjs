// The app in other hands: six languages, from right to left, at 200 % and 400 %, in forced colours, above a phone's keyboard
// that covers the page; and words of strangers where only words may stand.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { done, failedLoad, newPage, server, setStage } from './devices.mjs';
import { ask, field, keepsConversations, open, startAccounts, violations, visit } from './start.mjs';
import { corpora } from './payloads.mjs';

setStage();
const room = (options) => newPage({ expect: [failedLoad], ...options });

// Elements that stick out of the screen, except in a box that scrolls by itself.
const beyond = (page) => page.evaluate(() => {
  const inBox = (node) => {
    for (let up = node.parentElement; up && up !== document.body; up = up.parentElement) if (/auto|scroll|hidden/.test(getComputedStyle(up).overflowX) && up.getBoundingClientRect().right <= innerWidth + 1 && up.getBoundingClientRect().left >= -1) return true;
    return false;
  };
  const out = [...document.querySelectorAll('body *')].filter((node) => {
    const { left, right, width, height } = node.getBoundingClientRect();
    return width > 1 && height > 1 && (right > innerWidth + 1 || left < -1) && !inBox(node) && getComputedStyle(node).position !== 'fixed' && !node.closest('.skip, .offscreen');
  });
  return [document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : [], out.slice(0, 5).map((node) => `${node.tagName}.${node.className}`)].flat();
});
const isStored = () => keepsConversations(server.base);

const first = { en: 'What is on your mind?', de: 'Was beschäftigt dich?', es: '¿Qué tienes en mente?', fr: 'Qu’avez-vous en tête\u202f?', zh: '你在想什么？', ar: 'ما الذي يشغل بالك؟' };
const locales = { en: 'en-GB', de: 'de-AT', es: 'es-MX', fr: 'fr-CA', zh: 'zh-CN', ar: 'ar-EG' };

for (const [language, locale] of Object.entries(locales)) {
  test(`${language}: it is what the browser asks for, fits a screen of 320 pixels, and axe finds nothing`, { timeout: 60_000 }, async (t) => {
    if (!(await isStored())) return t.skip('this server shows another app');
    const page = await room({ locale, viewport: { width: 320, height: 640 } });
    await open(page, server.base);
    await page.waitForFunction((words) => document.querySelector('.greeting')?.textContent === words, first[language]);
    assert.equal(await page.evaluate(() => document.documentElement.dir), language === 'ar' ? 'rtl' : 'ltr');
    const looks = async (where) => {
      assert.deepEqual(await beyond(page), [], `${language} ${where}`);
      assert.deepEqual(await violations(page), [], `${language} ${where}`);
    };
    await looks('empty chat');
    await ask(page, '!code');
    await looks('an answer');
    await ask(page, '!error');
    await looks('a failure');
    await page.click('.open-sidebar');
    await page.waitForSelector('.sidebar');
    await looks('the list');
    await page.locator('.sidebar-foot .foot-button').first().click();
    await page.waitForSelector('dialog[open]');
    await looks('the settings');
    await done(page);
  });
}

// Words that do not fit: in a button, a label, a heading or a cell, more text than room. Names that people or providers
// gave are shortened on purpose.
const cut = (page) => page.evaluate(() => [...document.querySelectorAll('button, label, legend, h1, h2, h3, p, dt, dd, th, td, summary, option, a, span, li')].filter((node) => {
  if (node.closest('.offscreen, .skip, pre, .row, .hit, .top-title, .model-name, .option-name, .foot-name, svg') || node.getClientRects().length === 0) return false;
  const { overflowX, overflowY, whiteSpace } = getComputedStyle(node);
  const inline = getComputedStyle(node).display === 'inline';
  const wide = !inline && node.scrollWidth > node.clientWidth + 1 && !/auto|scroll/.test(overflowX);
  const high = !inline && /hidden|clip/.test(overflowY) && node.scrollHeight > node.clientHeight + 1;
  const parent = node.parentElement.closest('button, label');
  const out = parent && whiteSpace === 'nowrap' && node.getBoundingClientRect().right > parent.getBoundingClientRect().right + 1;
  return wide || high || out;
}).slice(0, 5).map((node) => `${node.tagName}.${node.className}: ${node.textContent.slice(0, 40)}`));
const doors = ['login', 'register#invite=x'];
const rooms = ['', 'account/profile', 'account/security', 'account/sessions', 'account/tokens', 'account/usage', 'account/data', 'admin/users', 'admin/invites', 'admin/plans', 'admin/keys', 'admin/usage', 'admin/audit', 'temporary', 'chat'];
test('no word of any language is cut on a screen of 320 pixels, on any page', { timeout: 90_000 }, async (t) => {
  if (!(await isStored())) return t.skip('this server shows another app');
  const accounts = await startAccounts();
  const maker = await room();
  await maker.goto(accounts.setup);
  await maker.fill('[name=name]', 'ada');
  await maker.fill('[name=password]', 'six green whinchats sing');
  await maker.click('form [type=submit]');
  await maker.waitForSelector(field);
  const cookies = await maker.context().cookies();
  await done(maker);
  const found = [];
  for (const language of ['de', 'fr', 'es', 'ar']) {
    const page = await room({ locale: locales[language], viewport: { width: 320, height: 640 } });
    const look = async (where) => found.push(...[...await beyond(page), ...await cut(page)].map((one) => `${language} ${where} ${one}`));
    for (const path of doors) {
      await page.goto(accounts.base + path);
      await page.waitForSelector('.entrance h1');
      await look(path);
    }
    await page.context().addCookies(cookies);
    await page.goto(`${accounts.base}chat`);
    await page.waitForSelector(field);
    for (const path of rooms) {
      await visit(page, path);
      await page.waitForSelector(/^a(ccount|dmin)/.test(path) ? '.office-title' : field);
      await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
      await look(path);
    }
    await page.click('.open-sidebar');
    await look('the list');
    await page.locator('.sidebar-foot .icon-button').click();
    await page.waitForSelector('[role=menuitem]');
    await look('its menu');
    await page.keyboard.press('Escape');
    await page.locator('.foot-button').first().click();
    await page.waitForSelector('dialog[open] select');
    await look('the settings');
    await done(page);
  }
  assert.deepEqual(found, []);
});

test('a language is chosen in the settings, at once, for this and the next visit and in other tabs', async (t) => {
  if (!(await isStored())) return t.skip('this server shows another app');
  const page = await room({ locale: 'en-GB' });
  await open(page, server.base);
  const other = await page.context().newPage();
  await other.goto(`${server.base}chat`);
  await other.waitForSelector(field);
  await page.locator('.sidebar-foot .foot-button').first().click();
  await page.locator('.choice select').selectOption('de');
  await page.waitForFunction((words) => document.querySelector('.greeting').textContent === words, first.de);
  await other.waitForFunction((words) => document.querySelector('.greeting').textContent === words, first.de);
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'de');
  await page.reload();
  await page.waitForFunction((words) => document.querySelector('.greeting')?.textContent === words, first.de);
  await done(page);
});

for (const [zoom, width, height] of [[200, 640, 512], [400, 320, 256]]) {
  test(`at ${zoom} % on a screen of 1280 × 1024 everything is reached and nothing scrolls sideways`, async () => {
    const page = await room({ viewport: { width, height }, deviceScaleFactor: zoom / 100 });
    await open(page, server.base);
    assert.deepEqual(await beyond(page), [], 'empty chat');
    await ask(page, 'Show me everything');
    assert.deepEqual(await beyond(page), [], 'an answer');
    const seen = await page.evaluate(() => {
      const inside = (selector) => {
        const { top, bottom, height: tall } = document.querySelector(selector).getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight + 1 && tall > 0;
      };
      return { field: inside('.composer textarea'), send: inside('.composer .round'), log: document.querySelector('.log').clientHeight };
    });
    assert.ok(seen.field && seen.send, 'the composer is on the screen');
    assert.ok(seen.log >= 60, `the conversation has ${seen.log} pixels`);
    await done(page);
  });
}

test('in forced colours every button, field and mark still has an edge or a word', async () => {
  const page = await room({ forcedColors: 'active' });
  await open(page, server.base);
  await ask(page, 'Show me everything');
  const bare = await page.evaluate(() => [...document.querySelectorAll('button, input, textarea, [role=button], .bubble, .box')].filter((node) => {
    const style = getComputedStyle(node);
    if (!node.getClientRects().length || style.opacity === '0') return false;
    const edge = style.borderStyle !== 'none' && parseFloat(style.borderWidth) > 0;
    return !edge && !node.textContent.trim() && !node.querySelector('svg') && !node.closest('.composer');
  }).map((node) => node.className));
  assert.deepEqual(bare, []);
  const icons = await page.evaluate(() => [...document.querySelectorAll('button svg.icon')].every((icon) => getComputedStyle(icon).stroke === getComputedStyle(icon.closest('button')).color));
  assert.ok(icons, 'icons take the colour of their button');
  await done(page);
});

test('a keyboard that covers the page leaves the composer above it', async (t) => {
  if (!(await isStored())) return t.skip('this server shows another app');
  const page = await room({ viewport: { width: 390, height: 800 } });
  await open(page, server.base);
  await ask(page, '!say hello');
  const bottom = () => page.evaluate(() => document.querySelector('.composer').getBoundingClientRect().bottom);
  const cover = (height) => page.evaluate((value) => {
    Object.defineProperty(visualViewport, 'height', { value, configurable: true });
    visualViewport.dispatchEvent(new Event('resize'));
  }, height);
  await cover(450);
  assert.ok((await bottom()) <= 450, 'above the keyboard');
  await cover(800);
  assert.ok((await bottom()) > 700, 'and back');
  await done(page);
});

test('hostile words as question, title, model name and error are only words', { timeout: 90_000 }, async () => {
  const texts = [...corpora['hostile texts of ours'], ...corpora['naughty strings'].filter((text) => /[<>"'`]|script|data:/i.test(text))].filter((text) => text.trim() && text.length < 4000);
  const page = await room();
  let at = 0;
  await page.route('**/api/models', (route) => {
    const some = texts.slice(0, 60).map((name, i) => ({ id: `m${i}`, name, available: i % 2 === 0, reason: name }));
    return route.fulfill({ json: { openai: some, default: { provider: 'openai', model: 'm0' } } });
  });
  await open(page, server.base);
  await page.click('.model-button');
  await page.waitForSelector('dialog[open] [role=option]');
  await page.keyboard.press('Escape');
  for (const many of [texts.slice(0, 60).join('\n'), texts.slice(60, 160).join('\n').slice(0, 9000)]) {
    await page.click('.sidebar .new-chat');
    await page.fill(field, many.slice(0, 9000));
    await page.press(field, 'Control+Enter');
    await page.waitForFunction(() => document.querySelector('.message.user .bubble'));
  }
  await page.route('**/api/**', (route) => (/turns|chat\/stream/.test(route.request().url()) && route.request().method() === 'POST'
    ? route.fulfill({ status: 400, json: { error: texts[at++ % texts.length], code: 'invalid_request', request_id: '<img src=x onerror=globalThis.pwned=1>' } }) : route.fallback()));
  for (const text of texts.filter((_, i) => i % 12 === 0).slice(0, 12)) {
    await page.click('.sidebar .new-chat');
    await page.fill(field, text);
    await page.press(field, 'Control+Enter');
    await page.waitForSelector('.failure');
  }
  const found = await page.evaluate(() => ({ pwned: globalThis.pwned ?? null, strange: [...document.querySelectorAll('script:not([src]), iframe, object, embed, form[action], [onerror], [onload], [style*=url]')].map((node) => node.outerHTML.slice(0, 100)) }));
  assert.deepEqual(found, { pwned: null, strange: [] });
  await done(page);
});
