// The faults of the guide's own code (numbered as in the list of them) stay out. Number 20 is the browser's class and is
// tested beside it.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import { binary, chat, claudeKey, cleanEnvironment, freePort, openaiKey, request, runToEnd, startFake, startServer, stream, temporaryFolder, until } from './server.mjs';

let fake;
let server;
before(async () => {
  fake = await startFake();
  server = await startServer({ fake, env: { DEFAULT_MODEL: 'gpt-4o', MAX_TOKENS: '1000', TEMPERATURE: '0.7' } });
});
after(async () => {
  await server?.stop();
  await fake?.stop();
});

const limited = (env, more = {}) => startServer({ fake, env: { FLASK_ENV: 'development', ...env }, ...more });
const sentBodies = async () => (await fake.chats()).map((entry) => JSON.parse(entry.body));

describe('the guide\'s faults', () => {
  for (const provider of ['openai', 'claude']) {
    for (const fault of ['status=400', 'status=401', 'reset_after=2', 'no_done,no_finish', 'garbage', 'json_error', 'error_at=2', 'chunks=3']) {
      it(`1: a ${provider} stream with ${fault} ends with exactly one done or error`, async () => {
        const reply = await stream(server, { message: `fake:${fault}`, provider });
        assert.equal(reply.status, 200);
        const ends = reply.events.filter((event) => event.type === 'done' || event.type === 'error');
        assert.equal(ends.length, 1, reply.raw);
        assert.equal(reply.last, ends[0]);
        assert.ok(reply.events.every((event) => typeof event.type === 'string'));
      });
    }
  }

  it('2: both routes refuse long and malformed histories', async () => {
    const bad = [
      Array(51).fill({ role: 'user', content: 'x' }), [{ role: 'root', content: 'x' }], [{ role: 'tool', content: 'x' }],
      [{ role: 'user', content: 'x'.repeat(100001) }], [{ role: 'user' }], ['x'],
    ];
    for (const history of bad) {
      assert.equal((await chat(server, { message: 'x', history })).status, 400);
      assert.equal((await stream(server, { message: 'x', history })).status, 400);
    }
  });

  it('3: behind a trusted proxy every client has its own limit, IPv6 by /64', async () => {
    const own = await limited({ RATELIMIT_PER_MINUTE: '1', TRUSTED_PROXIES: '127.0.0.1' });
    const from = async (address) => (await chat(own, { message: 'hi' }, { headers: { 'X-Forwarded-For': address } })).status;
    assert.deepEqual([await from('198.51.100.1'), await from('198.51.100.2'), await from('198.51.100.1')], [200, 200, 429]);
    assert.equal(await from('6.6.6.6, 198.51.100.1'), 429, 'the right-most untrusted address counts');
    assert.deepEqual([await from('2001:db8:1:2::1'), await from('2001:db8:1:2:ffff::9'), await from('2001:db8:1:3::1')], [200, 429, 200]);
    await own.stop();
  });

  it('3: without TRUSTED_PROXIES the header changes nothing', async () => {
    const own = await limited({ RATELIMIT_PER_MINUTE: '1' });
    const from = async (address) => (await chat(own, { message: 'hi' }, { headers: { 'X-Forwarded-For': address } })).status;
    assert.deepEqual([await from('198.51.100.1'), await from('198.51.100.2')], [200, 429]);
    await own.stop();
  });

  it('4: one scope for both chat routes, all three windows, and nothing else limited', async () => {
    const minute = await limited({ RATELIMIT_PER_MINUTE: '3' });
    assert.equal((await chat(minute, { message: 'hi' })).status, 200);
    assert.equal((await stream(minute, { message: 'hi' })).status, 200);
    assert.equal((await chat(minute, { message: 'hi' })).status, 200);
    assert.equal((await stream(minute, { message: 'hi' })).status, 429);
    assert.equal((await chat(minute, { message: 'hi' })).status, 429);
    for (let i = 0; i < 12; ++i) {
      assert.equal((await request(minute, 'GET', '/api/health')).status, 200);
      assert.equal((await request(minute, 'GET', '/')).status, 200);
    }
    await minute.stop();
    for (const window of ['RATELIMIT_PER_HOUR', 'RATELIMIT_PER_DAY']) {
      const own = await limited({ RATELIMIT_PER_MINUTE: '50', [window]: '1' });
      assert.deepEqual([(await chat(own, { message: 'hi' })).status, (await chat(own, { message: 'hi' })).status], [200, 429], window);
      await own.stop();
    }
  });

  it('5: the token bucket refuses after its burst and lets one through when Retry-After has passed', async () => {
    const own = await limited({ RATELIMIT_STRATEGY: 'token-bucket', RATELIMIT_PER_MINUTE: '60' });
    let refused;
    for (let i = 0; i < 62 && !refused; ++i) {
      const reply = await chat(own, { message: 'hi' });
      if (reply.status === 429) refused = reply;
    }
    assert.ok(refused, 'nothing was refused');
    const wait = Number(refused.headers['retry-after']);
    assert.ok(wait >= 1 && wait <= 2, `Retry-After ${wait}: one per second comes back`);
    await new Promise((done) => setTimeout(done, wait * 1000 + 50));
    assert.equal((await chat(own, { message: 'hi' })).status, 200);
    await own.stop();
  });

  it('6: chunks without choices are no failure and usage is taken', async () => {
    const reply = await stream(server, { message: 'fake:chunks=2,azure_first,usage=std' });
    assert.equal(reply.said, 'w0 w1 ');
    assert.equal(reply.last.usage.completion_tokens ?? reply.last.usage.output_tokens, 2);
  });

  it('7: a thinking block before the text is not the message', async () => {
    const reply = await chat(server, { message: 'fake:chunks=2,reasoning=1', provider: 'claude' });
    assert.equal(reply.json().message, 'w0 w1 ');
  });

  it('8: max_tokens and temperature go only where the model takes them', async () => {
    await fake.reset();
    for (const [provider, model] of [['openai', 'gpt-4o'], ['openai', 'gpt-6.1-terra'], ['claude', 'claude-sonnet-5-5']]) {
      const reply = await chat(server, { message: 'hi', provider, model });
      assert.equal(reply.status, 200, reply.text);
    }
    const [classic, reasoning, claude] = await sentBodies();
    assert.equal(classic.temperature, 0.7);
    assert.equal(classic.max_completion_tokens ?? classic.max_tokens, 1000);
    assert.equal('temperature' in reasoning, false);
    assert.equal('max_tokens' in reasoning, false);
    assert.equal('temperature' in claude, false);
    assert.ok(claude.max_tokens > 0);
  });

  it('9: done tells usage and why it ended', async () => {
    const reply = await stream(server, { message: 'fake:chunks=2,finish=length' });
    assert.equal(reply.last.type, 'done');
    assert.equal(reply.last.finish_reason, 'length');
    assert.ok(reply.last.usage);
  });

  it('10: a reader who leaves stops the provider', async () => {
    await fake.reset();
    const controller = new AbortController();
    await assert.rejects(stream(server, { message: 'fake:chunks=1000,delay_ms=20' }, { signal: controller.signal, onData: () => controller.abort() }));
    await until(async () => (await fake.chats()).at(-1)?.closed_early, 1000, 'the upstream connection to close');
  });

  it('11: nothing of the provider\'s own words reaches the client', async () => {
    for (const provider of ['openai', 'claude']) {
      for (const status of [400, 401, 403, 404, 429, 500]) {
        const message = `fake:status=${status},should_retry=false`;
        const text = (await chat(server, { message, provider })).text + (await stream(server, { message, provider })).raw;
        for (const secret of [openaiKey, claudeKey, 'Upstream detail', `127.0.0.1:${fake.port}`]) assert.ok(!text.includes(secret), `${status}: ${text}`);
      }
    }
  });

  it('12: security headers without FORCE_HTTPS; X-Forwarded-Proto only from a trusted proxy; no redirect loop', async () => {
    const plain = await request(server, 'GET', '/', { headers: { 'X-Forwarded-Proto': 'https' } });
    assert.equal(plain.headers['x-content-type-options'], 'nosniff');
    assert.ok(plain.headers['content-security-policy']);
    assert.equal(plain.headers['strict-transport-security'], undefined);
    const origin = 'https://chat.example.org';
    const own = await limited({ FORCE_HTTPS: 'true', PUBLIC_ORIGIN: origin, TRUSTED_PROXIES: '127.0.0.1' }, { ready: false });
    await until(() => request(own, 'GET', '/api/health', { headers: { Host: 'chat.example.org' } }).catch(() => null), 8000, 'the server');
    const behind = await request(own, 'GET', '/', { headers: { Host: 'chat.example.org', 'X-Forwarded-Proto': 'https' } });
    assert.equal(behind.status, 200);
    assert.match(behind.headers['strict-transport-security'] ?? '', /max-age=31536000/);
    const http = await request(own, 'GET', '/x?y=1', { headers: { Host: 'chat.example.org', 'X-Forwarded-Proto': 'http' } });
    assert.ok([301, 302, 308].includes(http.status), `status ${http.status}`);
    assert.equal(http.headers.location, `${origin}/x?y=1`);
    await own.stop();
  });

  it('13: an empty CORS_ORIGINS is off', async () => {
    const own = await limited({ CORS_ORIGINS: '' });
    for (const reply of [
      await request(own, 'GET', '/api/health', { headers: { Origin: 'https://evil.test' } }),
      await request(own, 'OPTIONS', '/api/chat', { headers: { Origin: '', 'Access-Control-Request-Method': 'POST' } }),
    ]) {
      assert.deepEqual(Object.keys(reply.headers).filter((name) => name.startsWith('access-control')), []);
    }
    await own.stop();
  });

  it('14: production starts with Anthropic alone', async () => {
    const own = await startServer({ env: { FLASK_ENV: 'production', SECRET_KEY: 'e2e-'.repeat(12), ANTHROPIC_API_KEY: claudeKey, ANTHROPIC_BASE_URL: fake.claudeUrl, PUBLIC_ORIGIN: 'https://chat.example.org' }, ready: false });
    const reply = await until(() => request(own, 'GET', '/api/health', { headers: { Host: 'chat.example.org', 'X-Forwarded-Proto': 'https' } }).catch(() => own.child.exitCode !== null && { status: 0 }), 8000, 'the server');
    assert.equal(reply.status, 200, own.stderr());
    await own.stop();
  });

  it('15: unknown API routes and missing files are 404, not the page', async () => {
    for (const target of ['/api/nothing', '/api', '/api/', '/missing.js', '/assets/missing-12345678.css', '/missing.map']) {
      const reply = await request(server, 'GET', target, { headers: { Accept: 'text/html' } });
      assert.equal(reply.status, 404, target);
      assert.doesNotMatch(reply.text, /<!doctype/i, target);
    }
  });

  it('16: health tells what is configured; rate-limit tells what is left', async () => {
    const own = await startServer({ env: { FLASK_ENV: 'development', RATELIMIT_PER_MINUTE: '5', ANTHROPIC_API_KEY: claudeKey, ANTHROPIC_BASE_URL: fake.claudeUrl } });
    const services = (await request(own, 'GET', '/api/health')).json().services;
    assert.deepEqual([services.openai, services.claude], [false, true]);
    const left = async () => (await request(own, 'GET', '/api/rate-limit')).json();
    const before = await left();
    await chat(own, { message: 'hi', provider: 'claude' });
    const then = await left();
    assert.equal(before.limits.per_minute, 5);
    assert.equal(remaining(before) - remaining(then), 1, JSON.stringify([before, then]));
    assert.ok('reset' in then);
    await own.stop();
  });

  it('17: 200 slow clients and 40 open streams hold nobody up', async () => {
    const slow = [];
    for (let i = 0; i < 200; ++i) {
      const socket = net.connect(server.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write('POST /api/chat HTTP/1.1\r\nHo');
      slow.push(socket);
    }
    const controller = new AbortController();
    const streams = Array.from({ length: 40 }, () => stream(server, { message: 'fake:hang_after=1' }, { signal: controller.signal }).catch(() => {}));
    const begun = Date.now();
    for (let i = 0; i < 10; ++i) assert.equal((await request(server, 'GET', '/api/health')).status, 200);
    assert.ok(Date.now() - begun < 1000, `${Date.now() - begun} ms for 10 requests`);
    controller.abort();
    await Promise.all(streams);
    for (const socket of slow) socket.destroy();
  });

  it('18: wrong types are 400 with the reason', async () => {
    for (const body of [[], 'x', 1, null, { message: 5 }, { message: [] }, { message: 'x', history: 'x' }, { message: 'x', history: {} }, { message: 'x', model: 5 }]) {
      for (const target of ['/api/chat', '/api/chat/stream']) {
        const reply = await request(server, 'POST', target, { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
        assert.equal(reply.status, 400, `${target} ${JSON.stringify(body)}`);
        assert.ok(reply.json().error.length > 5);
      }
    }
  });

  it('19: the retired models are not offered', async () => {
    const text = (await request(server, 'GET', '/api/models')).text;
    const ids = Object.values(JSON.parse(text)).flatMap((list) => (Array.isArray(list) ? list.map((model) => model.id) : []));
    for (const retired of ['gpt-4', 'gpt-3.5-turbo', 'claude-3-5-sonnet-20241022', 'claude-3-opus-20240229']) assert.ok(!ids.includes(retired), retired);
  });

  it('19: nor models that cannot chat', async () => {
    const listed = await until(async () => {
      const body = (await request(server, 'GET', '/api/models')).json();
      return body.openai.some((model) => model.id === 'gpt-fake') && body.openai.map((model) => model.id);
    }, 3000, 'the provider\'s own list to arrive');
    for (const other of ['text-embedding-3-large', 'whisper-1', 'tts-1', 'gpt-image-2']) assert.ok(!listed.includes(other), other);
  });

  it('21: no remote images and no inline code in the policy', async () => {
    const policy = (await request(server, 'GET', '/')).headers['content-security-policy'];
    assert.match(policy, /img-src 'self' data: blob:(;|$)/);
    assert.doesNotMatch(policy, /unsafe-inline|https:/);
  });

  it('14: production without any provider does not start, and says what is missing', async () => {
    const dir = temporaryFolder();
    const end = await runToEnd(binary, [], { cwd: dir, env: cleanEnvironment(dir, { FLASK_ENV: 'production', PORT: String(await freePort()) }) });
    assert.notEqual(end.code, 0);
    assert.match(end.stderr, /SECRET_KEY/);
    assert.match(end.stderr, /OPENAI_API_KEY|ANTHROPIC_API_KEY|provider/i);
  });
});

function remaining(info) {
  return info.remaining.per_minute ?? info.remaining;
}
