// The description at /api/openapi.json is true: every route in it answers as described, and no route is missing.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { request, startFake, startServer } from './server.mjs';

let fake;
let server;
let api;
before(async () => {
  fake = await startFake(['--chunks', '2']);
  server = await startServer({ fake, env: { FLASK_ENV: 'development', RATELIMIT_PER_MINUTE: '1000', RATELIMIT_PER_HOUR: '10000', RATELIMIT_PER_DAY: '10000' } });
  api = (await request(server, 'GET', '/api/openapi.json')).json();
});
after(async () => {
  await server?.stop();
  await fake?.stop();
});

// Why a value does not fit a schema; empty when it fits. What the description uses of JSON Schema.
function misfits(value, schema, at = '$') {
  if (schema.$ref) return misfits(value, api.components.schemas[schema.$ref.split('/').at(-1)], at);
  const kind = value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;
  const wrong = [];
  const types = [schema.type ?? []].flat();
  if (types.length && !types.includes(kind) && !(kind === 'integer' && types.includes('number'))) wrong.push(`${at} is ${kind}, not ${types}`);
  if ('const' in schema && schema.const !== value) wrong.push(`${at} is not ${schema.const}`);
  if (schema.enum && !schema.enum.includes(value)) wrong.push(`${at} is not one of ${schema.enum}`);
  if (kind === 'object') {
    for (const name of schema.required ?? []) if (!(name in value)) wrong.push(`${at}.${name} is missing`);
    for (const [name, part] of Object.entries(value)) {
      if (schema.properties?.[name]) wrong.push(...misfits(part, schema.properties[name], `${at}.${name}`));
      else if (schema.properties && schema.additionalProperties === undefined) wrong.push(`${at}.${name} is not described`);
      else if (typeof schema.additionalProperties === 'object') wrong.push(...misfits(part, schema.additionalProperties, `${at}.${name}`));
    }
  }
  if (kind === 'array' && schema.items) value.forEach((part, i) => wrong.push(...misfits(part, schema.items, `${at}[${i}]`)));
  return wrong;
}

function check(reply, operation, status) {
  assert.equal(reply.status, status, reply.text.slice(0, 200));
  const described = operation.responses[String(status)];
  assert.ok(described, `${status} is not described`);
  if (status === 204) return assert.equal(reply.text, '');
  const type = reply.headers['content-type'].split(';')[0];
  assert.ok(described.content[type], `${type} is not described`);
  if (type === 'application/json') assert.deepEqual(misfits(reply.json(), described.content[type].schema), []);
  return type;
}

const post = (target, body, headers = {}) => request(server, 'POST', target, { body: typeof body === 'string' ? body : JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } });

// The server answers before it has read everything and closes: a client that still writes may see only that.
async function refusedEarly(send) {
  for (let tries = 0; ; ++tries) {
    try { return await send(); } catch (error) {
      if (tries === 9 || !['EPIPE', 'ECONNRESET'].includes(error.code)) throw error;
    }
  }
}

describe('openapi.json', () => {
  it('is OpenAPI 3.1 and has every route of the product', () => {
    assert.match(api.openapi, /^3\.1\./);
    for (const route of ['/api/chat', '/api/chat/stream', '/api/health', '/api/ready', '/api/models', '/api/rate-limit', '/api/openapi.json', '/metrics']) assert.ok(api.paths[route], route);
  });
  it('every reference in it leads somewhere', () => {
    for (const [, name] of JSON.stringify(api).matchAll(/#\/components\/schemas\/(\w+)/g)) assert.ok(api.components.schemas[name], name);
  });
  it('every GET answers as described', async () => {
    const needed = { '/api/changes': '?since=0', '/api/search': '?q=a' };
    for (const [target, methods] of Object.entries(api.paths)) {
      if (methods.get && !target.includes('{')) check(await request(server, 'GET', target + (needed[target] ?? '')), methods.get, 200);
    }
  });
  it('both chats answer as described: 200, 400, 403, 413, 415, 502', async () => {
    for (const target of ['/api/chat', '/api/chat/stream']) {
      const operation = api.paths[target].post;
      check(await post(target, { message: 'hello', provider: 'openai', model: 'gpt-4o', history: [{ role: 'user', content: 'a' }], max_tokens: 50, temperature: 1 }), operation, 200);
      check(await post(target, {}), operation, 400);
      check(await post(target, { message: 'a' }, { Origin: 'https://evil.test' }), operation, 403);
      check(await refusedEarly(() => post(target, 'x'.repeat((1 << 20) + 1))), operation, 413);
      check(await post(target, { message: 'a' }, { 'Content-Type': 'text/plain' }), operation, 415);
      if (target === '/api/chat') check(await post(target, { message: 'fake:status=400' }), operation, 502);
    }
  });
  it('a report of a browser is answered as described: 204, 400, 413, 415', async () => {
    const operation = api.paths['/api/csp-report'].post;
    for (const type of Object.keys(operation.requestBody.content)) check(await post('/api/csp-report', '{}', { 'Content-Type': type }), operation, 204);
    check(await post('/api/csp-report', '{', { 'Content-Type': 'application/csp-report' }), operation, 400);
    check(await post('/api/csp-report', ' '.repeat(8193), { 'Content-Type': 'application/csp-report' }), operation, 413);
    check(await post('/api/csp-report', '{}', { 'Content-Type': 'text/plain' }), operation, 415);
  });
  it('429 is as described', async () => {
    const own = await startServer({ fake, env: { FLASK_ENV: 'development', RATELIMIT_PER_MINUTE: '1' } });
    const send = () => request(own, 'POST', '/api/chat', { body: { message: 'a' } });
    await send();
    check(await send(), api.paths['/api/chat'].post, 429);
    await own.stop();
  });
  it('no other method is served on any route', async () => {
    for (const [target, methods] of Object.entries(api.paths)) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
        if (methods[method.toLowerCase()]) continue;
        const reply = await request(server, method, target.replace(/{\w+}/g, 'x'), method === 'GET' ? {} : { body: '{}', headers: { 'Content-Type': 'application/json' } });
        assert.equal(reply.status, 405, `${method} ${target}`);
        for (const allowed of Object.keys(methods)) assert.ok(reply.headers.allow.split(', ').includes(allowed.toUpperCase()), `${target}: Allow: ${reply.headers.allow}`);
      }
    }
  });
  it('the body of a chat is described as it is taken: each limit holds', async () => {
    const { properties, required } = api.components.schemas.ChatRequest;
    assert.deepEqual(required, ['message']);
    const status = async (body) => (await post('/api/chat', { message: 'a', ...body })).status;
    assert.equal(await status({ message: 'x'.repeat(properties.message.maxLength) }), 200);
    assert.equal(await status({ message: 'x'.repeat(properties.message.maxLength + 1) }), 400);
    assert.equal(await status({ history: Array(properties.history.maxItems).fill({ role: 'user', content: 'x' }) }), 200);
    assert.equal(await status({ history: Array(properties.history.maxItems + 1).fill({ role: 'user', content: 'x' }) }), 400);
    assert.equal(await status({ max_tokens: properties.max_tokens.maximum }), 200);
    assert.equal(await status({ max_tokens: properties.max_tokens.maximum + 1 }), 400);
    for (const role of api.components.schemas.HistoryItem.properties.role.enum) assert.equal(await status({ history: [{ role, content: 'x' }] }), 200, role);
  });
});
