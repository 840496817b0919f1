// The parts of the build that Vite does not do by itself:
// - the script before the first paint: classic, blocking, hashed, so that colours are right and requests begin under a strict CSP;
// - sw.js: bundled on its own, with the list of files to keep and a build id made from their contents;
// - budgets: compressed sizes are printed, and a build above them fails.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { problems } from './words.mjs';

const root = join(import.meta.dirname, '..');
// Bytes, brotli 11. first: what the start page, an empty chat and the sign-in page's frame wait for. answers: the Markdown
// that a conversation needs beside it. people: signing in, account and administration together, fetched when opened.
// parts: what the chat fetches when it is first used or later: settings, palette, files, recorder, previews. math, highlight,
// charts: with the first formula, code block or chart; figures: the pages that have charts. language: the largest one.
const budgets = { first: 45_000, answers: 22_000, people: 30_000, parts: 22_000, highlight: 25_000, math: 70_000, charts: 26_000, figures: 8_000, language: 16_000, css: 10_000, worker: 3_000 };

export const brotliSize = (buffer) =>
  brotliCompressSync(buffer, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: buffer.length } }).length;

function filesUnder(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesUnder(path) : [path];
  });
}

const shortHash = (data) => createHash('sha256').update(data).digest('base64url').slice(0, 8);

async function bundleAlone(input, define = {}) {
  const made = await rolldown({ input, transform: { define, target: 'es2022' }, logLevel: 'warn' });
  const { output } = await made.generate({ format: 'iife', minify: true });
  await made.close();
  return output[0].code;
}

// Pages are kept under the addresses people use, everything else under its own path, all relative to the app's base.
// Fonts are kept when they are first used; the manifest's pictures are the installing browser's affair, previews the server's.
const isLater = (name) => name.endsWith('.woff2');
const isNever = (name) => name === 'sw.js' || name === 'preview.html' || name.endsWith('.map') || name.startsWith('screenshots/');
function precacheList(dist) {
  const pages = { 'index.html': '', 'chat.html': 'chat' };
  return filesUnder(dist)
    .map((path) => ({ name: relative(dist, path), data: readFileSync(path) }))
    .filter(({ name }) => !isNever(name))
    .map(({ name, data }) => ({ url: pages[name] ?? name, hash: shortHash(data) }))
    .sort((a, b) => (a.url < b.url ? -1 : 1));
}

async function writeWorker(dist) {
  const list = precacheList(dist);
  const build = shortHash(JSON.stringify(list));
  const paths = (test) => JSON.stringify(JSON.stringify(list.map((f) => f.url).filter(test)));
  const define = { __BUILD__: JSON.stringify(build), __FILES__: paths((url) => !isLater(url)), __LATER__: paths(isLater) };
  writeFileSync(join(dist, 'sw.js'), await bundleAlone(join(root, 'src/js/sw.ts'), define));
}

function report(dist, { first, answers }) {
  const rows = filesUnder(dist).map((path) => {
    const data = readFileSync(path);
    return { name: relative(dist, path), raw: data.length, gz: gzipSync(data, { level: 9 }).length, br: brotliSize(data) };
  });
  const sum = (test) => rows.filter((r) => test(r.name)).reduce((total, r) => total + r.br, 0);
  const most = (test) => Math.max(0, ...rows.filter((r) => test(r.name)).map((r) => r.br));
  const script = /^assets\/.*\.js$/;
  const language = /^assets\/words-.*\.js$/;
  const parts = /^assets\/(?:settings|palette|shortcuts|selection|model-picker|more-words|message-more|search|upload-bar|removal|add-files|attach-area|attached|picture-view|preview|prompts|saved-prompts|remove-for-good|synced|recorder|speaker|sentences|en\.media)-.*\.js$/;
  const measured = {
    first: sum((n) => first.has(n) || /^assets\/start-/.test(n)),
    answers: sum((n) => answers.has(n)),
    highlight: sum((n) => /^assets\/highlight-.*\.js$/.test(n)),
    math: sum((n) => /^assets\/math-.*\.js$/.test(n)),
    charts: sum((n) => /^assets\/plot-.*\.js$/.test(n)),
    figures: sum((n) => /^assets\/figures-.*\.js$/.test(n)),
    language: most((n) => language.test(n)),
    parts: sum((n) => parts.test(n)),
    people: sum((n) => script.test(n) && !parts.test(n) && !first.has(n) && !answers.has(n) && !language.test(n) && !/^assets\/(start|highlight|math|plot|figures)-/.test(n)),
    css: sum((n) => /^assets\/core-.*\.css$/.test(n)), // the people's and the charts' come with their scripts
    worker: sum((n) => n === 'sw.js'),
  };
  for (const r of rows) console.log(`  ${r.name.padEnd(42)} ${String(r.raw).padStart(8)}  gz ${String(r.gz).padStart(7)}  br ${String(r.br).padStart(7)}`);
  let over = false;
  for (const [name, bytes] of Object.entries(measured)) {
    const tooBig = bytes > budgets[name];
    over ||= tooBig;
    console.log(`  budget ${name.padEnd(10)} ${String(bytes).padStart(6)} of ${budgets[name]} bytes br${tooBig ? '  TOO BIG' : ''}`);
  }
  if (over) throw new Error('the app is larger than its budget');
}

// The scripts that the entries need at once, and those that only the formatting of answers needs.
function sortScripts(bundle) {
  const names = new Set();
  const add = (name) => {
    if (names.has(name) || !bundle[name]) return;
    names.add(name);
    bundle[name].imports?.forEach(add);
  };
  const chunks = Object.entries(bundle).filter(([, file]) => file.type === 'chunk');
  for (const [name, file] of chunks) if (file.isEntry) add(name);
  const first = new Set(names);
  const lazy = (id) => /\/md\/(?:math|highlight)\.ts$/.test(id);
  for (const [name, file] of chunks) if (file.moduleIds.some((id) => id.includes('/src/js/md/')) && !file.moduleIds.some(lazy)) add(name);
  return { first, answers: new Set([...names].filter((name) => !first.has(name))) };
}

// The script before the first paint, which names the languages' files. Made twice: for the pages and for the files beside them.
async function makeStarter(bundle) {
  const words = Object.keys(bundle).flatMap((name) => /^assets\/words-([a-z]{2})-/.exec(name)?.slice(1).map((id) => [id, name]) ?? []);
  const code = await bundleAlone(join(root, 'src/boot/start.js'), { __WORDS__: JSON.stringify(Object.fromEntries(words)) });
  return { code, name: `assets/start-${shortHash(code)}.js` };
}

// A language that lacks a word, or says it with other {places}, does not ship.
const kWordsMustFit = true;
function checkWords() {
  const found = problems();
  if (found.length === 0) return;
  const text = `${found.length} words to translate (npm run words): ${found.slice(0, 12).map((one) => `${one.language} ${one.key}: ${one.what}`).join(', ')}`;
  if (kWordsMustFit) throw new Error(text);
  console.log(`  ${text}`);
}

export function whinchat() {
  let scripts;
  return {
    name: 'whinchat',
    apply: 'build',
    async buildStart() {
      checkWords();
    },
    transformIndexHtml: {
      order: 'post',
      // The page for conversations also asks for the formatting of answers at once, not when the app's script has run.
      handler: async (_, { path, bundle }) => [
        { tag: 'script', attrs: { src: `/${(await makeStarter(bundle)).name}` }, injectTo: 'head-prepend' },
        ...(path === '/chat.html' ? [...sortScripts(bundle).answers].map((name) => ({ tag: 'link', attrs: { rel: 'modulepreload', href: `/${name}` }, injectTo: 'head' })) : []),
      ],
    },
    async generateBundle(_, bundle) {
      scripts = sortScripts(bundle);
      const { code: source, name: fileName } = await makeStarter(bundle);
      this.emitFile({ type: 'asset', fileName, source });
    },
    async closeBundle() {
      const dist = join(root, 'dist');
      await writeWorker(dist);
      report(dist, scripts);
    },
  };
}
