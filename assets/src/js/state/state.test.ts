import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { secondsFrom } from '../api-error.ts';
import { decodeEntities } from '../md/entities.ts';
import { hiddenHost, safeImage, safeLink } from '../md/safe-url.ts';
import { explain } from '../explain.ts';
import { readModels } from './read-models.ts';
import { newId } from './ids.ts';
import { groupOf, historyOf, matches, newestLeaf, pathTo, siblingsOf, titleFrom } from './tree.ts';
import type { Message } from './types.ts';

let clock = 0;
const message = (id: string, parent: string | null, role: 'user' | 'assistant', text = id, state: Message['state'] = 'done'): Message =>
  ({ id, conversation: 'c', parent, role, text, state, created: ++clock });

const tree = [
  message('q1', null, 'user'), message('a1', 'q1', 'assistant'), message('a1b', 'q1', 'assistant'),
  message('q2', 'a1b', 'user'), message('a2', 'q2', 'assistant'), message('q2b', 'a1', 'user'),
];

test('a path runs from the first message to the leaf, and a loop ends', () => {
  assert.deepEqual(pathTo(tree, 'a2').map((m) => m.id), ['q1', 'a1b', 'q2', 'a2']);
  assert.deepEqual(pathTo(tree, 'nobody'), []);
  assert.deepEqual(pathTo([message('x', 'y', 'user'), message('y', 'x', 'user')], 'x').length, 2);
});

test('siblings share parent and role; an alternative opens at its newest end', () => {
  assert.deepEqual(siblingsOf(tree, tree[1]!).map((m) => m.id), ['a1', 'a1b']);
  assert.equal(newestLeaf(tree, 'a1b'), 'a2');
  assert.equal(newestLeaf(tree, 'a1'), 'q2b');
});

test('the history holds answered questions only, whole pairs, 50 messages at most', () => {
  const failed = [message('q', null, 'user'), message('a', 'q', 'assistant', '', 'failed'), message('q3', 'a', 'user'), message('a3', 'q3', 'assistant', 'half', 'stopped')];
  assert.deepEqual(historyOf(failed).map((m) => m.content), ['q3', 'half']);
  const long = Array.from({ length: 100 }, (_, i) => message(`m${i}`, null, i % 2 ? 'assistant' : 'user'));
  const history = historyOf(long);
  assert.equal(history.length, 50);
  assert.equal(history[0]!.role, 'user');
  assert.equal(history.at(-1)!.content, 'm99');
  assert.equal(historyOf(long, 12).length, 4);
});

test('a title is one line of the first words', () => {
  assert.equal(titleFrom('# Hello\n**world**'), 'Hello world');
  assert.equal(titleFrom('```js\nx\n``` fix this'), 'fix this');
  const long = titleFrom('word '.repeat(40));
  assert.ok([...long].length <= 49 && long.endsWith('word…'));
  assert.equal([...titleFrom('鳥'.repeat(80))].length, 49);
});

test('conversations are grouped by local days', () => {
  const now = new Date(2026, 5, 15, 10).getTime();
  const at = (day: number, hour = 12) => groupOf(new Date(2026, 5, day, hour).getTime(), now);
  assert.deepEqual([at(15, 0), at(14, 23), at(14, 1), at(10), at(1), groupOf(0, now)], ['today', 'yesterday', 'yesterday', 'week', 'month', 'older']);
});

test('search ignores case and accents and wants every word', () => {
  assert.ok(matches('Grüße aus Köln', 'koln gru'));
  assert.ok(!matches('Grüße aus Köln', 'koln rome'));
});

test('ids are version 7, unique, and sort by time', () => {
  const ids = Array.from({ length: 200 }, (_, i) => newId(1_700_000_000_000 + i));
  for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(new Set(ids).size, 200);
  assert.deepEqual([...ids].sort(), ids);
  assert.equal(parseInt(newId(1_700_000_000_000).replace('-', '').slice(0, 12), 16), 1_700_000_000_000);
});

test('waiting times come as numbers, digits or dates, and nonsense is none', () => {
  assert.deepEqual([secondsFrom(2.1), secondsFrom('30'), secondsFrom(null), secondsFrom('soon'), secondsFrom(-1)], [3, 30, undefined, undefined, undefined]);
  assert.equal(secondsFrom('Wed, 01 Jan 2020 00:00:10 GMT', Date.parse('Wed, 01 Jan 2020 00:00:00 GMT')), 10);
});

test('only http, https, mailto and tel are links', () => {
  for (const bad of ['javascript:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)', 'JaVaScRiPt:x', 'data:text/html,x', 'vbscript:x', 'file:///etc/passwd', '/relative', '//host/x', 'blob:x', '']) {
    assert.equal(safeLink(bad), undefined, bad);
  }
  for (const good of ['https://example.org/a?b=c', 'http://x.y', 'mailto:a@b.c', 'tel:+123']) assert.ok(safeLink(good), good);
  assert.equal(safeImage('data:image/svg+xml;base64,AAAA'), undefined);
  assert.ok(safeImage('data:image/png;base64,AAAA'));
  assert.equal(hiddenHost(new URL('https://evil.example/x'), 'my bank'), 'evil.example');
  assert.equal(hiddenHost(new URL('https://www.example.org/x'), 'see example.org'), undefined);
});

test('character references are decoded once and unknown ones stay', () => {
  assert.equal(decodeEntities('&amp;lt; &#x41;&#66; &hellip; &nope; &constructor; &#0; &#xD800;'), '&lt; AB … &nope; &constructor; \ufffd \ufffd');
});

test('the list of models takes every provider, its reasons and names, and no description for one', () => {
  const { models, preferred } = readModels({
    openai: [{ id: 'a', name: 'A', available: false, context_tokens: 8000 }, { name: 'no id' }, null], ollama: [{ id: 'b', available: true }],
    default: { provider: 'ollama', model: 'b' }, about: { providers: [{ id: 'openai', name: 'OpenAI', reason: 'Set OPENAI_API_KEY.' }] },
  });
  assert.deepEqual(models.map((m) => [m.provider, m.id, m.name, m.available, m.reason, m.context]), [
    ['openai', 'a', 'A', false, 'Set OPENAI_API_KEY.', 8000], ['ollama', 'b', 'b', true, undefined, undefined],
  ]);
  assert.deepEqual(preferred, { provider: 'ollama', model: 'b' });
  assert.deepEqual(readModels({ about: 'x', default: 3 }).models, []);
});

test('every stable code has words and a remedy', () => {
  const codes = 'invalid_request rate_limited too_many_streams unavailable provider_unavailable provider_auth provider_quota provider_rate_limited provider_overloaded provider_rejected model_not_found context_too_long provider_truncated provider_error timeout cross_origin too_large internal offline cut'.split(' ');
  const other = explain({ code: 'never heard of', message: 'because' });
  assert.equal(other.hint, 'because');
  for (const code of codes) {
    const words = explain({ code, message: 'because' });
    assert.ok(words.title.length > 8 && !words.title.startsWith('e_') && !words.hint.startsWith('e_'), code);
    assert.notEqual(words.title, other.title, code);
    assert.ok(words.remedies.length > 0, code);
  }
});

test('every word that the code asks for exists, and no word is unused', () => {
  const root = `${process.env.WHINCHAT_ASSETS_ROOT!}/src/js`;
  const files = (readdirSync(root, { recursive: true }) as string[]).filter((name) => /\.tsx?$/.test(name) && !/\.test\.ts$/.test(name));
  const sources = files.map((name) => readFileSync(`${root}/${name}`, 'utf8')).join('\n');
  const words = (name: string): string[] => Object.keys(JSON.parse(readFileSync(`${root}/i18n/${name}.json`, 'utf8')) as object);
  const all = [...words('en'), ...words('en.people'), ...words('en.media'), ...words('en.more')];
  const made = /^(e_|group_|theme_|text_|density_|home_|quota_|plan_|scope_|invite_hours_|range_|why_)/;
  assert.equal(new Set(all).size, all.length, 'a word in both files');
  for (const key of all) assert.ok(made.test(key) || sources.includes(`'${key.replace(/_(one|other)$/, '')}'`) || sources.includes(`'${key}'`), `unused: ${key}`);
  for (const [, key] of sources.matchAll(/\b(?:t|say)\('([a-z0-9_]+)'/g)) assert.ok(all.includes(key!), `missing: ${key}`);
  for (const [, key] of sources.matchAll(/\btn\('([a-z0-9_]+)'/g)) assert.ok(all.includes(`${key}_one`) && all.includes(`${key}_other`), `missing: ${key}`);
});
