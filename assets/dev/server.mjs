// A stand-in for the whinchat server while only the app is being worked on: the built files under the real headers
// (Content-Security-Policy above all), and the API with prepared answers (answers.mjs), conversations (chats.mjs) and
// accounts (people.mjs) in memory.
//   npm run build && npm run dev        PORT=5050 by default; prints its address; PORT=0 takes a free one
import { createServer } from 'node:http';
import { readFileSync, existsSync, statSync } from 'node:fs';
import { extname, join, normalize } from 'node:path';
import { script, wait } from './answers.mjs';
import * as chats from './chats.mjs';
import * as people from './people.mjs';

const dist = process.env.DIST ?? join(import.meta.dirname, '../dist');
const csp = "default-src 'none'; script-src 'self'; script-src-attr 'none'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; media-src 'self' blob:; frame-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types app";
const previewCsp = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; media-src data: blob:; connect-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'";
const common = {
  'X-Content-Type-Options': 'nosniff', 'Cross-Origin-Resource-Policy': 'same-origin', 'Referrer-Policy': 'no-referrer',
  'X-Frame-Options': 'DENY', 'Permissions-Policy': 'browsing-topics=(), camera=(), geolocation=(), payment=(), usb=(), microphone=(self)',
};
const types = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml',
  '.png': 'image/png', '.ico': 'image/x-icon', '.webmanifest': 'application/manifest+json', '.json': 'application/json',
};
const real = process.env.DEV_MODELS === 'many';
const models = {
  openai: [{ id: 'gpt-5-mini', name: 'GPT-5 mini', available: real, context_tokens: 400000 }, { id: 'gpt-5', name: 'GPT-5', available: real, context_tokens: 400000 }],
  claude: [{ id: 'claude-sonnet-5', name: 'Claude Sonnet 5', available: real, context_tokens: 200000 }],
  demo: [{ id: 'demo', name: 'Demo', available: true }],
  default: real ? { provider: 'openai', model: 'gpt-5-mini' } : { provider: 'demo', model: 'demo' },
};

function json(response, status, body, headers = {}) {
  const html = typeof body === 'string';
  response.writeHead(status, { ...common, 'Content-Type': html ? 'text/html' : 'application/json', 'Cache-Control': 'no-store', ...headers });
  response.end(html ? body : JSON.stringify(body));
}

async function readBody(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return JSON.parse(text);
}

async function stream(request, response) {
  const body = await readBody(request);
  if (typeof body.message !== 'string' || !body.message) return json(response, 400, { error: 'Message required' });
  if ([...body.message].length > 10_000) return json(response, 400, { error: 'Message too long (max 10,000 characters)' });
  if (body.history?.length > 50) return json(response, 400, { error: 'Conversation history too long (max 50 messages)' });
  const plan = script(body.message);
  if (plan.status) return json(response, plan.status, plan.body, plan.headers);
  response.writeHead(200, { ...common, 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
  const event = (data) => response.write(`data: ${JSON.stringify(data)}\n\n`);
  const model = body.model ?? 'demo';
  response.write(': ping\n\n');
  let tokens = 0;
  for (const step of plan.steps) {
    if (response.destroyed || request.aborted) return;
    if (step.wait) await wait(step.wait);
    if (step.text) event({ type: 'chunk', content: step.text, model }), tokens++;
    if (step.reasoning) event({ type: 'reasoning', content: step.reasoning, model });
    if (step.error) return event({ type: 'error', error: step.error, code: step.code }), response.end();
    if (step.cut) return response.destroy();
  }
  const usage = { input_tokens: 40, output_tokens: tokens, total_tokens: 40 + tokens };
  event({ type: 'done', model, usage, finish_reason: plan.finish });
  response.end();
}

function file(path, response) {
  const clean = normalize(decodeURIComponent(path));
  let name = { '/': '/index.html', '/chat': '/chat.html', '/preview': '/preview.html' }[clean] ?? clean;
  if (!existsSync(join(dist, name)) || statSync(join(dist, name)).isDirectory()) {
    if (extname(name)) return json(response, 404, { error: 'Not found' });
    name = '/index.html';
  }
  const type = types[extname(name)] ?? 'application/octet-stream';
  const cache = name.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
  const page = name === '/preview.html' ? { 'Content-Security-Policy': previewCsp, 'Connection-Allowlist': '(response-origin)', 'Cross-Origin-Embedder-Policy': 'require-corp', 'X-Frame-Options': 'SAMEORIGIN' } : name.endsWith('.html') ? { 'Content-Security-Policy': csp, 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' } : {};
  response.writeHead(200, { ...common, ...page, 'Content-Type': type, 'Cache-Control': cache });
  response.end(readFileSync(join(dist, name)));
}

const open = /^\/(session|login|setup|register|health)$/;

async function api(request, response, { pathname, searchParams }) {
  const path = pathname.slice('/api'.length);
  if (path === '/chat/stream') return stream(request, response);
  if (path === '/models') return json(response, 200, models);
  if (path === '/openapi.json') return json(response, 200, { paths: { '/api/session': {}, '/api/conversations/{id}/turns': {} } });
  if (path === '/health') return json(response, 200, { status: 'healthy', version: 'dev', services: { demo: true } });
  people.enter(request.headers.cookie);
  if (!people.signedIn() && !open.test(path)) return json(response, 401, { error: 'Sign in first.', code: 'unauthenticated' });
  const events = /^\/turns\/([\w-]+)\/events$/.exec(path)?.[1];
  if (events) return chats.streamTurn(events, Number(searchParams.get('from') ?? 0), request, response) || json(response, 404, { error: 'Not found', code: 'not_found' });
  if (path === '/changes') return chats.streamChanges(Number(searchParams.get('since') ?? 0), request, response);
  if (path === '/admin/metrics') {
    const told = people.metrics(searchParams.get('range') ?? 'hour');
    if (!/event-stream/.test(request.headers.accept)) return json(response, 200, told);
    response.writeHead(200, { ...common, 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    return response.write(`event: metrics\ndata: ${JSON.stringify(told)}\n\n`);
  }
  for (const [method, pattern, answer] of [...chats.routes, ...people.routes]) {
    const found = request.method === method && pattern.exec(path);
    if (!found) continue;
    const body = ['GET', 'HEAD'].includes(method) || !Number(request.headers['content-length']) ? {} : await readBody(request);
    people.enter(request.headers.cookie);
    const { status = 200, body: made = {} } = answer(found.slice(1), body, searchParams);
    const headers = { 'Set-Cookie': people.cookie() };
    if (status === 204) return response.writeHead(204, { ...common, ...headers }).end();
    return json(response, status, made, headers);
  }
  return json(response, 404, { error: 'Not found', code: 'not_found' });
}

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://x');
  if (url.pathname.startsWith('/api/')) void api(request, response, url).catch(() => json(response, 400, { error: 'Invalid JSON', code: 'invalid_request' }));
  else file(url.pathname, response);
});
server.listen(Number(process.env.PORT ?? 5050), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
