// Speaking instead of typing, with Chromium's own fake microphone, and answers read aloud, with voices of ours.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { device, done, server, setStage, skip } from './devices.mjs';
import { ask, field, open, violations } from './start.mjs';

setStage({ flags: ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] });

test('what is said is written down behind the draft and not sent; a recording can be thrown away', { skip }, async () => {
  const page = await device();
  await page.fill(field, 'Already here.');
  await page.locator('.mic').click();
  await page.waitForFunction(() => /^0:0[0-9]$/.test(document.querySelector('.recorder [role=timer]')?.textContent ?? ''));
  await page.waitForFunction(() => parseFloat(document.querySelector('.recorder-level span')?.style.scale ?? '0') > 0.02); // the fake device beeps
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press('Escape');
  await page.waitForSelector('.recorder', { state: 'detached' });
  assert.equal(server.speech.length, 0);
  await page.locator('.mic').click();
  await page.waitForFunction(() => /^0:0[1-9]$/.test(document.querySelector('.recorder [role=timer]')?.textContent ?? ''));
  await page.locator('.recorder .button.main').click();
  await page.waitForFunction((selector) => document.querySelector(selector).value.includes('microphone'), field);
  assert.equal(await page.inputValue(field), 'Already here. Words from the microphone.');
  assert.equal(await page.locator('.recorder').count(), 0);
  assert.equal(await page.locator('.message').count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'message');
  const [recording] = server.speech;
  assert.equal(recording.model, 'whisper-1');
  assert.equal(recording.name, 'speech.webm');
  assert.equal(recording.bytes.readUInt32BE(0), 0x1a45dfa3);
  assert.equal(recording.authorization, 'Bearer sk-test-not-a-key');
  const usage = await page.evaluate(async () => (await fetch('/api/usage')).json());
  assert.ok(usage.days.some((day) => day.model === 'whisper-1' && day.input_tokens === 20), JSON.stringify(usage.days));
  await done(page);
});

test('a blocked microphone is explained, and where nobody writes down speech there is no button', { skip }, async () => {
  const page = await device({ init: () => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  } });
  await page.locator('.mic').click();
  await page.waitForSelector('.attach-note[role=alert]');
  assert.match(await page.innerText('.attach-note'), /microphone is blocked/);
  await page.locator('.attach-note [aria-label="Close"]').click();
  assert.equal(await page.locator('.mic').count(), 1);
  await page.route('**/api/models', async (route) => {
    const answer = await (await route.fetch()).json();
    delete answer.about.transcription;
    await route.fulfill({ json: answer });
  });
  await page.reload();
  await page.waitForSelector('.model-button .model-name:not(:empty)');
  await page.waitForFunction(() => document.querySelector('.model-name').textContent !== '…');
  assert.equal(await page.locator('.mic').count(), 0);
  await done(page);
});

// Voices that note what they are told and end when the test says so.
const voices = () => {
  const said = [];
  let current;
  globalThis.spoken = { said, log: [], next: () => { const one = current; current = undefined; one?.onend?.(); } };
  class Utterance { constructor(text) { this.text = text; } }
  globalThis.SpeechSynthesisUtterance = Utterance;
  Object.defineProperty(globalThis, 'speechSynthesis', { value: {
    getVoices: () => [{ lang: 'de-DE', localService: true, default: true, name: 'D' }, { lang: 'en-GB', localService: false, default: false, name: 'Far' }, { lang: 'en_US', localService: true, default: false, name: 'E' }],
    addEventListener: () => undefined,
    speak: (utterance) => { said.push({ text: utterance.text, voice: utterance.voice?.name, lang: utterance.lang }); current = utterance; },
    cancel: () => { globalThis.spoken.log.push('cancel'); current = undefined; },
    pause: () => globalThis.spoken.log.push('pause'),
    resume: () => globalThis.spoken.log.push('resume'),
  } });
};

test('an answer is read sentence by sentence in its language, without code, and can be paused and stopped', async () => {
  const page = await device({ init: voices });
  await ask(page, '!say The bird is here. It sings **loudly** to the others!\n\n```js\nlet code = 1;\n```\n\nThat was the end of it.');
  await page.hover('.message.assistant');
  await page.locator('[aria-label="Read aloud"]').click();
  await page.waitForFunction(() => globalThis.spoken.said.length === 1);
  await page.locator('[aria-label="Pause reading"]').click();
  await page.locator('[aria-label="Go on reading"]').click();
  await page.waitForSelector('[aria-label="Pause reading"]');
  for (let n = 2; n <= 3; n++) {
    await page.evaluate(() => globalThis.spoken.next());
    await page.waitForFunction((count) => globalThis.spoken.said.length === count, n);
  }
  const said = await page.evaluate(() => globalThis.spoken.said);
  assert.deepEqual(said.map((one) => one.text), ['The bird is here.', 'It sings loudly to the others!', 'That was the end of it.']);
  for (const one of said) assert.deepEqual([one.voice, one.lang], ['E', 'en_US']);
  assert.deepEqual(await page.evaluate(() => globalThis.spoken.log.filter((word) => word !== 'cancel')), ['pause', 'resume']);
  await page.evaluate(() => globalThis.spoken.next());
  await page.waitForSelector('[aria-label="Read aloud"]'); // it has ended by itself
  await page.locator('[aria-label="Read aloud"]').click();
  await page.locator('[aria-label="Stop reading"]').click();
  await page.waitForSelector('[aria-label="Read aloud"]');
  await page.evaluate(() => globalThis.spoken.next());
  assert.equal(await page.evaluate(() => globalThis.spoken.said.length), 4);
  await page.locator('[aria-label="Read aloud"]').click();
  await page.goto(`${server.base}chat`); // whoever leaves is not read to any longer
  await open(page, server.base);
  await done(page);
});

test('without voices there is no button for reading', async () => {
  const page = await device({ init: () => {
    Object.defineProperty(globalThis, 'speechSynthesis', { value: { getVoices: () => [], addEventListener: () => undefined } });
  } });
  await ask(page, '!say hello');
  assert.equal(await page.locator('[aria-label="Copy"]').count() > 0, true);
  assert.equal(await page.locator('[aria-label="Read aloud"]').count(), 0);
  await done(page);
});
