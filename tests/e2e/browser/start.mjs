// Starts what the browser tests need: the real server (WHINCHAT_BIN) with a provider of ours behind it, or, without it,
// the app's own stand-in server; and Chromium: as Debian's headless shell (CHROMIUM_SHELL_BIN), which is the same engine without
// the windows, a third of the work for each page, and whole (CHROMIUM_BIN) for what only that can do or where there is no shell.
// Everything that is started here is ended by stopAll().
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { startUpstream } from './upstream.mjs';

export const assets = join(import.meta.dirname, '../../../assets');
export const require = createRequire(join(assets, 'package.json'));
const { chromium } = require('playwright-core');

export const realBinary = process.env.WHINCHAT_BIN;
const flags = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const whole = process.env.CHROMIUM_BIN || '/usr/bin/chromium';
const shell = process.env.CHROMIUM_SHELL_BIN ?? '/usr/bin/chromium-headless-shell';
const launch = { executablePath: whole, args: flags };
const kStartMs = 10_000;
const cleanups = [];

export async function stopAll() {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'whinchat-browser-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function answers(base, child) {
  const end = Date.now() + kStartMs;
  while (Date.now() < end) {
    if (child.exitCode !== null) break;
    const ok = await fetch(`${base}api/health`).then((r) => r.ok, () => false);
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error(`the server did not answer at ${base}: ${child.log}`);
}

// demo: no provider has a key. dist: a folder of built files instead of the usual ones. Returns { base, stop(signal),
// start() (again, with the same data), log(), asked (what the provider was asked), received (the whole requests), speech (its recordings) }.
export async function startServer({ demo = false, dist, env = {} } = {}) {
  const port = await freePort();
  const own = { PATH: process.env.PATH, HOME: temporaryFolder(), PORT: String(port), AUTH_MODE: 'open', ...env };
  let child;
  let asked = [];
  let received = [];
  let speech = [];
  if (realBinary) {
    Object.assign(own, { HOST: '127.0.0.1', FLASK_ENV: 'development', LOG_LEVEL: 'WARNING', LOG_FILE: join(own.HOME, 'app.log') });
    own.DRAIN_SECONDS ??= '1'; // nobody here waits for the end of a slow answer
    for (const window of ['MINUTE', 'HOUR', 'DAY']) own[`RATELIMIT_PER_${window}`] ??= '100000';
    if (!demo) {
      const upstream = await startUpstream();
      cleanups.push(upstream.stop);
      ({ asked, received, speech } = upstream);
      Object.assign(own, { OPENAI_API_KEY: 'sk-test-not-a-key', OPENAI_BASE_URL: `${upstream.base}v1`, OPENAI_API: 'chat' });
    }
    // The files inside the binary, unless others are asked for (WHINCHAT_ASSETS=assets/dist while the app is worked on).
    const folder = dist ?? process.env.WHINCHAT_ASSETS;
    if (folder) own.WHINCHAT_ASSETS = folder;
  } else {
    if (!demo) own.DEV_MODELS = 'many';
    if (dist) own.DIST = dist;
  }
  const base = `http://127.0.0.1:${port}${env.BASE_PATH ?? '/'}`;
  const start = async () => {
    const command = realBinary ? [realBinary, []] : [process.execPath, [join(assets, 'dev/server.mjs')]];
    child = spawn(...command, { cwd: own.HOME, env: own, stdio: ['ignore', 'pipe', 'pipe'] });
    child.log = '';
    for (const pipe of [child.stdout, child.stderr]) pipe.on('data', (data) => (child.log = (child.log + data).slice(-4000)));
    child.ended = new Promise((resolve) => child.once('exit', resolve));
    await answers(base, child);
  };
  const stop = async (signal = 'SIGKILL') => {
    child.kill(signal);
    await child.ended;
  };
  cleanups.push(() => stop());
  await start();
  return { base, port, asked, received, speech, stop, start, log: () => child.log };
}

// A server where everybody has to sign in. setup: the address that makes the first administrator.
export async function startAccounts(env = {}) {
  const started = await startServer({ env: { AUTH_MODE: 'accounts', DEV_MODE: 'accounts', DEV_SETUP: '1', ...env } });
  // It answers before what it printed has been read here.
  const link = () => /\/setup(#token=\S+)\n/.exec(started.log())?.[1];
  for (const end = Date.now() + kStartMs; realBinary && !link() && Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 5));
  const token = link();
  return { ...started, setup: `${started.base}setup${realBinary ? token : '#token=any'}` };
}

// more: further flags of Chromium, a fake microphone for instance. windows: not the shell.
export async function startBrowser(more = [], windows = false) {
  const browser = await chromium.launch({ executablePath: existsSync(shell) && !windows ? shell : whole, args: [...flags, ...more] });
  cleanups.push(() => browser.close());
  return browser;
}

export async function startPersistent({ folder = temporaryFolder(), ...options } = {}) {
  const context = await chromium.launchPersistentContext(folder, { ...launch, ...options });
  cleanups.push(() => context.close().catch(() => undefined)); // a test may have killed it
  return context;
}

// Notes everything that must not happen on any page of ours; assertClean() is called at the end of a test.
export async function watched(context, { expect = [], hosts = [] } = {}) {
  const page = await context.newPage();
  const wrong = [];
  page.setDefaultTimeout(15_000);
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (/Service Worker registration blocked by Playwright/.test(message.text())) return;
    if (!expect.some((pattern) => pattern.test(message.text()))) wrong.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => wrong.push(`page error: ${error.stack}`));
  page.unfinished = new Map(); // since when
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => page.unfinished.delete(request));
  page.on('request', (request) => {
    page.unfinished.set(request, Date.now());
    const { protocol, hostname } = new URL(request.url());
    if (/^https?:$/.test(protocol) && hostname !== '127.0.0.1' && !hosts.includes(hostname)) wrong.push(`foreign request: ${request.url()}`);
  });
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  });
  page.wrong = wrong;
  const locators = Object.getPrototypeOf(page.locator('body'));
  if (!locators.reports) reporting(Object.assign(locators, { reports: true }), ['waitFor', 'click', 'fill', 'check', 'innerText', 'evaluate', 'getAttribute']);
  reporting(page, ['waitForSelector', 'waitForFunction', 'click', 'fill', 'press', 'innerText'], page);
  page.assertClean = () => assert.deepEqual(wrong, []);
  return page;
}

export const field = '.composer textarea';

export async function open(page, base, path = 'chat') {
  await page.goto(base + path);
  await page.waitForSelector(field);
}

// What did not come in time says what was there instead. owner: a page, or what all locators have in common.
function reporting(owner, names, page) {
  for (const name of names) {
    const wait = owner[name];
    owner[name] = async function (...given) {
      try {
        return await wait.apply(this, given);
      } catch (error) {
        if (error.name === 'TimeoutError') error.stack += `\n${JSON.stringify(await found(page ?? this.page()), null, 1)}`;
        throw error;
      }
    };
  }
}

// What a page shows that does not show what it should, what it waits for, and who of those it depends on answers.
async function found(page) {
  const seen = await Promise.race([new Promise((resolve) => setTimeout(resolve, 3000, 'the page does not answer')), page.evaluate(async () => {
    const answered = (promise) => Promise.race([promise.then(() => 'answers', String), new Promise((resolve) => setTimeout(resolve, 1000, 'is silent'))]);
    const opened = () => new Promise((resolve, reject) => Object.assign(indexedDB.open('probe'), { onsuccess: resolve, onerror: reject }));
    const [server, storage, locks] = await Promise.all([fetch('/api/session', { cache: 'no-store' }), opened(), navigator.locks?.query() ?? Promise.reject('none')].map(answered));
    const fields = [...document.querySelectorAll('input, textarea, dialog')].map((one) => `${one.tagName} ${one.name ?? ''}${one === document.activeElement ? ' (focus)' : ''}: ${one.type === 'password' ? one.value.length : one.value ?? one.open}`);
    return { text: document.body.innerText.slice(0, 800), fields, visible: document.visibilityState, state: document.readyState, server, storage, locks };
  }).catch(String)]);
  return { address: page.url(), seen, unfinished: [...page.unfinished].map(([request, since]) => `${request.method()} ${request.url()} for ${Date.now() - since} ms`), wrong: page.wrong };
}

// To another page of the app that is open already, without loading everything again.
export const visit = (page, path) => page.evaluate((to) => {
  history.pushState(null, '', to);
  dispatchEvent(new PopStateEvent('popstate'));
}, `/${path}`);

export async function say(page, text) {
  await page.fill(field, text);
  await page.press(field, 'Control+Enter');
}

// Until the running answer has ended, however it ends.
export const ended = (page) => page.waitForFunction(() => document.querySelector('.message.assistant:last-child:not([data-state="running"], [data-state="waiting"])') && !document.querySelector('.round.stop'));

export async function ask(page, text) {
  const before = await page.locator('.message.assistant').count();
  await say(page, text);
  await page.waitForFunction((n) => document.querySelectorAll('.message.assistant').length > n, before);
  await ended(page);
}

export const lastAnswer = (page) => page.locator('.message.assistant').last();

// What axe finds on the page as it is now: rules broken, and where.
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const axeTags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
export async function violations(page) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource); // evaluate() is no script element: the policy stays in force
  return page.evaluate(async (values) => {
    const result = await globalThis.axe.run({ runOnly: { type: 'tag', values }, resultTypes: ['violations'] }); // of the rest nothing is read
    return result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
  }, axeTags);
}

// A stream as a whole, for what a server does only now and then.
export const eventStream = (...events) => ({
  status: 200,
  contentType: 'text/event-stream',
  body: events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''),
});

// Does the server keep conversations and accounts? One that does not gets the app that keeps them in the browser.
export async function keepsConversations(base) {
  const paths = Object.keys((await (await fetch(`${base}api/openapi.json`)).json()).paths);
  return paths.includes('/api/session') && paths.some((path) => path.endsWith('/turns'));
}
