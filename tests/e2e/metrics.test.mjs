// /metrics in Prometheus' text format: well formed, true, and not for everybody.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { chat, request, startFake, startServer, stream, until, within } from './server.mjs';

let fake;
let server;
before(async () => {
  fake = await startFake(['--chunks', '3']);
  server = await startServer({ fake, env: { FLASK_ENV: 'development', RATELIMIT_PER_MINUTE: '6', DEFAULT_MODEL: 'gpt-4o' } });
});
after(async () => {
  await server?.stop();
  await fake?.stop();
});

// { 'name{labels}': value } and { name: type } of a text; throws on what is no exposition format.
function parse(text) {
  const values = {};
  const types = {};
  assert.ok(text.endsWith('\n'));
  for (const line of text.trimEnd().split('\n')) {
    const type = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line);
    if (type) { assert.ok(!types[type[1]], `${type[1]} twice`); types[type[1]] = type[2]; continue; }
    if (/^# HELP \w+ .+/.test(line)) continue;
    const sample = /^([a-zA-Z_:][\w:]*(?:\{(?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*\})?) (-?[\d.e+-]+|\+Inf|NaN)$/.exec(line);
    assert.ok(sample, `not a line of the format: ${line}`);
    assert.ok(!(sample[1] in values), `${sample[1]} twice`);
    values[sample[1]] = Number(sample[2]);
    const family = sample[1].split('{')[0];
    assert.ok(types[family] || types[family.replace(/_(bucket|sum|count)$/, '')], `${family} has no TYPE`);
  }
  return { values, types };
}
const read = async (at = server) => parse((await request(at, 'GET', '/metrics')).text);
const sum = ({ values }, pattern) => Object.entries(values).filter(([name]) => pattern.test(name)).reduce((total, [, value]) => total + value, 0);

describe('metrics', () => {
  it('count what happened', async () => {
    const first = await read();
    assert.equal((await chat(server, { message: 'a' })).status, 200);
    assert.equal((await stream(server, { message: 'a', provider: 'claude' })).last.type, 'done');
    assert.equal((await chat(server, { message: 'fake:status=401' })).status, 502);
    for (let i = 0; i < 3; ++i) await chat(server, { message: 'a' });
    assert.equal((await chat(server, { message: 'a' })).status, 429);
    const then = await read();
    const more = (pattern) => sum(then, pattern) - sum(first, pattern);
    assert.ok(more(/request\w*_count/) >= 7, 'requests');
    assert.equal(more(/first_token\w*_count/), 5, 'first tokens');
    assert.equal(more(/token\w*\{[^}]*(model="gpt-4o"[^}]*(direction|kind|type)="output"|(direction|kind|type)="output"[^}]*model="gpt-4o")/), 12, 'output tokens of gpt-4o');
    assert.equal(more(/error\w*\{[^}]*provider_auth/), 1, 'errors by kind');
    assert.ok(more(/limit/) >= 1, 'limit hits');
    assert.equal(Object.keys(then.types).some((name) => then.types[name] === 'histogram'), true);
  });

  it('buckets only grow and end with the count', async () => {
    const { values, types } = await read();
    for (const name of Object.keys(types).filter((one) => types[one] === 'histogram')) {
      const buckets = Object.entries(values).filter(([key]) => key.startsWith(`${name}_bucket`));
      assert.ok(buckets.length > 3, name);
      const numbers = buckets.map(([, value]) => value);
      assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b), name);
      assert.match(buckets.at(-1)[0], /le="\+Inf"/);
      assert.equal(numbers.at(-1), values[`${name}_count`]);
      assert.ok(values[`${name}_sum`] >= 0);
    }
  });

  it('open streams and upstream connections are shown while they are open', async () => {
    const own = await startServer({ fake });
    const controller = new AbortController();
    const running = Array.from({ length: 3 }, () => stream(own, { message: 'fake:hang_after=1' }, { signal: controller.signal }).catch(() => {}));
    const open = async () => sum(await read(own), /streams?_open|open_streams?/);
    await until(async () => await open() === 3, 3000, 'three open streams');
    assert.ok(sum(await read(own), /upstream\w*(open|connections)/) >= 3);
    controller.abort();
    await Promise.all(running);
    await until(async () => await open() === 0, 1000, 'no open stream');
    await own.stop();
  });

  it('no text of a user becomes a label', async () => {
    const own = await startServer({ fake });
    for (let i = 0; i < 5; ++i) await request(own, 'GET', `/secret-path-${i}`);
    await chat(own, { message: 'a', model: 'gpt-x"\\y' });
    assert.doesNotMatch((await request(own, 'GET', '/metrics')).text, /secret-path/);
    await read(own);
    await own.stop();
  });

  it('have a history for administrators: the same numbers, as events too, and after a restart', async () => {
    const own = await startServer({ fake });
    await chat(own, { message: 'a', model: 'gpt-4o' });
    assert.equal((await chat(own, { message: 'fake:status=401', model: 'gpt-4o' })).status, 502);
    const history = async (at, range) => (await request(at, 'GET', `/api/admin/metrics?range=${range}`)).json();
    const seen = await history(own, 'hour');
    assert.deepEqual(Object.keys(seen.points), ['from', ...Object.keys(seen.total)]);
    for (const [name, values] of Object.entries(seen.points)) assert.equal(values.length, name === 'from' ? 24 : 60, name);
    assert.ok(Date.now() - Date.parse(seen.points.from) < 3_600_000);
    assert.equal(seen.total.answers, 2);
    assert.equal(seen.total.errors, 1);
    assert.ok(seen.total.requests >= 3 && seen.total.failed === 1 && seen.total.first_token_p50_ms > 0, JSON.stringify(seen.total));
    assert.deepEqual(seen.errors, [{ code: 'provider_auth', count: 1 }]);
    assert.deepEqual(seen.models.map((row) => [row.provider, row.model, row.answers]), [['openai', 'gpt-4o', 2]]);
    const values = (await read(own)).values;
    assert.equal(values['whinchat_turns_total{provider="openai",model="gpt-4o"}'], 2);
    assert.equal(seen.total.output_tokens, values['whinchat_tokens_total{provider="openai",model="gpt-4o",direction="output"}']);
    let text = '';
    const live = request(own, 'GET', '/api/admin/metrics?range=day', { headers: { Accept: 'text/event-stream' }, onData: (data) => { text += data; } });
    await until(() => text.includes('\n\n'), 3000, 'the first event');
    await own.stop();
    assert.equal((await within(live, 1000, 'the stream to end with the server')).headers['content-type'], 'text/event-stream');
    const [, data] = /^event: metrics\ndata: (\{.*\})\n\n/.exec(text);
    assert.equal(JSON.parse(data).points.requests.length, 96);
    const again = await startServer({ fake, dir: own.dir });
    for (const range of ['hour', 'day', 'week']) {
      const { total, errors } = await history(again, range);
      assert.equal(total.answers, 2, range);
      assert.equal(total.output_tokens, seen.total.output_tokens);
      assert.deepEqual(errors, seen.errors);
    }
    assert.equal((await request(again, 'GET', '/api/admin/metrics?range=year')).status, 400);
    assert.doesNotMatch((await request(again, 'GET', '/api/admin/metrics?range=week')).text, /127\.0\.0\.1|fake:status/);
    await again.stop();
  });

  it('are for this machine, unless METRICS_TOKEN is set and shown', async () => {
    const token = 'metrics-token-0123456789';
    const own = await startServer({ fake, env: { METRICS_TOKEN: token, TRUSTED_PROXIES: '127.0.0.1' } });
    const from = (headers) => request(own, 'GET', '/metrics', { headers: { 'X-Forwarded-For': '198.51.100.1', ...headers } });
    assert.equal((await from({})).status, 404);
    assert.equal((await from({ Authorization: 'Bearer wrong-token-0123456789' })).status, 404);
    assert.equal((await from({ Authorization: `Bearer ${token}` })).status, 200);
    await own.stop();
    const none = await startServer({ fake, env: { TRUSTED_PROXIES: '127.0.0.1' } });
    assert.equal((await request(none, 'GET', '/metrics', { headers: { 'X-Forwarded-For': '198.51.100.1' } })).status, 404);
    assert.equal((await request(none, 'GET', '/metrics', { headers: { 'X-Forwarded-For': '198.51.100.1', Authorization: 'Bearer ' } })).status, 404);
    assert.equal((await request(none, 'GET', '/metrics')).status, 200);
    await none.stop();
  });
});
