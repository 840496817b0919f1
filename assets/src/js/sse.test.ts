import { test } from 'node:test';
import assert from 'node:assert/strict';
import { SseParser } from './sse.ts';

const all = (...pieces: string[]) => {
  const parser = new SseParser();
  return [...pieces.flatMap((piece) => parser.feed(piece)), ...parser.finish()].map((e) => e.data);
};

test('LF, CRLF and lone CR end lines', () => {
  for (const end of ['\n', '\r\n', '\r']) assert.deepEqual(all(`data: a${end}${end}data: b${end}${end}`), ['a', 'b']);
});

test('one space after the colon is dropped, a second one stays', () => {
  assert.deepEqual(all('data:a\n\ndata: b\n\ndata:  c\n\n'), ['a', 'b', ' c']);
});

test('several data lines are joined by a newline', () => assert.deepEqual(all('data: a\ndata: b\n\n'), ['a\nb']));

test('comments and unknown fields are passed over', () => assert.deepEqual(all(': ping\n\nfoo: 1\nretry: 5\ndata: a\n\n'), ['a']));

test('a byte order mark at the start is dropped', () => assert.deepEqual(all('\ufeffdata: a\n\n'), ['a']));

test('a last event without its blank line is given out at the end', () => assert.deepEqual(all('data: a\n\ndata: b'), ['a', 'b']));

test('an event without data is none', () => assert.deepEqual(all('event: x\n\n'), []));

test('ids and event names are kept', () => {
  const [event] = new SseParser().feed('id: 9\nevent: done\ndata: x\n\n');
  assert.deepEqual(event, { event: 'done', data: 'x', id: '9' });
});

test('every split of a text gives the same events', () => {
  const text = 'data: one\r\n\r\n: c\r\rdata: two\ndata: more\n\ndata:{"a":1}\n\n';
  const whole = all(text);
  assert.deepEqual(whole, ['one', 'two\nmore', '{"a":1}']);
  for (let i = 1; i < text.length; i++) for (let j = i; j < text.length; j += 3) assert.deepEqual(all(text.slice(0, i), text.slice(i, j), text.slice(j)), whole);
});

test('an event that never ends is refused', () => {
  const parser = new SseParser();
  assert.throws(() => { for (let i = 0; i < 20; i++) parser.feed(`data: ${'x'.repeat(1 << 20)}\n`); }, /too large/);
});
