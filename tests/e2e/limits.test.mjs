// The limiter as a client sees it: headers, numbers, both strategies, parallel requests.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { chat, request, startFake, startServer, stream } from './server.mjs';

let fake;
before(async () => { fake = await startFake(['--chunks', '1']); });
after(async () => { await fake?.stop(); });

const start = (env = {}) => startServer({ fake, env: { FLASK_ENV: 'development', ...env } });

describe('the limiter', () => {
  it('passes the guide\'s ten a minute and answers the eleventh with its text', async () => {
    const server = await start();
    for (let i = 0; i < 10; ++i) {
      const reply = await (i % 2 ? chat : stream)(server, { message: 'a' });
      assert.equal(reply.status, 200);
      assert.equal(reply.headers['x-ratelimit-limit'], '10');
      assert.equal(reply.headers['x-ratelimit-remaining'], String(9 - i));
      const reset = Number(reply.headers['x-ratelimit-reset']) - Date.now() / 1000;
      assert.ok(reset > 50 && reset <= 61, `reset in ${reset} s`);
      assert.equal(reply.headers['retry-after'], undefined, 'only on a refusal');
    }
    const refused = await chat(server, { message: 'a' });
    assert.equal(refused.status, 429);
    assert.equal(refused.json().error, 'Rate limit exceeded');
    assert.equal(refused.json().message, 'Too many requests. Please try again later.');
    assert.equal(refused.json().retry_after, Number(refused.headers['retry-after']));
    assert.equal(refused.headers['x-ratelimit-remaining'], '0');
    assert.match(refused.headers['content-type'], /^application\/json/);
    const streamed = await stream(server, { message: 'a' });
    assert.equal(streamed.status, 429);
    assert.equal(JSON.parse(streamed.raw).error, 'Rate limit exceeded');
    await server.stop();
  });

  it('a rejected request (400) is no chat but counts like Flask-Limiter counts it: once', async () => {
    const server = await start({ RATELIMIT_PER_MINUTE: '2' });
    assert.equal((await chat(server, {})).status, 400);
    assert.equal((await chat(server, { message: 'a' })).status, 200);
    const third = await chat(server, { message: 'a' });
    assert.ok([200, 429].includes(third.status));
    assert.equal((await chat(server, { message: 'a' })).status, 429);
    await server.stop();
  });

  for (const strategy of ['fixed-window', 'token-bucket']) {
    it(`${strategy}: of 60 at once with 10 left exactly 10 are served`, async () => {
      const server = await start({ RATELIMIT_STRATEGY: strategy });
      const replies = await Promise.all(Array.from({ length: 60 }, () => chat(server, { message: 'a' })));
      assert.equal(replies.filter((reply) => reply.status === 200).length, 10);
      assert.equal(replies.filter((reply) => reply.status === 429).length, 50);
      assert.ok(replies.every((reply) => reply.status === 200 || Number(reply.headers['retry-after']) > 0));
      await server.stop();
    });
  }

  it('an unknown strategy is refused at start, in words', async () => {
    await assert.rejects(start({ RATELIMIT_STRATEGY: 'moving-window' }), /RATELIMIT_STRATEGY/);
  });

  it('rate-limit shows limits, remaining and reset without counting', async () => {
    const server = await start({ RATELIMIT_PER_MINUTE: '3', RATELIMIT_PER_HOUR: '20', RATELIMIT_PER_DAY: '30' });
    await chat(server, { message: 'a' });
    for (let i = 0; i < 5; ++i) {
      const body = (await request(server, 'GET', '/api/rate-limit')).json();
      assert.deepEqual(body.limits, { per_minute: 3, per_hour: 20, per_day: 30 });
      assert.deepEqual(body.remaining, { per_minute: 2, per_hour: 19, per_day: 29 });
      for (const window of ['per_minute', 'per_hour', 'per_day']) assert.ok(body.reset[window] > Date.now() / 1000 - 1, window);
    }
    await server.stop();
  });

  it('the breached window is the one that the headers tell of', async () => {
    const server = await start({ RATELIMIT_PER_MINUTE: '50', RATELIMIT_PER_HOUR: '1' });
    await chat(server, { message: 'a' });
    const refused = await chat(server, { message: 'a' });
    assert.equal(refused.status, 429);
    assert.equal(refused.headers['x-ratelimit-limit'], '1');
    const wait = Number(refused.headers['retry-after']);
    assert.ok(wait > 3000 && wait <= 3600, `Retry-After ${wait}`);
    await server.stop();
  });

  it('testing has no limits; REDIS_URL is taken and explained', async () => {
    const server = await startServer({ fake, env: { REDIS_URL: 'redis://localhost:6379/0' } });
    for (let i = 0; i < 15; ++i) assert.equal((await chat(server, { message: 'a' })).status, 200);
    assert.match(server.stdout() + server.stderr() + server.logFile(), /REDIS_URL/);
    await server.stop();
  });

  it('RATELIMIT_IETF_HEADERS adds the draft\'s fields', async () => {
    const server = await start({ RATELIMIT_IETF_HEADERS: '1' });
    const reply = await chat(server, { message: 'a' });
    assert.match(reply.headers['ratelimit-policy'] ?? '', /q=10;w=60/);
    assert.match(reply.headers.ratelimit ?? '', /r=9/);
    await server.stop();
  });
});
