import { test } from 'node:test';
import assert from 'node:assert/strict';
import { newLexer } from './lexer.ts';

interface Found { tex: string; display: boolean }

function mathIn(source: string): Found[] {
  const found: Found[] = [];
  const walk = (tokens: any[]): void => {
    for (const token of tokens) {
      if (token.type === 'math') found.push({ tex: token.tex, display: token.display });
      if (token.tokens) walk(token.tokens);
      if (token.items) walk(token.items);
      for (const row of [token.header ?? [], ...(token.rows ?? [])]) for (const cell of row) walk(cell.tokens);
    }
  };
  walk(newLexer().lex(source));
  return found;
}

const tex = (source: string): string[] => mathIn(source).map((one) => one.tex);

test('money, shell variables and escaped brackets are not mathematics', () => {
  const plain = [
    '$5 and $6', 'from $5 to $10.', '$5-$6', 'costs US$5 or CA$6$ more', '$HOME and $PATH', '$HOME:$PATH', 'a $ b $ c', '$ 5$', 'only one $x here', '\\$5 and 6\\$',
    '\\[not a link\\](x)', '\\(see above\\)', '`$x^2$`', '```\n$x^2$\n```', '$5 (or more) and 6$', '$20,000 and $30,000', '$a\n\nb$', 'I paid $3, she paid 4$ more',
    '$$', '$$$$', '$$ $$', '$', 'x$y$z', '$\\$',
  ];
  for (const source of plain) assert.deepEqual(tex(source), [], source);
});

test('formulas are found in every way of writing them', () => {
  assert.deepEqual(mathIn('Let $x^2$ be'), [{ tex: 'x^2', display: false }]);
  assert.deepEqual(mathIn('so \\(a+b\\) and \\[c=d\\].'), [{ tex: 'a+b', display: false }, { tex: 'c=d', display: true }]);
  assert.deepEqual(mathIn('$$\n\\int_0^1 f\n$$\n\nafter'), [{ tex: '\\int_0^1 f', display: true }]);
  assert.deepEqual(mathIn('before\n$$x = y$$\nafter'), [{ tex: 'x = y', display: true }]);
  assert.deepEqual(mathIn('\\[\nx\n\\]\n'), [{ tex: 'x', display: true }]);
  assert.deepEqual(tex('- item $n$\n\n  $$a_1$$\n'), ['n', 'a_1']);
  assert.deepEqual(tex('| $a$ | b |\n|---|---|\n| $c_1$ | d |'), ['a', 'c_1']);
  assert.deepEqual(tex('($x$), $y$. "$z$" $2 \\times 3$'), ['x', 'y', 'z', '2 \\times 3']);
  assert.deepEqual(tex('price \\$5, value $v = \\$6$'), ['v = \\$6']);
});

test('what never closes stays text, also when it is long', () => {
  assert.deepEqual(tex(`$${'x+'.repeat(5000)}$`), []);
  const begun = performance.now();
  tex('$a '.repeat(20_000));
  tex('\\('.repeat(20_000));
  tex('$$x '.repeat(10_000));
  assert.ok(performance.now() - begun < 20_000, 'the search is not quadratic');
});
