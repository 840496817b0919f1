// Markdown in a real browser under the real policy: what streams is what a whole text gives, hostile text stays text.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ask, assets, lastAnswer, open, require, startBrowser, startServer, stopAll, watched } from './start.mjs';
import { payloads } from './payloads.mjs';

let server;
let page;
before(async () => {
  server = await startServer({ demo: true });
  const browser = await startBrowser();
  page = await watched(await browser.newContext({ serviceWorkers: 'block' }));
  await open(page, server.base);
  await page.evaluate(await markdownModule()); // evaluate() is no script element: the page's policy stays in force
});
after(stopAll);

// The app's own Markdown modules as one script that leaves them in `window.md`.
async function markdownModule() {
  const { rolldown } = await import(require.resolve('rolldown'));
  const made = await rolldown({ input: 'entry', plugins: [{
    name: 'entry',
    resolveId: (id) => (id === 'entry' ? id : null),
    load: (id) => (id === 'entry' ? `export * from '${join(assets, 'src/js/md/stream.ts')}'; export { codeText } from '${join(assets, 'src/js/md/code-text.ts')}';` : null),
  }] });
  const { output } = await made.generate({ format: 'iife', name: 'md' });
  await made.close();
  return `${output[0].code}; globalThis.md = md;`;
}

test('300 random documents in random pieces give the same DOM as the whole text', { timeout: 60_000 }, async () => {
  const differences = await page.evaluate(() => {
    let seed = 20261123;
    const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    const parts = [
      '# Head\n\n', 'A paragraph with **bold**, *em*, `code` and ~~del~~.\n\n', 'two lines\nof text\n', '- one\n- two\n  - deep\n\n', '1. a\n2. b\n\n',
      '1. a\n\n   more\n\n2. b\n', '> quote\n> more\n\n', '> lazy\nquote\n\n', '```js\nconst a = 1;\n\n- no list\n```\n', '```\nopen fence\n', '~~~py\nx\n~~~\n\n',
      '| a | b |\n|:-|-:|\n| 1 | 2 |\n', '| c |\n|---|\n', 'Title\n=====\n', 'Sub\n---\n', '---\n', '***\n\n', '<div>raw\n\n', '<b>x</b> text\n\n', '<!-- note -->\n',
      '[link](https://example.org "t") ', '[ref] and [ref][ref]\n\n', '[ref]: https://example.com\n', '![pic](https://example.org/p.png)\n\n', '- [ ] todo\n- [x] done\n',
      '    indented code\n', '\ttab\n', 'https://auto.example/x?a=b&c=d ', 'a&amp;b &lt;i&gt; &#x41;\n', '**never closed ', '`half ', '[half](', '\\* escaped \\_\n', 'line  \nbreak\n', '\r\n', '\n', '\n\n',
      '* star\n\n  para\n\n* next\n', '+ plus\n', '10. ten\n', '- a\n\n- loose\n\n', 'text\n- right after\n', '\u202eabc\u202c ', '鳥 🐦\n',
    ];
    const build = (pieces) => {
      const root = document.createElement('div');
      const stream = new md.StreamingMarkdown(root);
      for (const piece of pieces) {
        stream.append(piece);
        if (random(3) === 0) stream.render(); // what the timer does
      }
      stream.finish();
      return root;
    };
    const wrong = [];
    for (let i = 0; i < 300; i++) {
      const text = Array.from({ length: 3 + random(14) }, () => parts[random(parts.length)]).join('');
      const pieces = [];
      for (let at = 0; at < text.length;) {
        const size = 1 + random(12);
        pieces.push(text.slice(at, at + size));
        at += size;
      }
      const whole = document.createElement('div');
      md.renderMarkdown(whole, text);
      const streamed = build(pieces);
      // isEqualNode minds everything but the order of attributes.
      if (!streamed.isEqualNode(whole)) wrong.push([text, streamed.outerHTML, whole.outerHTML]);
    }
    return wrong;
  });
  assert.deepEqual(differences, []);
});

test('a finished block keeps its nodes while later text arrives', async () => {
  const kept = await page.evaluate(() => {
    const root = document.createElement('div');
    const stream = new md.StreamingMarkdown(root);
    stream.append('First paragraph.\n\nSecond.\n\nThird.\n\nFourth is ');
    stream.render();
    const [first, , , fourth] = root.children;
    stream.append('growing.\n\n- list\n');
    stream.render();
    stream.finish();
    return [root.children[0] === first, root.children[3] === fourth, fourth.textContent, root.children.length];
  });
  assert.deepEqual(kept, [true, true, 'Fourth is growing.', 5]);
});

test(`${payloads.length} hostile texts leave no script, handler, style, form, foreign source or unsafe link`, async () => {
  const bad = await page.evaluate((texts) => {
    const allowed = new Set('A B BLOCKQUOTE BR BUTTON CODE DEL DIV EM H3 H4 H5 H6 HR IMG LI OL P PRE SPAN STRONG TABLE TBODY TD TH THEAD TR UL'.split(' '));
    const attributes = new Set('class dir title href target rel data-host src alt loading data-code type data-copy aria-label tabindex role start scope'.split(' '));
    const root = document.createElement('div');
    document.body.append(root);
    const found = [];
    for (const text of texts) {
      root.replaceChildren();
      md.renderMarkdown(root, text);
      for (const node of root.querySelectorAll('*')) {
        if (!allowed.has(node.tagName)) found.push([text, node.tagName]);
        for (const { name, value } of node.attributes) {
          if (!attributes.has(name)) found.push([text, name]);
          if (name === 'href' && !/^(https?|mailto|tel):/.test(value)) found.push([text, value]);
          if (name === 'src' && !/^data:image\/(png|jpeg|gif|webp|avif);base64,/.test(value)) found.push([text, value]);
        }
        if (node.tagName === 'A' && node.rel !== 'noopener noreferrer nofollow ugc') found.push([text, 'rel']);
      }
    }
    root.remove();
    return { found, pwned: globalThis.pwned ?? null };
  }, payloads);
  assert.deepEqual(bad, { found: [], pwned: null });
  page.assertClean();
});

test('hidden direction marks are shown, and copying gives them back', async () => {
  const [shown, copied] = await page.evaluate(() => {
    const root = document.createElement('div');
    md.renderMarkdown(root, '```js\nif (a \u202e/* b */) {}\n```');
    const code = root.querySelector('pre code');
    return [code.textContent, md.codeText(code)];
  });
  assert.match(shown, /U\+202E/);
  assert.equal(copied, 'if (a \u202e/* b */) {}');
});

test('hostile text that comes as an answer is only text, and nothing is fetched', async () => {
  const stream = '**/api/chat/stream';
  const events = payloads.map((content) => ({ type: 'chunk', content: `${content}\n\n` }));
  const body = [...events, { type: 'done', model: 'm' }].map((e) => `data: ${JSON.stringify(e)}\n\n`).join('');
  await page.route(stream, (route) => route.fulfill({ status: 200, contentType: 'text/event-stream', body }));
  await ask(page, 'attack');
  await page.unroute(stream);
  assert.equal(await page.evaluate(() => globalThis.pwned), undefined);
  page.assertClean();
});

test('a code block is coloured, labelled, and copied exactly; with the keyboard too', async () => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const code = 'def f(x):\n\treturn  x < 1 and "ä"  \n\n\n# end';
  const body = [{ type: 'chunk', content: `\`\`\`python\n${code}\n\`\`\`\n` }, { type: 'done', model: 'm' }].map((e) => `data: ${JSON.stringify(e)}\n\n`).join('');
  await page.route('**/api/chat/stream', (route) => route.fulfill({ status: 200, contentType: 'text/event-stream', body }), { times: 1 });
  await ask(page, 'code');
  const block = lastAnswer(page).locator('.code');
  await block.locator('.hl-keyword').first().waitFor();
  assert.equal(await block.locator('.code-language').innerText(), 'python');
  await block.locator('.code-copy').focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.querySelector('.message.assistant:last-child .code-copy').textContent === 'Copied');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), code);
  page.assertClean();
});
