// The pages around the chat: accessibility rules, narrow screens, no secret in an address.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { done, failedLoad, newPage, server, setStage } from './devices.mjs';
import { ask, field, open, realBinary, startAccounts, violations, visit } from './start.mjs';

const password = 'six green whinchats sing';
const sections = ['account/profile', 'account/security', 'account/sessions', 'account/tokens', 'account/usage', 'account/data', 'admin/overview', 'admin/users', 'admin/invites', 'admin/plans', 'admin/keys', 'admin/usage', 'admin/audit'];
let cookies;
setStage({ start: startAccounts, prepare: async () => {
  const page = await outside();
  await page.goto(server.setup);
  await page.fill('[name=name]', 'ada');
  await page.fill('[name=password]', password);
  await page.click('form [type=submit]');
  await page.waitForSelector(field);
  await ask(page, '!say something to search for');
  cookies = await page.context().cookies();
  await done(page);
} });
const outside = (options) => newPage({ expect: [failedLoad], ...options });
const inside = (options) => outside({ cookies, ...options });

async function check(page, where) {
  assert.deepEqual(await violations(page), [], where);
  const beyond = await page.evaluate(() => {
    const inScroller = (el) => { for (let p = el.parentElement; p; p = p.parentElement) if (/auto|scroll/.test(getComputedStyle(p).overflowX)) return true; return false; };
    const out = [...document.querySelectorAll('body *')].filter((el) => {
      const box = el.getBoundingClientRect();
      return box.width > 1 && (box.right > innerWidth + 0.5 || box.left < -0.5) && !el.closest('svg, .skip, pre') && !inScroller(el);
    });
    return [...out.map((el) => el.className || el.tagName), ...(document.documentElement.scrollWidth > innerWidth ? ['sideways scroll'] : [])];
  });
  assert.deepEqual(beyond, [], where);
}

const phone = { viewport: { width: 320, height: 640 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
for (const [name, options] of Object.entries({ light: { colorScheme: 'light' }, dark: { colorScheme: 'dark' }, phone, contrast: { contrast: 'more', forcedColors: 'active' } })) {
  test(`the doors are clean, ${name}`, async () => {
    const page = await outside(options);
    for (const path of ['login', 'setup', 'setup#token=x', 'register', 'register#invite=x']) {
      await page.goto('about:blank');
      await page.goto(server.base + path);
      await page.waitForSelector('.entrance h1');
      await check(page, path);
    }
    await page.goto(`${server.base}chat`);
    await page.fill('[name=name]', 'ada');
    await page.fill('[name=password]', 'wrong');
    await page.click('form [type=submit]');
    await page.waitForSelector('.problem');
    await check(page, 'a wrong password');
    await done(page);
  });

  test(`account and administration are clean, ${name}`, async () => {
    const page = await inside(options);
    await open(page, server.base);
    for (const path of sections) {
      await visit(page, path);
      await page.waitForSelector('.office-title');
      await page.waitForFunction(() => !document.querySelector('[aria-busy=true]'));
      assert.equal(await page.locator('.problem').count(), 0, path);
      await check(page, path);
    }
    await page.goto(`${server.base}account/security`);
    await page.getByRole('button', { name: 'Turn on' }).click();
    await page.waitForSelector('.qr');
    await check(page, 'the QR code');
    await page.goto(`${server.base}account/data`);
    await page.locator('.card .button.danger').click();
    await page.waitForSelector('dialog[open]');
    await check(page, 'deleting the account');
    await page.goto(`${server.base}admin/plans`);
    await page.getByRole('button', { name: /^Edit/ }).first().click();
    await check(page, 'a plan');
    await done(page);
  });

  test(`search, deleted chats and a temporary chat are clean, ${name}`, async () => {
    const page = await inside(options);
    await open(page, server.base);
    if (name === 'phone') await page.click('.open-sidebar');
    await page.fill('.sidebar input[type=search]', 'something');
    await page.waitForSelector('.hit');
    await check(page, 'search');
    await page.fill('.sidebar input[type=search]', '');
    await page.locator('.sidebar-foot .icon-button').click();
    await page.getByRole('menuitem', { name: 'Deleted chats' }).click();
    await page.waitForSelector('.view-head');
    await check(page, 'deleted');
    await open(page, server.base, 'temporary');
    await ask(page, '!say hm');
    await check(page, 'temporary');
    await done(page);
  });
}

test('every form says what its fields are for, to people and to password managers', async () => {
  const page = await inside();
  await open(page, server.base);
  for (const path of sections) {
    await visit(page, path);
    await page.waitForSelector('.office-title');
    const wrong = await page.evaluate(() => [...document.querySelectorAll('input:not([type=checkbox], [type=file], [type=radio])')].filter((input) => !input.autocomplete || !(input.labels.length || input.getAttribute('aria-label') || input.getAttribute('aria-hidden'))).map((input) => input.name));
    assert.deepEqual(wrong, [], path);
  }
  await done(page);
});

test('the account is reached, changed and left by keyboard alone', async () => {
  const page = await inside();
  await open(page, server.base);
  await page.waitForFunction(() => document.activeElement.tagName === 'TEXTAREA');
  await page.focus('.sidebar-foot .icon-button');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement.textContent === 'Account');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[name=name]');
  await page.focus('[name=name]');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('ada');
  await page.keyboard.press('Enter');
  await page.locator('.toast').waitFor();
  await page.focus('.office-head a');
  await page.keyboard.press('Enter');
  await page.waitForSelector(field);
  await done(page);
});

test('the set-up token and an invitation are never sent in an address', { skip: realBinary ? false : 'needs the real server (WHINCHAT_BIN)' }, async () => {
  const page = await outside();
  const addresses = [];
  page.on('request', (request) => addresses.push(request.url(), JSON.stringify(request.headers())));
  await page.goto(`${server.base}register#invite=CANARY-SECRET`);
  await page.fill('[name=name]', 'eve');
  await page.fill('[name=password]', password);
  await page.click('form [type=submit]');
  await page.waitForSelector('.problem');
  assert.ok(!addresses.slice(2).join(' ').includes('CANARY'), 'only the body carries it');
  await done(page);
});
