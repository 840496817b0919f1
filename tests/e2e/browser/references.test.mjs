// How the app looks: pictures under references/, made by this file and looked at by people, compared loosely (other fonts and
// another Chromium may move a line; a missing sidebar or a wrong theme is seen).
//   tools/test --references    draws them anew, and the manifest's screenshots with them (UPDATE_REFERENCES=1 for this file)
// A picture that differs is kept as build/references/NAME.png.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCuttingProxy } from './cutting.mjs';
import { device, failedLoad, newPage, server, setStage } from './devices.mjs';
import { ask, assets, keepsConversations, open, say, startServer } from './start.mjs';
import { decode, encode } from '../../../assets/build/palette.mjs';

const folder = join(import.meta.dirname, 'references');
const aside = join(import.meta.dirname, '../../../build/references');
const update = process.env.UPDATE_REFERENCES === '1';
const kBlock = 16; // pixels; colours are compared as the means of such squares
const kBlockDifference = 24; // of 255
const kShare = 0.08; // of the squares may differ more

let stores;
let proxy;
setStage({ locale: 'en-GB', timezoneId: 'UTC', colorScheme: 'light', viewport: { width: 1280, height: 800 }, start: async () => {
  proxy = await startCuttingProxy();
  const started = await startServer({ env: { PUBLIC_ORIGIN: proxy.base.slice(0, -1) } });
  proxy.target = started.port;
  return Object.assign(started, { base: proxy.base });
}, prepare: async () => {
  stores = await keepsConversations(server.base);
  if (stores) await writeOlder();
} });

after(() => proxy?.stop());

function means({ width, height, pixels }) {
  const [columns, lines] = [Math.floor(width / kBlock), Math.floor(height / kBlock)];
  const sums = new Float64Array(columns * lines * 3);
  for (let y = 0; y < lines * kBlock; y++) {
    for (let x = 0; x < columns * kBlock; x++) {
      const at = (Math.floor(y / kBlock) * columns + Math.floor(x / kBlock)) * 3;
      const colour = pixels[y * width + x];
      for (let i = 0; i < 3; i++) sums[at + i] += ((colour >>> (8 * i)) & 255) / (kBlock * kBlock);
    }
  }
  return sums;
}

function difference(a, b) {
  if (a.width !== b.width || a.height !== b.height) return 1;
  const [m, n] = [means(a), means(b)];
  let differ = 0;
  for (let i = 0; i < m.length; i += 3) if (Math.max(...[0, 1, 2].map((c) => Math.abs(m[i + c] - n[i + c]))) > kBlockDifference) differ++;
  return differ / (m.length / 3);
}

function assertAlike(name, image, file) {
  assert.ok(existsSync(file), `${file} is missing: tools/test --references makes it`);
  const share = difference(image, decode(readFileSync(file)));
  if (share <= kShare) return;
  mkdirSync(aside, { recursive: true });
  writeFileSync(join(aside, `${name}.png`), encode(image, 128));
  assert.fail(`${name} differs in ${(share * 100).toFixed(1)} % of its squares; see ${join(aside, `${name}.png`)}`);
}

async function picture(page, name) {
  await page.evaluate(() => document.fonts.ready);
  await page.mouse.move(0, 0);
  await page.waitForFunction(() => document.getAnimations().every((one) => one.playState !== 'running'));
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  const image = decode(await page.screenshot({ animations: 'disabled', caret: 'hide' }));
  const file = join(folder, `${name}.png`);
  if (update) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, encode(image, 128));
    return image;
  }
  assertAlike(name, image, file);
  return image;
}

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const question = 'What can an answer look like?';
const older = ['Plan a week of simple dinners', 'Explain how a hash table works', 'A friendly reminder for an unpaid invoice'];

// What every list holds already.
async function writeOlder() {
  const page = await newPage();
  for (const words of older) {
    await open(page, server.base);
    await ask(page, words);
  }
  await page.context().close();
}

async function start(options = {}) {
  const page = await device({ expect: [failedLoad], ...options });
  await page.waitForFunction((n) => document.querySelectorAll('.row').length === n || !document.querySelector('.sidebar'), older.length);
  return page;
}

// The next picture's list is as this one's was.
async function clean(page) {
  await page.context().setOffline(false);
  await page.evaluate(async (kept) => {
    const { conversations } = await (await fetch('/api/conversations')).json();
    for (const { id, title } of conversations) if (!kept.includes(title)) await fetch(`/api/conversations/${id}`, { method: 'DELETE' });
  }, older);
  await page.context().close();
}
const settle = (page) => page.waitForFunction(() => document.querySelector('.message.assistant:last-child .hl-keyword') || !document.querySelector('.message.assistant:last-child code[class]'));

// The network ends in the middle of an answer, and the next message is typed all the same.
async function leaveTheNetwork() {
  const page = await start(phone);
  await say(page, 'Tell me about the whinchat');
  await page.waitForSelector('.message.assistant li:nth-child(2)');
  await page.context().setOffline(true);
  proxy.cutAll(); // what is on its way goes on in a browser that is offline
  await say(page, 'And what does it eat?');
  await page.locator('.next-message', { hasText: 'And what does it eat?' }).waitFor();
  await page.waitForSelector('.bars > *');
  return page;
}

const pictures = {
  'desktop-light': async () => {
    const page = await start();
    await ask(page, question);
    await settle(page);
    return page;
  },
  'desktop-dark': async () => {
    const page = await start({ colorScheme: 'dark' });
    await ask(page, question);
    await settle(page);
    return page;
  },
  phone: async () => {
    const page = await start(phone);
    await ask(page, question);
    await settle(page);
    await page.evaluate(() => document.querySelector('.log').scrollTo(0, 0));
    return page;
  },
  rtl: async () => {
    const page = await start({ locale: 'ar' });
    await page.waitForFunction(() => document.documentElement.dir === 'rtl');
    await ask(page, '!say # العصافير\n\nالقُبَّرة طائر صغير يعيش في المروج.\n\n1. **الموطن**: المروج المفتوحة\n2. *الغذاء*: الحشرات\n\n```js\nconst bird = "whinchat";\n```\n\n| الاسم | الوزن |\n|:--|--:|\n| قُبَّرة | 17 |');
    await settle(page);
    return page;
  },
  empty: async () => start(),
  long: async () => {
    const page = await start();
    await ask(page, '!long');
    return page;
  },
  error: async () => {
    const page = await start();
    await ask(page, '!error');
    return page;
  },
  offline: async () => {
    const page = await start();
    await ask(page, question);
    await settle(page);
    await page.context().setOffline(true);
    await say(page, 'And this waits for the network');
    await page.waitForFunction(() => document.querySelectorAll('.message.user').length === 2);
    await page.waitForSelector('.bars > *');
    return page;
  },
  'phone-offline': leaveTheNetwork,
  'phone-back': async () => {
    const page = await leaveTheNetwork();
    await page.context().setOffline(false);
    await page.waitForFunction(() => document.querySelector('.log')?.textContent.includes('berries too.') && !document.querySelector('.bars > *'));
    const once = (words) => page.evaluate((text) => document.querySelector('.log').textContent.split(text).length - 1, words);
    for (const words of ['Tell me about', 'helps its young', 'And what does it eat?', 'berries too.']) assert.equal(await once(words), 1, words);
    return page;
  },
};

for (const [name, prepare] of Object.entries(pictures)) {
  test(`it looks as it should: ${name}`, { timeout: 60_000 }, async (t) => {
    if (!stores) return t.skip('this server keeps no conversations: another app is shown');
    const page = await prepare();
    const image = await picture(page, name);
    const screenshot = { 'desktop-light': 'wide', phone: 'narrow' }[name];
    if (screenshot) inManifest(screenshot, image);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing reaches beyond the screen');
    await clean(page);
  });
}

// What the browser shows when it offers to install the app is this very picture.
function inManifest(name, image) {
  const file = join(assets, 'public/screenshots', `${name}.png`);
  if (!update) return assertAlike(`screenshot-${name}`, image, file);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, encode(image, 128));
}
