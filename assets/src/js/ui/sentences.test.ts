import assert from 'node:assert/strict';
import { test } from 'node:test';
import { languageOf, sentences } from './sentences.ts';

test('a text becomes sentences, lines end them, and marks without a word are silent', () => {
  assert.deepEqual(sentences('One thing. Another?  Yes!\n\n- \nLast line', 'en'), ['One thing.', 'Another?', 'Yes!', 'Last line']);
  assert.deepEqual(sentences('你好。今天怎么样？很好！', 'zh'), ['你好。', '今天怎么样？', '很好！']);
  assert.deepEqual(sentences('It costs 3.50 dollars at example.com today. Good.', 'en'), ['It costs 3.50 dollars at example.com today.', 'Good.']);
  assert.deepEqual(sentences('\n \n***', 'en'), []);
});

test('a long sentence is cut at commas or spaces, and nothing is lost or cut through', () => {
  const long = `${'word '.repeat(60)}, ${'more '.repeat(60)}`;
  const pieces = sentences(long, 'en');
  assert.ok(pieces.length > 2);
  for (const piece of pieces) assert.ok(piece.length <= 220);
  assert.equal(pieces.join(' ').replace(/[\s,]+/g, ''), long.replace(/[\s,]+/g, ''));
  const faces = sentences('a😀'.repeat(300), 'en');
  assert.ok(faces.every((piece) => piece.length <= 220 && piece.isWellFormed()));
  assert.equal(faces.join(''), 'a😀'.repeat(300));
});

test('the language is told by script or by small words, else it is the person’s own', () => {
  assert.equal(languageOf('The quick brown fox is with you and the dog.', 'de'), 'en');
  assert.equal(languageOf('Der Hund und die Katze sind nicht mit dir gegangen.', 'en'), 'de');
  assert.equal(languageOf('Le chat et les souris sont dans la maison, vous voyez.', 'en'), 'fr');
  assert.equal(languageOf('El perro y los gatos son del vecino que vive con una tía.', 'en'), 'es');
  assert.equal(languageOf('今天天气很好', 'en'), 'zh');
  assert.equal(languageOf('今日はとても良い天気です', 'en'), 'ja');
  assert.equal(languageOf('الطقس جميل اليوم', 'en'), 'ar');
  assert.equal(languageOf('42', 'fr'), 'fr');
});
