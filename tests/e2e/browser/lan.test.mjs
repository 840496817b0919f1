// A plain-HTTP name on the local network is no secure context: no service worker, no randomUUID, no clipboard. The app
// must still hold a conversation, copy, and say what HTTPS would add.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { done, newPage, server, setStage } from './devices.mjs';
import { ask, field, lastAnswer, open, say, startServer } from './start.mjs';

setStage({ serviceWorkers: 'allow', flags: ['--host-resolver-rules=MAP chat.test 127.0.0.1'], start: () => startServer({ env: { PUBLIC_ORIGIN: 'chat.test', AUTH_MODE: 'open' } }) });

test('on http://chat.test everything but installing works, and the settings say so', async () => {
  const page = await newPage({ hosts: ['chat.test'], expect: [/Cross-Origin-Opener-Policy header has been ignored|Failed to load resource/] });
  await open(page, server.base.replace('127.0.0.1', 'chat.test'));
  assert.deepEqual(await page.evaluate(() => [isSecureContext, 'serviceWorker' in navigator, typeof crypto.randomUUID, typeof navigator.clipboard]), [false, false, 'undefined', 'undefined']);
  await ask(page, '!say words to copy');
  await lastAnswer(page).getByRole('button', { name: 'Copy' }).click();
  await lastAnswer(page).getByRole('button', { name: 'Copied' }).waitFor();
  await page.focus('.composer textarea');
  await page.keyboard.press('Control+v');
  assert.equal(await page.inputValue('.composer textarea'), 'words to copy');
  await page.reload();
  await page.waitForSelector('.message.assistant .prose p');
  assert.equal(await lastAnswer(page).locator('.prose').innerText(), 'words to copy');
  // HTML of an answer is shown here too.
  await ask(page, '!say ```html\n<h1>shown</h1><script>document.title = "ran"</script>\n```');
  await lastAnswer(page).getByRole('button', { name: 'Preview' }).click();
  await page.frameLocator('iframe.sheet').getByRole('heading', { name: 'shown' }).waitFor();
  await page.keyboard.press('Escape');
  // Written without a network: kept over a reload, sent once, by whichever tab.
  await page.fill(field, '');
  await page.route('**/api/**', (route) => route.abort('internetdisconnected'));
  await say(page, '!say later');
  await page.getByText('sent as soon as').waitFor();
  await page.unroute('**/api/**');
  await page.reload();
  await page.locator('.message.assistant[data-state="done"] .prose').filter({ hasText: 'later' }).waitFor();
  assert.equal(await page.locator('.message').count(), 6);
  await page.fill(field, 'a draft');
  await page.reload();
  await page.waitForFunction((s) => document.querySelector(s)?.value === 'a draft', field);
  await page.click('.foot-button');
  assert.match(await page.locator('.settings').innerText(), /need HTTPS/);
  await done(page);
});
