// The director of tools/bench/lighthouse: see there.
import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchText } from '../../assets/dev/bench-text.mjs';
import { realBinary, startAccounts, startServer, stopAll, temporaryFolder } from '../../tests/e2e/browser/start.mjs';

const folder = process.env.LIGHTHOUSE_FOLDER;
const goals = { performance: 95, accessibility: 100, 'best-practices': 100, seo: 100 };
const kShiftMax = 0.02;
const kRunMs = 120_000;
const id = (i) => `01900000-0000-7000-8000-${String(i).padStart(12, '0')}`;

async function seed(base) {
  const messages = [];
  for (let i = 0; i < 20; i++) {
    const answer = i % 2 === 1;
    messages.push({
      id: id(i), parent_id: i ? id(i - 1) : null, role: answer ? 'assistant' : 'user', kind: 'message', state: 'done', created_at: new Date(Date.UTC(2026, 0, 1, 0, i)).toISOString(),
      content: answer ? benchText(400, i + 1) : `Question ${i / 2 + 1}`,
    });
  }
  const conversation = { id: id(999), title: 'Twenty messages', head_id: id(19), created_at: messages[0].created_at, updated_at: messages[19].created_at, messages };
  const body = JSON.stringify({ format: 'whinchat', version: 1, conversations: [conversation] });
  const response = await fetch(`${base}api/import`, { method: 'POST', headers: { 'Content-Type': 'application/json', Origin: new URL(base).origin }, body });
  const list = response.ok ? await (await fetch(`${base}api/conversations`)).json() : { conversations: [] };
  return list.conversations[0]?.id;
}

// A server with an administrator, where whoever comes has to sign in.
async function door() {
  const { base, setup } = await startAccounts();
  const body = JSON.stringify({ token: setup.split('#token=')[1], name: 'ada', password: 'six green whinchats sing' });
  await fetch(`${base}api/setup`, { method: 'POST', headers: { 'Content-Type': 'application/json', Origin: new URL(base).origin }, body });
  return base;
}

// Chromium is a process group of its own, which Lighthouse leaves behind when it is ended: whoever starts it here ends it.
const { launch, killAll } = await import(join(folder, 'node_modules/chrome-launcher/dist/index.js'));
const kFlags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
let child;
let ending = false;
const endAll = () => {
  child?.kill('SIGKILL');
  killAll();
};
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]]) {
  process.once(signal, () => {
    ending = true;
    endAll();
    void stopAll().finally(() => process.exit(code));
  });
}

async function run(url) {
  const out = join(temporaryFolder(), 'report.json');
  const chrome = await launch({ chromePath: process.env.CHROMIUM_BIN || '/usr/bin/chromium', chromeFlags: kFlags, handleSIGINT: false });
  const args = [join(folder, 'node_modules/lighthouse/cli/index.js'), url, '--quiet', '--output=json', `--output-path=${out}`, `--port=${chrome.port}`];
  child = spawn(join(folder, 'node_modules/node/bin/node'), args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const timer = setTimeout(endAll, kRunMs);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  endAll();
  if (ending) await new Promise(() => undefined); // who ended it goes on
  if (code !== 0) throw new Error(`Lighthouse ended with ${code} for ${url}`);
  if (process.env.LIGHTHOUSE_KEEP) copyFileSync(out, process.env.LIGHTHOUSE_KEEP); // the last report, for whoever looks for a reason
  return JSON.parse(readFileSync(out, 'utf8'));
}

let met = true;
try {
  const server = await startServer({ demo: true, env: { AUTH_MODE: 'open' } });
  const conversation = await seed(server.base);
  const all = ['', 'chat', ...(conversation ? ['conversation'] : []), 'login', 'account/usage', 'admin/overview'];
  const pages = process.argv.length > 2 ? process.argv.slice(2) : all;
  console.log(`| page | ${Object.keys(goals).join(' | ')} | first paint, largest | shift | blocked |\n|---|${'---|'.repeat(Object.keys(goals).length)}---|---|---|`);
  for (const page of pages) {
    const report = await run(page === 'login' ? `${await door()}login` : server.base + page.replace(/^conversation$/, `c/${conversation}`));
    const scores = Object.keys(goals).map((name) => Math.round(report.categories[name].score * 100));
    const value = (audit) => report.audits[audit].numericValue;
    console.log(`| /${page.replace(/^conversation$/, 'c/…')} | ${scores.join(' | ')} | ${(value('first-contentful-paint') / 1000).toFixed(1)} s, ${(value('largest-contentful-paint') / 1000).toFixed(1)} s | ${value('cumulative-layout-shift').toFixed(3)} | ${Math.round(value('total-blocking-time'))} ms |`);
    met &&= Object.values(goals).every((goal, i) => scores[i] >= goal) && value('cumulative-layout-shift') <= kShiftMax;
    for (const audit of Object.values(report.audits)) {
      if (audit.score !== null && audit.score < 0.9 && /binary/.test(audit.scoreDisplayMode)) console.error(`  /${page}: ${audit.id}: ${audit.title} ${JSON.stringify(audit.details?.items?.slice(0, 3) ?? '').slice(0, 600)}`);
    }
  }
  console.log(`\nGoals: ${Object.values(goals).join(' / ')}, shift ≤ ${kShiftMax}. ${realBinary ? 'Real binary' : 'Stand-in server'}; other work on this machine lowers the first number.`);
} finally {
  await stopAll();
}
process.exit(met ? 0 : 1);
