// Files beside messages: pasted, dropped, chosen; seen before and after sending; on their way without a network; and at the
// provider as they were.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { device, done, failedLoad, server, setStage, skip } from './devices.mjs';
import { ended, field, violations } from './start.mjs';

setStage();

// A PNG made by the browser, as base64.
const picture = (page, width = 640, height = 400) => page.evaluate(async ([w, h]) => {
  const canvas = Object.assign(document.createElement('canvas'), { width: w, height: h });
  const context = canvas.getContext('2d');
  for (const [at, colour] of ['#a84b16', '#f5c799', '#2a211a'].entries()) {
    context.fillStyle = colour;
    context.fillRect((w / 3) * at, 0, w / 3, h);
  }
  return canvas.toDataURL('image/png').split(',')[1];
}, [width, height]);

// Puts files (base64) or text on the page as a paste or a drag does.
const bring = (page, event, { files = [], text }) => page.evaluate(([name, list, words]) => {
  const data = new DataTransfer();
  for (const { name: file, type, base64 } of list) data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], file, { type }));
  if (words !== undefined) data.setData('text/plain', words);
  const init = { bubbles: true, cancelable: true };
  const target = name === 'paste' ? document.querySelector('.composer textarea') : document.querySelector('.log');
  const made = name === 'paste' ? new ClipboardEvent(name, { ...init, clipboardData: data }) : new DragEvent(name, { ...init, dataTransfer: data });
  return !target.dispatchEvent(made);
}, [event, files, text]);

const chips = '.composer .attached li';
const removeAll = async (page) => {
  for (let n = await page.locator(chips).count(); n > 0; n--) await page.locator(`${chips} .attached-remove`).first().click();
};
const sent = () => server.received.filter((body) => !/^You name/.test(String(body.messages[0].content))).at(-1);

test('a pasted picture is seen, sent as it was, shown in the message, opened large, and there after a reload', { skip }, async () => {
  const page = await device();
  const base64 = await picture(page);
  assert.equal(await bring(page, 'paste', { files: [{ name: 'stripes.png', type: 'image/png', base64 }] }), true);
  await page.waitForSelector(`${chips} img`);
  assert.deepEqual(await violations(page), []);
  await page.fill(field, '!say stripes');
  await page.press(field, 'Enter');
  await ended(page);
  const content = sent().messages.at(-1).content;
  assert.ok(content[0].image_url.url === `data:image/png;base64,${base64}`, 'the picture arrived changed');
  assert.equal(content[1].text, '!say stripes');
  assert.equal(await page.locator(chips).count(), 0);
  for (const round of [1, 2]) {
    const shown = page.locator('.message.user .attached-picture');
    await page.waitForFunction(() => document.querySelector('.message.user .attached-picture img')?.naturalWidth === 640);
    await shown.focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('dialog.picture-view[open] img')?.naturalWidth === 640);
    assert.deepEqual(await violations(page), []);
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog.picture-view', { state: 'detached' });
    if (round === 1) await page.reload();
  }
  // A changed question keeps its picture.
  await page.hover('.message.user');
  await page.locator('.message.user [aria-label="Edit"]').click();
  await page.fill('.edit textarea', '!say changed');
  await page.press('.edit textarea', 'Control+Enter');
  await page.waitForFunction(() => document.querySelector('.message.user .bubble')?.textContent === '!say changed');
  await ended(page);
  assert.equal(sent().messages.at(-1).content[0].type, 'image_url');
  assert.equal(await page.locator('.message.user .attached-picture').count(), 1);
  await done(page);
});

test('files dragged over the window show where they go, and dropped anywhere they are attached', { skip }, async () => {
  const page = await device();
  const files = [{ name: 'notes.md', type: '', base64: Buffer.from('# Notes\nabout whinchats').toString('base64') }];
  await bring(page, 'dragenter', { files });
  await page.waitForSelector('.drop-here');
  await page.keyboard.press('Escape');
  await page.waitForSelector('.drop-here', { state: 'detached' });
  await bring(page, 'dragover', { files });
  await page.waitForSelector('.drop-here');
  await bring(page, 'dragleave', { files });
  await page.waitForSelector('.drop-here', { state: 'detached' });
  assert.equal(await bring(page, 'dragover', { text: 'only words' }), false);
  assert.equal(await page.locator('.drop-here').count(), 0);
  await bring(page, 'dragenter', { files });
  assert.equal(await bring(page, 'drop', { files }), true);
  await page.waitForSelector(`${chips} .attached-file`);
  assert.equal(await page.locator('.drop-here').count(), 0);
  // What waits survives a reload; a message needs no words beside it.
  await page.reload();
  await page.waitForSelector(`${chips} .attached-file`);
  await page.press(field, 'Enter');
  await ended(page);
  assert.equal(sent().messages.at(-1).content, '<attached-file name="notes.md">\n# Notes\nabout whinchats\n</attached-file>\n\n');
  const [saved] = await Promise.all([page.waitForEvent('download'), page.locator('.message.user .attached-file').click()]);
  assert.equal(saved.suggestedFilename(), 'notes.md');
  await done(page);
});

test('the button takes what the server takes, says of each other file why not, and what was taken can be removed', { skip }, async () => {
  const page = await device();
  const { features } = await page.evaluate(async () => (await fetch('/api/session')).json());
  const large = Buffer.alloc(features.attachments.bytes_max.text + 1, 'a');
  const buffers = { 'song.mp3': ['audio/mpeg', Buffer.from([0x49, 0x44, 0x33, 0])], 'empty.txt': ['text/plain', Buffer.alloc(0)], 'long.txt': ['text/plain', large],
    'old.txt': ['text/plain', Buffer.from([0x63, 0xe9])], 'drawing.svg': ['image/svg+xml', Buffer.from('<svg/>')], 'data.csv': ['text/csv', Buffer.from('a,b\n1,2\n')] };
  const list = Object.entries(buffers).map(([name, [mimeType, buffer]]) => ({ name, mimeType, buffer }));
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator('.attach').click()]);
  await chooser.setFiles(list);
  await page.waitForFunction(() => document.querySelectorAll('.attach-note li').length === 5);
  const words = await page.locator('.attach-note li').allInnerTexts();
  for (const name of Object.keys(buffers).filter((one) => one !== 'data.csv')) assert.ok(words.some((text) => text.includes(name)), `${name}: ${words}`);
  assert.match(words.find((text) => text.includes('long.txt')), /too large/);
  assert.equal(await page.locator(chips).innerText().then((text) => text.includes('data.csv')), true);
  assert.deepEqual(await violations(page), []);
  await page.locator('.attach-note [aria-label="Close"]').click();
  await removeAll(page);
  assert.equal(await page.locator(chips).count(), 0);
  // More than fit into one message.
  await page.setInputFiles('.composer input[type=file]', Array.from({ length: features.attachments.per_message + 2 }, (_, n) => ({ name: `${n}.txt`, mimeType: 'text/plain', buffer: Buffer.from(String(n)) })));
  await page.waitForSelector('.attach-note li');
  assert.equal(await page.locator(chips).count(), features.attachments.per_message);
  await removeAll(page);
  // A photo that is too large becomes a smaller one.
  const limit = features.attachments.bytes_max.image;
  await page.evaluate(async (bytes) => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 1400, height: 1000 });
    const context = canvas.getContext('2d');
    const noise = context.createImageData(1400, 1000);
    for (let i = 0; i < noise.data.length; i += 65536) crypto.getRandomValues(new Uint8Array(noise.data.buffer, i, Math.min(65536, noise.data.length - i)));
    for (let i = 3; i < noise.data.length; i += 4) noise.data[i] = 255;
    context.putImageData(noise, 0, 0);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
    if (blob.size <= bytes) throw new Error(`only ${blob.size} bytes`);
    const data = new DataTransfer();
    data.items.add(new File([blob], 'noise.png', { type: 'image/png' }));
    document.querySelector('.composer textarea').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, limit);
  await page.waitForSelector(`${chips} [aria-label="Open noise.jpg"]`);
  await removeAll(page);
  await done(page);
});

test('a long pasted text is offered as a file', { skip }, async () => {
  const page = await device();
  const long = 'All work and no play. '.repeat(300).trim();
  await page.fill(field, 'Sum this up: ');
  await page.focus(field);
  assert.equal(await bring(page, 'paste', { text: long }), false); // it goes into the field first, as always
  await page.keyboard.insertText(long);
  await page.locator('.attach-note .button').click();
  await page.waitForSelector(`${chips} .attached-file`);
  assert.equal(await page.inputValue(field), 'Sum this up:');
  await page.press(field, 'Enter');
  await ended(page);
  assert.ok(sent().messages.at(-1).content.includes(`\n${long}\n</attached-file>\n\nSum this up:`));
  await bring(page, 'paste', { text: 'short' });
  assert.equal(await page.locator('.attach-note').count(), 0);
  await done(page);
});

test('without a network a picture waits with its message, through a reload, and is sent once', { skip }, async () => {
  const page = await device({ expect: [failedLoad] });
  const base64 = await picture(page, 64, 64);
  const uploads = [];
  page.on('request', (request) => request.method() === 'POST' && /attachments|turns/.test(request.url()) && uploads.push(new URL(request.url()).pathname));
  await page.route('**/api/**', (route) => (route.request().method() === 'POST' ? route.abort('internetdisconnected') : route.continue()));
  await bring(page, 'paste', { files: [{ name: 'dot.png', type: 'image/png', base64 }] });
  await page.waitForSelector(`${chips} img`);
  await page.fill(field, '!say later');
  await page.press(field, 'Enter');
  await page.waitForSelector('.message.user .attached-picture img');
  await page.waitForFunction(() => document.querySelector('.end-note'));
  const before = server.received.length;
  await page.reload();
  await page.waitForSelector('.message.user .attached-picture img');
  await page.waitForFunction(() => document.querySelector('.message.user .attached-picture img')?.naturalWidth === 64);
  // The first upload is cut after the server has it: the second try makes no second file.
  let cut = 0;
  await page.unroute('**/api/**');
  await page.route('**/api/attachments?*', async (route) => {
    if (cut++ > 0) return route.continue();
    await route.fetch();
    return route.abort('connectionreset');
  });
  await page.evaluate(() => dispatchEvent(new Event('online')));
  await ended(page);
  assert.ok(cut >= 2, `${cut} uploads`);
  const asked = server.received.slice(before).filter((body) => !/^You name/.test(String(body.messages[0].content)));
  assert.equal(asked.length, 1);
  assert.ok(asked[0].messages.at(-1).content[0].image_url.url.endsWith(base64));
  const id = new URL(page.url()).pathname.split('/').at(-1);
  const opened = await page.evaluate(async (conversation) => (await fetch(`/api/conversations/${conversation}`)).json(), id);
  assert.equal(opened.messages.filter((m) => m.role === 'user').length, 1);
  assert.equal(opened.messages[0].attachments.length, 1);
  await done(page);
});

test('a message with files that is written while an answer runs waits with them, through a reload, and is sent after it', { skip }, async () => {
  const page = await device({ expect: [failedLoad] });
  const base64 = await picture(page, 32, 32);
  const next = page.locator('.next-message');
  await page.fill(field, '!slow while I look for it');
  await page.press(field, 'Enter');
  await page.waitForSelector('.round.stop');
  await bring(page, 'paste', { files: [{ name: 'stripes.png', type: 'image/png', base64 }] });
  await page.waitForSelector(`${chips} img`);
  await page.press(field, 'Enter'); // needs no words
  await next.filter({ hasText: 'stripes.png' }).waitFor();
  assert.equal(await page.locator(chips).count(), 0);
  await page.getByRole('button', { name: 'Back into the field' }).click();
  await page.waitForSelector(`${chips} img`);
  assert.equal(await next.count(), 0);
  await page.fill(field, '!say seen');
  await page.getByRole('button', { name: 'Send after this answer' }).click();
  await page.waitForFunction(() => !Object.values(localStorage).includes('!say seen')); // it is on disk, so its draft has gone
  assert.deepEqual(await violations(page), []);
  await page.reload();
  await next.filter({ hasText: /!say seen\s+stripes\.png/ }).waitFor();
  assert.equal(await page.locator(chips).count(), 0);
  await page.click('.round.stop');
  await page.waitForFunction(() => document.querySelector('.message.assistant:last-child .prose')?.innerText === 'seen');
  assert.deepEqual([await page.locator('.message').count(), await page.locator('.message.user .attached-picture').count(), await next.count()], [4, 1, 0]);
  assert.ok(sent().messages.at(-1).content[0].image_url.url.endsWith(base64));
  // After an answer that fails both come back.
  await page.fill(field, '!cut this');
  await page.press(field, 'Enter');
  await page.waitForSelector('.round.stop');
  await bring(page, 'paste', { files: [{ name: 'other.png', type: 'image/png', base64 }] });
  await page.fill(field, 'not into the void');
  await page.waitForSelector(`${chips} img`);
  await page.press(field, 'Enter');
  await page.waitForSelector('.failure');
  await page.waitForSelector(`${chips} img`);
  await page.waitForFunction((place) => document.querySelector(place).value === 'not into the void', field);
  await done(page);
});

test('a model that is known to see nothing is named before anything is sent; temporary chats take no files', { skip }, async () => {
  const page = await device({ expect: [failedLoad] });
  await page.route('**/api/models', async (route) => {
    const answer = await (await route.fetch()).json();
    for (const model of answer.openai) model.images = false;
    await route.fulfill({ json: answer });
  });
  await page.reload();
  await page.waitForSelector('.composer .attach');
  const file = { name: 'a.png', type: 'image/png', base64: await picture(page, 8, 8) };
  await bring(page, 'paste', { files: [file] });
  await page.fill(field, 'what is it?');
  await page.waitForSelector('.attach-note[role="alert"]');
  assert.match(await page.innerText('.attach-note'), /cannot see pictures/);
  assert.equal(await page.locator('.round.send').isDisabled(), true);
  await removeAll(page);
  assert.equal(await page.locator('.round.send').isDisabled(), false);
  await page.goto(`${server.base}temporary`);
  await page.waitForSelector(field);
  assert.equal(await page.locator('.composer .attach').count(), 0);
  await bring(page, 'paste', { files: [file] });
  await page.waitForSelector('.toast');
  assert.equal(await page.locator(chips).count(), 0);
  await done(page);
});
