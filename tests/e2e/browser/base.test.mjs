// The app under /a/ and /a/b/ in a real browser: a conversation, its address, reloading, the worker, an offline start; and
// two of them on one host do not touch each other.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { done, failedLoad, newPage, setStage } from './devices.mjs';
import { ask, field, lastAnswer, open, startServer } from './start.mjs';

setStage({ serviceWorkers: 'allow', start: () => undefined });
const settled = async (page) => page.waitForFunction(() => document.querySelector('.message.assistant .prose')?.textContent);

for (const base of ['/', '/a/', '/a/b/']) {
  test(`under ${base} a conversation is held, kept and found again, also without the server`, { timeout: 60_000 }, async () => {
    const own = await startServer({ env: { BASE_PATH: base } });
    const page = await newPage({ expect: [failedLoad] });
    const beside = [];
    page.on('request', (request) => {
      const { pathname, protocol } = new URL(request.url());
      if (protocol === 'http:' && !pathname.startsWith(base)) beside.push(pathname);
    });
    await open(page, own.base);
    await ask(page, '!say under a path');
    const address = new URL(page.url()).pathname;
    assert.match(address, new RegExp(`^${base}c/[\\w-]+$`));
    await page.click('.sidebar .new-chat');
    await page.waitForFunction((wanted) => location.pathname === wanted, `${base}chat`);
    const link = page.locator('.row a').first();
    assert.equal(await link.getAttribute('href'), address);
    await link.click();
    await page.waitForFunction((wanted) => location.pathname === wanted, address);
    await page.goBack();
    await page.waitForFunction((wanted) => location.pathname === wanted, `${base}chat`);
    await page.goForward();
    await page.reload();
    await settled(page);
    assert.equal(await lastAnswer(page).locator('.prose').innerText(), 'under a path');
    await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
    const scope = await page.evaluate(async () => (await navigator.serviceWorker.ready).scope);
    assert.equal(new URL(scope).pathname, base);
    if (base !== '/') {
      await ask(page, '!say ```svg\n<svg viewBox="0 0 9 9"><text>drawn</text></svg>\n```');
      await lastAnswer(page).getByRole('button', { name: 'Preview' }).click();
      await page.frameLocator('iframe.sheet').getByText('drawn').waitFor();
      await page.keyboard.press('Escape');
      await page.waitForSelector('dialog', { state: 'detached' });
    }
    await own.stop();
    await page.goto(own.base + 'chat');
    await page.waitForSelector(field);
    await page.goto(own.base + address.slice(base.length));
    await settled(page);
    await page.goto(own.base);
    await page.waitForSelector('.home, main');
    // Another application may live below this one: its pages are not answered by our worker, which has no network now.
    const other = await page.context().newPage();
    await assert.rejects(other.goto(`${own.base}another/app`), /ERR_CONNECTION_REFUSED/);
    await other.close();
    assert.ok(await page.evaluate((path) => indexedDB.databases().then((all) => all.every(({ name }) => name.startsWith(path === '/' ? 'whinchat-user-' : `whinchat ${path} user-`))), base), 'its own database');
    assert.deepEqual(beside, []);
    await done(page);
  });
}
