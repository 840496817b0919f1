import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

// Contrast of the token pairs that carry text, by WCAG 2.2's formula, in both themes.
const css = readFileSync(`${process.env.WHINCHAT_ASSETS_ROOT}/src/css/main.css`, 'utf8');

function colours(theme: 0 | 1): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name, light, dark] of css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)) found[name!] = [light!, dark!][theme]!;
  return found;
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

const pairs: [string, string[]][] = [
  ['ink', ['ground', 'raised', 'sunk', 'hover', 'breast', 'code-ground']],
  ['ink-soft', ['ground', 'raised', 'sunk', 'hover', 'breast', 'code-ground']],
  ['accent', ['ground', 'raised']],
  ['on-accent', ['accent', 'accent-hover']],
  ['danger', ['ground', 'raised']],
  ...['comment', 'keyword', 'string', 'number', 'name', 'type'].map((n): [string, string[]] => [`hl-${n}`, ['code-ground']]),
];

for (const theme of [0, 1] as const) {
  test(`text is readable in the ${theme ? 'dark' : 'light'} theme`, () => {
    const of = colours(theme);
    for (const [text, grounds] of pairs) {
      for (const ground of grounds) {
        const value = contrast(of[text]!, of[ground]!);
        assert.ok(value >= 4.5, `${text} on ${ground}: ${value.toFixed(2)}`);
      }
    }
    assert.ok(contrast(of['line-strong']!, of.raised!) >= 3, 'the edge of a focused field');
  });
}

test('nothing is said of left and right: sides are those of the language', () => {
  const folder = `${process.env.WHINCHAT_ASSETS_ROOT}/src/css`;
  for (const name of readdirSync(folder)) {
    const text = readFileSync(`${folder}/${name}`, 'utf8').replace(/\.align-(?:left|right) \{[^}]*\}/g, '');
    for (const [found] of text.matchAll(/(?<!safe-area-)(?:margin|padding|border|inset)-(?:left|right)|[{;\s](?:left|right):|text-align: (?:left|right)|float: /g)) assert.fail(`${name}: ${found}`);
    for (const [found, , , right, , left] of text.matchAll(/(padding|margin|inset): ([^\s;(]+) ([^\s;(]+) ([^\s;(]+) ([^\s;}(]+)[;\s}]/g)) assert.equal(right, left, `${name}: ${found}`);
  }
});
