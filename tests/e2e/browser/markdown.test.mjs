// Markdown in a real browser under the real policy: what streams is what a whole text gives, hostile text stays text.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { newPage, server, setStage } from './devices.mjs';
import { ask, assets, lastAnswer, open, require, startServer } from './start.mjs';
import { corpora, payloads } from './payloads.mjs';

let page;
setStage({ start: () => startServer({ demo: true }), prepare: async () => {
  page = await newPage();
  // A temporary chat asks the guide's stateless route, whose answers these tests make up; an app without one asks it always.
  await page.goto(`${server.base}temporary`);
  await page.waitForSelector('main');
  if (!(await page.locator('.composer').count())) await open(page, server.base);
  await page.evaluate(await markdownModule()); // evaluate() is no script element: the page's policy stays in force
} });

// The app's own Markdown modules as one script that leaves them in `window.md`.
async function markdownModule() {
  const { rolldown } = await import(require.resolve('rolldown'));
  const { katex } = await import(join(assets, 'build/katex.mjs'));
  const from = (names, file) => `export { ${names} } from '${join(assets, 'src/js/md', file)}';`;
  const code = from('StreamingMarkdown, renderMarkdown', 'stream.ts') + from('codeText', 'code-text.ts') + from('draw, ready', 'math.ts') + from('sourceOf', 'source.ts');
  const made = await rolldown({ input: 'entry', plugins: [katex(), {
    name: 'entry',
    resolveId: (id) => (id === 'entry' ? id : null),
    load: (id) => (id === 'entry' ? code : null),
  }] });
  const { output } = await made.generate({ format: 'iife', name: 'md' });
  await made.close();
  return `${output[0].code}; globalThis.md = md;`;
}

test('what is selected stays selected when the text behind it turns out to be something else', async () => {
  const selected = await page.evaluate(() => {
    const root = document.body.appendChild(document.createElement('div'));
    const stream = new md.StreamingMarkdown(root);
    stream.append('Some words come first, then *half of an');
    stream.render();
    getSelection().setBaseAndExtent(root.querySelector('p').firstChild, 5, root.querySelector('p').firstChild, 16);
    for (const piece of [' emphasis* and a [lin', 'k](https://example.org), `co', 'de` and more.']) {
      stream.append(piece);
      stream.render();
    }
    const text = String(getSelection());
    stream.destroy();
    root.remove();
    return text;
  });
  assert.equal(selected, 'words come ');
});

test('500 random documents in random pieces give the same DOM as the whole text', { timeout: 120_000 }, async () => {
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
      'inline $x^2$ and \\(y\\) ', '$5 and $6 ', '$$\na+b\n$$\n', 'text\n$$x$$\n', '\\[\nz\n\\]\n\n', '$open ', '$$open\n', '- $i$\n  $$j$$\n', '| $a$ | $5 |\n|-|-|\n',
      `\`\`\`py\n${'long()\n'.repeat(45)}\`\`\`\n`, '```ts title="a.ts"\nx\n```\n\n',
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
    for (let i = 0; i < 500; i++) {
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

for (const [name, texts] of Object.entries(corpora)) {
  test(`${name}: ${texts.length} texts, whole and streamed in pieces of 1 to 7 bytes, leave no script, handler, style, foreign source or unsafe link`, { timeout: 120_000 }, async () => {
    const bad = await page.evaluate(async (all) => {
      await md.ready;
      const allowed = new Set('A B BLOCKQUOTE BR BUTTON CODE DEL DIV EM H3 H4 H5 H6 HR IMG LI OL P PRE SPAN STRONG TABLE TBODY TD TH THEAD TR UL'.split(' '));
      const attributes = new Set('class dir title href target rel data-host src alt loading data-code type data-tool aria-label aria-pressed aria-expanded tabindex role start scope'.split(' '));
      const formula = new Set('span svg path line math semantics mrow mi mo mn mtext annotation msup msub msubsup mfrac msqrt mroot mover munder munderover mtable mtr mtd mspace mstyle mpadded mphantom menclose'.split(' '));
      const formulaAttributes = new Set('class style xmlns display encoding mathvariant stretchy fence separator lspace rspace width height depth minsize maxsize linethickness displaystyle scriptlevel columnalign rowspacing columnspacing accent accentunder aria-hidden viewBox preserveAspectRatio d x1 x2 y1 y2 stroke-width mathcolor mathbackground movablelimits symmetric form linebreak notation voffset columnlines rowlines mathsize'.split(' '));
      let seed = 7;
      const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
      const root = document.createElement('div');
      const streamed = document.createElement('div');
      document.body.append(root, streamed);
      const found = [];
      const stream = (text) => {
        streamed.replaceChildren();
        const writer = new md.StreamingMarkdown(streamed);
        const bytes = new TextEncoder().encode(text);
        const decoder = new TextDecoder();
        for (let at = 0; at < bytes.length;) {
          const size = 1 + random(7);
          writer.append(decoder.decode(bytes.subarray(at, at + size), { stream: true }));
          if (random(bytes.length > 400 ? 40 : 2) === 0) writer.render();
          at += size;
        }
        writer.finish();
      };
      const inspect = (text) => {
        for (const node of root.querySelectorAll('*')) {
          const inside = node.parentElement.closest('.math');
          const drawing = node.closest('.code-tool svg');
          if (!inside && !drawing && !allowed.has(node.tagName)) found.push([text, node.tagName]);
          if (inside && !formula.has(node.localName)) found.push([text, node.localName]);
          for (const { name, value } of node.attributes) {
            if (!drawing && !(inside ? formulaAttributes : attributes).has(name)) found.push([text, `${node.localName} ${name}`]);
            if (name === 'href' && !/^(https?|mailto|tel):/.test(value)) found.push([text, value]);
            if (name === 'src' && !/^data:image\/(png|jpeg|gif|webp|avif);base64,/.test(value)) found.push([text, value]);
            if (name === 'style' && /url|expression|@import|position/i.test(value)) found.push([text, value]);
          }
          if (node.tagName === 'A' && node.rel !== 'noopener noreferrer nofollow ugc') found.push([text, 'rel']);
        }
      };
      for (const text of all) {
        root.replaceChildren();
        // TextDecoder drops a byte order mark and mends lone surrogates; the whole text is what it gives.
        const whole = new TextDecoder().decode(new TextEncoder().encode(text));
        md.renderMarkdown(root, whole);
        stream(text);
        if (!streamed.isEqualNode(root)) found.push([text, 'streamed otherwise', streamed.innerHTML, root.innerHTML]);
        for (const node of root.querySelectorAll('.math')) md.draw(node, md.sourceOf(node).tex, md.sourceOf(node).display);
        inspect(text);
      }
      root.remove();
      streamed.remove();
      return { found: found.slice(0, 20), pwned: globalThis.pwned ?? null };
    }, texts);
    assert.deepEqual(bad, { found: [], pwned: null });
    page.assertClean();
  });
}

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

test('code can be wrapped, folded when it is long, and downloaded under a fitting name', async () => {
  const code = Array.from({ length: 60 }, (_, i) => `print(${i}) # ${'x'.repeat(i === 0 ? 400 : 3)}`).join('\n');
  const body = [{ type: 'chunk', content: `\`\`\`python title="tools/count.py"\n${code}\n\`\`\`\n` }, { type: 'done', model: 'm' }].map((e) => `data: ${JSON.stringify(e)}\n\n`).join('');
  await page.route('**/api/chat/stream', (route) => route.fulfill({ status: 200, contentType: 'text/event-stream', body }), { times: 1 });
  await ask(page, 'long code');
  const block = lastAnswer(page).locator('.code');
  const pre = block.locator('pre');
  const wide = () => pre.evaluate((node) => node.scrollWidth > node.clientWidth);
  assert.equal(await wide(), true);
  await block.locator('.code-wrap').click();
  assert.equal(await wide(), false);
  assert.equal(await block.locator('.code-wrap').getAttribute('aria-pressed'), 'true');
  const tall = (await pre.boundingBox()).height;
  await block.locator('.code-fold').click();
  assert.ok((await pre.boundingBox()).height < tall / 2, 'folded');
  assert.match(await block.locator('.code-fold').innerText(), /60/);
  await block.locator('.code-fold').click();
  assert.equal((await pre.boundingBox()).height, tall);
  const [download] = await Promise.all([page.waitForEvent('download'), block.locator('.code-save').click()]);
  assert.equal(download.suggestedFilename(), 'count.py');
  const { readFileSync } = await import('node:fs');
  assert.equal(readFileSync(await download.path(), 'utf8'), code);
  page.assertClean();
});

test('formulas are drawn in their own chunk, money is not, and what cannot be read shows its source', async () => {
  const answer = 'Euler: $e^{i\\pi} + 1 = 0$. It costs $5 and $6.\n\n$$\\vec{v} = \\sqrt{\\frac{a}{b}} \\widehat{xyz} \\left(\\begin{matrix}1&2\\\\3&4\\end{matrix}\\right) \\pmb{x} \\color{red}{y} \\fbox{z}$$\n\nBad: $\\frac{$ and $\\nosuchcommand{x}$.\n';
  const events = [...answer.match(/[^]{1,5}/g).map((content) => ({ type: 'chunk', content })), { type: 'done', model: 'm' }];
  const body = events.map((e) => `data: ${JSON.stringify(e)}\n\n`).join('');
  await page.route('**/api/chat/stream', (route) => route.fulfill({ status: 200, contentType: 'text/event-stream', body }), { times: 1 });
  await ask(page, 'mathematics');
  const text = lastAnswer(page).locator('.prose');
  await text.locator('.math.drawn .katex').nth(1).waitFor();
  await text.locator('.math.unreadable').nth(1).waitFor();
  assert.equal(await text.locator('.katex').count(), 2);
  assert.match(await text.innerText(), /It costs \$5 and \$6\./);
  assert.deepEqual(await text.locator('.math.unreadable').allInnerTexts(), ['$\\frac{$', '$\\nosuchcommand{x}$']);
  assert.ok(await text.locator('.katex-mathml math').count(), 'for those who listen');
  await page.waitForFunction(() => [...document.fonts].some((face) => face.family === 'KaTeX_Main' && face.status === 'loaded'));
  page.assertClean();
});
