import { test } from 'node:test';
import assert from 'node:assert/strict';
import { merge, same, type Kept } from './merge.ts';

const one = (id: string, text = id) => ({ id, name: `name of ${id}`, text });
const kept = (instructions: string, ...ids: (string | ReturnType<typeof one>)[]): Kept => ({ instructions, prompts: ids.map((id) => (typeof id === 'string' ? one(id) : id)) });
const merged = (base: Kept | undefined, mine: Kept, theirs: Kept): Kept => merge(base, mine, theirs, 40);

test('what was deleted here stays deleted, what was changed here wins, what is new on either side is there', () => {
  const base = kept('', 'stays', 'gone here', 'gone there', 'changed here', 'changed there', 'changed here, gone there');
  const mine = kept('', 'stays', 'gone there', one('changed here', 'A'), 'changed there', one('changed here, gone there', 'A'), 'new here');
  const theirs = kept('', 'stays', one('gone here', 'B'), one('changed here', 'B'), one('changed there', 'B'), 'new there');
  assert.ok(same(merged(base, mine, theirs), kept('', 'stays', one('changed here', 'A'), one('changed there', 'B'), 'new there', one('changed here, gone there', 'A'), 'new here')));
  assert.ok(same(merged(base, base, theirs), theirs));
  assert.ok(same(merged(base, mine, base), mine));
});

test('a browser that never met the server adds what it has, its instructions too', () => {
  assert.ok(same(merged(undefined, kept('mine', 'a'), kept('', 'b')), kept('mine', 'b', 'a')));
  assert.ok(same(merged(undefined, kept('mine', 'a'), kept('theirs')), kept('mine\n\ntheirs', 'a')));
  assert.ok(same(merged(undefined, kept('', 'a'), kept('theirs')), kept('theirs', 'a')));
  const again = { ...one('b'), id: 'the same under another id' };
  assert.ok(same(merged(undefined, kept('', again), kept('', 'b')), kept('', 'b')), 'written down on both');
});

test('instructions that both changed are both kept, as long as they fit', () => {
  assert.equal(merged(kept('old'), kept('old'), kept('theirs')).instructions, 'theirs');
  assert.equal(merged(kept('old'), kept('mine'), kept('old')).instructions, 'mine');
  assert.equal(merged(kept('old'), kept('mine'), kept('theirs')).instructions, 'mine\n\ntheirs');
  assert.equal(merged(kept('old'), kept('mine and theirs'), kept('theirs')).instructions, 'mine and theirs');
  assert.equal(merged(kept('old'), kept('m'.repeat(30)), kept('t'.repeat(30))).instructions, 'm'.repeat(30));
});
