// A language that lacks a word, has one too many or says it with other {places} does not get through the build.

import { test } from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { languages } from './languages.ts';
import { compact, language, number } from './words.ts';

const root = process.env.WHINCHAT_ASSETS_ROOT!;

test('the build fails for a missing key, a superfluous one and another place, in each language', async () => {
  const copy = mkdtempSync(join(tmpdir(), 'whinchat-words-'));
  try {
    for (const part of ['build', 'src/js/i18n', 'src/boot']) cpSync(join(root, part), join(copy, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const { whinchat } = (await import(join(copy, 'build/plugin.mjs'))) as { whinchat: () => { buildStart(): Promise<void> } };
    await whinchat().buildStart();
    for (const language of ['de', 'es', 'fr', 'zh', 'ar']) {
      const file = join(copy, 'src/js/i18n', `${language}.json`);
      const whole = readFileSync(file, 'utf8');
      const faults: [RegExp, (words: Record<string, string>) => void][] = [
        [/send: missing/, (words) => delete words.send],
        [/nobody_says_this: superfluous/, (words) => (words.nobody_says_this = 'x')],
        [/retry_in: other places/, (words) => (words.retry_in = words.retry_in!.replace('{n}', '{m}'))],
        [/cancel: empty/, (words) => (words.cancel = ' ')],
      ];
      for (const [expected, spoil] of faults) {
        const words = JSON.parse(whole) as Record<string, string>;
        spoil(words);
        writeFileSync(file, JSON.stringify(words));
        await assert.rejects(whinchat().buildStart(), expected, language);
      }
      writeFileSync(file, whole);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});

test('small whole numbers, written without Intl, are what Intl writes in every language', () => {
  for (const one of languages) {
    language.value = one;
    for (const n of [0, 7, 10, 999, 1000, 1234.5, -1]) {
      assert.equal(number(n), new Intl.NumberFormat(one.tag).format(n), one.id);
      assert.equal(compact(n), new Intl.NumberFormat(one.tag, { notation: 'compact', maximumFractionDigits: 1 }).format(n), one.id);
    }
  }
});
