// On a phone: the drawer, the keyboard's fields, the screen's edges; and the whole way of somebody who installs the app,
// loses the network in the middle of an answer, writes on, and comes back.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { startCuttingProxy } from './cutting.mjs';
import { device, done, phone, server, setStage, skip } from './devices.mjs';
import { ask, field, open, say, startPersistent, startServer, watched } from './start.mjs';

setStage(phone);

test('the drawer keeps the focus, closes by Escape and by going back, and following a link leaves no spare step', async () => {
  for (const watcher of [true, false]) {
    const page = await device({ init: watcher ? undefined : () => void delete globalThis.CloseWatcher });
    await ask(page, '!say first');
    const first = page.url();
    await page.getByRole('button', { name: 'New chat', exact: true }).click();
    await page.waitForFunction(() => location.pathname === '/chat');
    const opened = async () => {
      await page.click('.open-sidebar');
      await page.waitForFunction(() => document.activeElement.getAttribute('aria-label') === 'Hide conversations');
    };
    const closed = () => page.waitForFunction(() => !document.querySelector('.sidebar') && document.activeElement.classList.contains('open-sidebar'));
    await opened();
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('Tab');
      assert.ok(await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest('.sidebar') !== null), `tab ${i} left the drawer`);
    }
    await page.keyboard.press('Escape');
    await closed();
    assert.equal(new URL(page.url()).pathname, '/chat');
    if (!watcher) { // elsewhere going back is the watcher's own affair
      await opened();
      await page.goBack();
      await closed();
      assert.equal(new URL(page.url()).pathname, '/chat');
    }
    await opened();
    await page.locator('.row a').first().click();
    await page.waitForFunction((url) => location.href === url && !document.querySelector('.sidebar'), first);
    await page.goBack();
    await page.waitForFunction(() => location.pathname === '/chat');
    await done(page);
  }
});

test('no field is so small that Safari zooms in, with small text too, and nothing lies under the edges of the screen', async () => {
  const page = await device({ settings: { textSize: 'small' } });
  const insets = { top: 47, bottom: 34, left: 0, right: 0 };
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setSafeAreaInsetsOverride', { insets });
  const small = () => page.evaluate(() => [...document.querySelectorAll('input:not([type=checkbox], [type=radio], [type=file], [type=range]), textarea, select')].filter((node) => parseFloat(getComputedStyle(node).fontSize) < 16).map((node) => node.name || node.className || node.id));
  const inside = (selector) => page.evaluate(([one, edge]) => [...document.querySelectorAll(one)].filter((node) => {
    const { top, bottom, height } = node.getBoundingClientRect();
    return height > 0 && (top < edge.top || bottom > innerHeight - edge.bottom);
  }).map((node) => node.className), [selector, insets]);
  assert.match(await page.getAttribute('meta[name=viewport]', 'content'), /viewport-fit=cover/);
  assert.ok(!/maximum-scale|user-scalable/.test(await page.getAttribute('meta[name=viewport]', 'content')), 'people may zoom');
  await ask(page, '!say hello');
  assert.deepEqual(await small(), []);
  assert.deepEqual(await inside('.composer, .top button'), []);
  await page.locator('.message.user').getByRole('button', { name: 'Edit' }).click({ force: true });
  await page.waitForSelector('.edit textarea');
  assert.deepEqual(await small(), []);
  await page.click('.open-sidebar');
  assert.deepEqual(await small(), []);
  assert.deepEqual(await inside('.sidebar-head *, .sidebar-foot button'), []);
  await page.locator('.foot-button').click();
  await page.waitForSelector('dialog[open] select');
  assert.deepEqual(await small(), []);
  assert.deepEqual(await inside('.dialog-head'), []);
  await page.keyboard.press('Escape');
  await page.goto(`${server.base}account/profile`);
  await page.waitForSelector('.office-title');
  assert.deepEqual(await small(), []);
  await done(page);
});

test('installed on a phone: the network goes in the middle of an answer, the next message is written, the app is closed and opened, and when the network is back everything is there once', { skip, timeout: 60_000 }, async () => {
  const proxy = await startCuttingProxy();
  const own = await startServer({ env: { PUBLIC_ORIGIN: proxy.base.slice(0, -1), AUTH_MODE: 'open' } });
  proxy.target = own.port;
  const context = await startPersistent(phone);
  const watch = () => watched(context, { expect: [/Failed to load resource|net::ERR/] });
  let page = await watch();
  await open(page, proxy.base);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  const devtools = await context.newCDPSession(page);
  await devtools.send('PWA.install', { manifestId: proxy.base });

  await say(page, '!while on a train');
  await page.locator('.message.assistant .prose').filter({ hasText: 'Ünïcode 4' }).waitFor();
  const path = new URL(page.url()).pathname.slice(1);
  await context.setOffline(true);
  proxy.leave(); // what is open breaks too
  await page.waitForSelector('.bar-note');
  await page.fill(field, '!say written in the tunnel');
  await page.press(field, 'Control+Enter'); // it waits for the end of the answer
  await page.waitForFunction((s) => document.querySelector(s).value === '', field);

  const before = page;
  page = await watch();
  before.assertClean();
  await before.close(); // the phone threw the app away
  await page.goto(proxy.base + path);
  await page.locator('.message.assistant .prose').filter({ hasText: 'Ünïcode 4' }).waitFor();
  await page.getByText('written in the tunnel').waitFor();
  await page.fill(field, 'half a sentence');

  proxy.away = false;
  await context.setOffline(false);
  await page.waitForFunction(() => document.querySelectorAll('.message.assistant[data-state="done"]').length === 2 && !document.querySelector('.bar-note'));
  const shown = await page.locator('.message').allInnerTexts();
  assert.equal(shown.length, 4);
  const opened = await (await fetch(`${own.base}api/conversations/${path.slice(2)}`)).json();
  const [question, answer, next, last] = opened.messages;
  assert.equal(opened.messages.length, 4);
  assert.deepEqual([question.content, next.content, last.content], ['!while on a train', '!say written in the tunnel', 'written in the tunnel']);
  assert.deepEqual([answer.parent_id, next.parent_id, last.parent_id], [question.id, answer.id, next.id]);
  assert.equal(answer.content, Array.from({ length: 90 }, (_, i) => `Ünïcode ${i} 🐦 flies. `).join(''));
  const plain = (text) => text.replace(/\s+/g, ' ').trim();
  const prose = (await page.locator('.message.assistant .prose').allInnerTexts()).map(plain);
  assert.deepEqual(prose, [plain(answer.content), 'written in the tunnel']);
  assert.deepEqual(own.asked, ['!while on a train', '!say written in the tunnel']);
  assert.equal((await (await fetch(`${own.base}api/usage`)).json()).used.messages_day, 2);
  assert.equal(await page.inputValue(field), 'half a sentence');
  if (process.env.LOOK) await page.screenshot({ path: `${process.env.LOOK}/phone-back.png` });
  page.assertClean();
  await devtools.detach().catch(() => undefined);
  await context.close();
  await proxy.stop();
});
