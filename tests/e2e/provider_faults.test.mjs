// Every fault that a provider or the way to it can show, in all three dialects, on both routes. Each row says what the
// client must see: status and code of /api/chat, and how the stream ends. Cases run side by side.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { chat, claudeKey, freePort, openaiKey, post, residentKib, shortDeadlines, startFake, startServer, stream, until } from './server.mjs';

let fake;
let trap;
const servers = {};
before(async () => {
  [fake, trap] = await Promise.all([startFake(['--chunks', '4']), startFake()]);
  const env = { ...shortDeadlines, DEFAULT_MODEL: 'gpt-4o', PROVIDER_FAILURES_MAX: '0' };
  [servers.chat, servers.responses] = await Promise.all([
    startServer({ fake, env }),
    startServer({ fake, env: { ...env, OPENAI_API: 'responses' } }),
  ]);
  servers.messages = servers.chat;
});
after(async () => {
  await Promise.all([servers.chat?.stop(), servers.responses?.stop()]);
  await Promise.all([fake?.stop(), trap?.stop()]);
});

const dialects = ['chat', 'responses', 'messages'];
const providerOf = (dialect) => (dialect === 'messages' ? 'claude' : 'openai');
let tag = 0;

async function ask(dialect, directive) {
  const message = `please fake:${directive},tag=${++tag}`;
  const mine = message.split(' ')[1];
  const sent = async () => (await fake.chats()).filter((entry) => entry.body.includes(`${mine}"`));
  return { message, sent, provider: providerOf(dialect) };
}

function noSecrets(text) {
  for (const secret of [openaiKey, claudeKey, 'Upstream detail', 'fake provider', `127.0.0.1:${fake.port}`, 'Bad Gateway']) {
    assert.ok(!text.includes(secret), `"${secret}" in ${text.slice(0, 300)}`);
  }
}

// Rows: directive, status and code of /api/chat (several codes: any of them), text of the stream before its error
// (undefined: not looked at), requests that the provider gets (undefined: not counted).
const failing = [
  ['status=400', 502, 'provider_rejected', '', 1],
  ['status=401', 502, 'provider_auth', '', 1],
  ['status=402', 502, 'provider_quota', '', 1],
  ['status=403', 502, 'provider_auth', '', 1],
  ['status=404', 502, ['model_not_found', 'provider_error'], '', 1],
  ['status=422', 502, 'provider_rejected', '', 1],
  ['status=429,retry_after=7,should_retry=false', 429, 'provider_rate_limited', '', 1],
  ['status=429,retry_after=200', 429, 'provider_rate_limited', '', 1],
  ['quota', 502, 'provider_quota', '', 1],
  ['status=500', 502, 'provider_error', '', 2]  /* a server on this machine fails again the same way: one more try */,
  ['status=503', 502, 'provider_overloaded', '', 3],
  ['status=529', 502, 'provider_overloaded', '', 3],
  ['status=503,should_retry=false', 502, 'provider_overloaded', '', 1],
  ['html', 502, 'provider_protocol', '', 1],
  ['html,status=502,should_retry=false', 502, ['provider_error', 'provider_protocol'], '', 1],
  ['json_error', 502, ['provider_error', 'provider_overloaded'], '', undefined],
  ['garbage', 502, ['provider_protocol', 'provider_unavailable', 'provider_truncated'], '', undefined],
  ['garbage_sse', 502, ['provider_protocol', 'provider_truncated'], undefined, 1],
  ['gzip', 502, 'provider_protocol', '', 1],
  ['hang_head', 504, 'timeout', '', undefined],
  ['hang_after_head', 504, 'timeout', '', 1],
  ['hang_after=2', 504, 'timeout', 'w0 w1 ', 1],
  ['reset_head', [502, 503], ['provider_unavailable', 'provider_truncated', 'provider_error'], '', undefined],
  ['reset_after=2', 502, ['provider_truncated', 'provider_unavailable'], 'w0 w1 ', 1],
  ['close_after=2', 502, 'provider_truncated', 'w0 w1 ', 1],
  ['end_after=2', 502, 'provider_truncated', 'w0 w1 ', 1],
  ['no_done,no_finish', 502, 'provider_truncated', 'w0 w1 w2 w3 ', 1],
  ['error_at=2', 502, ['provider_error', 'provider_overloaded'], 'w0 w1 ', 1],
  ['bad_json_at=2', 502, 'provider_protocol', 'w0 w1 ', 1],
  ['bad_chunk=-2', 502, ['provider_protocol', 'provider_truncated'], 'w0 w1 ', 1],
  ['bad_chunk=0x5', 502, ['provider_protocol', 'provider_truncated'], 'w0 w1 ', 1],
  ['bad_chunk=fffffffffffffffff', 502, ['provider_protocol', 'provider_truncated'], 'w0 w1 ', 1],
  ['big_header=65536', 502, 'provider_protocol', '', undefined],
  ['header_flood', 502, 'provider_protocol', '', undefined],
  ['endless_100', [502, 504], ['provider_protocol', 'timeout'], '', undefined],
];

const fine = [
  ['chunks=3', 'w0 w1 w2 '],
  ['split_utf8', 'Zażółć 😀 漢字 café 🇵🇱.'],
  ['json_body,chunks=3', 'w0 w1 w2 '],
  ['crlf,comments=3,chunks=2', 'w0 w1 '],
  ['azure_first,chunks=2', 'w0 w1 '],
  ['no_done,chunks=2', 'w0 w1 ', ['chat', 'messages']],
  ['close_idle,chunks=2', 'w0 w1 '],
  ['connection_close,chunks=2', 'w0 w1 '],
  ['head_delay_ms=300,chunks=2', 'w0 w1 '],
  ['status=500,times=1', 'w0 w1 w2 w3 ', dialects, 2],
  ['status=503,times=2', 'w0 w1 w2 w3 ', dialects, 3],
  ['status=529,times=1', 'w0 w1 w2 w3 ', dialects, 2],
  ['status=408,times=1', 'w0 w1 w2 w3 ', dialects, 2],
  ['status=400,should_retry=true,times=1', 'w0 w1 w2 w3 ', dialects, 2],
  ['status=429,retry_after_ms=120,times=1', 'w0 w1 w2 w3 ', dialects, 2],
  ['status=429,retry_after=1,times=1', 'w0 w1 w2 w3 ', dialects, 2],
  ['reset_head,times=1', 'w0 w1 w2 w3 ', dialects, 2],
];

for (const dialect of dialects) {
  describe(`${dialect}: what fails`, { concurrency: 12 }, () => {
    for (const [directive, status, code, before, requests] of failing) {
      it(`${directive} to /api/chat`, async () => {
        const { message, provider, sent } = await ask(dialect, directive);
        const reply = await chat(servers[dialect], { message, provider });
        assert.ok([status].flat().includes(reply.status), `status ${reply.status}: ${reply.text}`);
        const body = reply.json();
        assert.equal(body.error, 'Failed to get response from AI');
        assert.ok([code].flat().includes(body.code), `code ${body.code}: ${reply.text}`);
        assert.match(body.message, /^[A-Z].{10,}[.!?]$/, 'a sentence for the person');
        noSecrets(reply.text);
        const wait = /retry_after=(\d+)/.exec(directive)?.[1];
        if (wait) {
          assert.equal(reply.headers['retry-after'], wait);
          assert.equal(body.retry_after, Number(wait));
        }
        if (requests !== undefined) assert.equal((await sent()).length, requests, 'requests to the provider');
      });
      it(`${directive} to /api/chat/stream`, async () => {
        const { message, provider } = await ask(dialect, directive);
        const reply = await stream(servers[dialect], { message, provider });
        assert.equal(reply.status, 200);
        assert.equal(reply.last?.type, 'error', reply.raw);
        assert.equal(reply.events.filter((event) => event.type === 'error' || event.type === 'done').length, 1);
        assert.ok([code].flat().includes(reply.last.code), `code ${reply.last.code}`);
        assert.match(reply.last.error, /^[A-Z].{10,}[.!?]$/, 'a sentence for the person');
        if (before !== undefined) assert.equal(reply.said, before, 'the part that came is kept');
        noSecrets(reply.raw);
      });
    }
  });

  describe(`${dialect}: what is fine all the same`, { concurrency: 12 }, () => {
    for (const [directive, text, where = dialects, requests = 1] of fine) {
      if (!where.includes(dialect)) continue;
      it(`${directive} to /api/chat`, async () => {
        const { message, provider, sent } = await ask(dialect, directive);
        const reply = await chat(servers[dialect], { message, provider });
        assert.equal(reply.status, 200, reply.text);
        assert.equal(reply.json().message, text);
        assert.equal((await sent()).length, requests, 'requests to the provider');
      });
      it(`${directive} to /api/chat/stream`, async () => {
        const { message, provider } = await ask(dialect, directive);
        const reply = await stream(servers[dialect], { message, provider });
        assert.equal(reply.last?.type, 'done', reply.raw);
        assert.equal(reply.said, text);
      });
    }

    it('a refusal is shown and marked', async () => {
      const { message, provider } = await ask(dialect, 'refusal');
      const reply = await stream(servers[dialect], { message, provider });
      assert.equal(reply.last.type, 'done', reply.raw);
      assert.equal(reply.last.finish_reason, 'refusal');
      if (dialect !== 'messages') assert.equal(reply.said, 'I cannot help with that.');
    });

    const lengths = { chat: 'length', responses: 'length', messages: 'max_tokens' };
    it('an answer cut at its limit says so', async () => {
      const { message, provider } = await ask(dialect, `finish=${lengths[dialect]},chunks=2`);
      const reply = await stream(servers[dialect], { message, provider });
      assert.equal(reply.last.type, 'done', reply.raw);
      assert.equal(reply.last.finish_reason, 'length');
      assert.equal(reply.said, 'w0 w1 ');
    });
  });
}

describe('usage, wherever a server puts it', () => {
  for (const usage of ['std', 'each', 'choice', 'x_groq']) {
    it(usage, async () => {
      const { message } = await ask('chat', `usage=${usage},chunks=3,reasoning=2`);
      const reply = await stream(servers.chat, { message });
      assert.deepEqual([reply.last.usage.prompt_tokens, reply.last.usage.completion_tokens], [11, 5], JSON.stringify(reply.last));
    });
  }
  it('none: an estimate that says that it is one, or nothing', async () => {
    const { message } = await ask('chat', 'usage=none,chunks=3');
    const { last } = await stream(servers.chat, { message });
    assert.equal(last.type, 'done');
    assert.ok(!last.usage || last.usage.estimated === true, JSON.stringify(last.usage));
  });
});

describe('the way to the provider', () => {
  it('a closed port', async () => {
    const port = await freePort();
    const own = await startServer({ env: { OPENAI_API_KEY: openaiKey, OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` } });
    const reply = await chat(own, { message: 'a' });
    assert.ok([502, 503].includes(reply.status), reply.text);
    assert.equal(reply.json().code, 'provider_unavailable');
    assert.ok(!reply.text.includes(String(port)));
    const streamed = await stream(own, { message: 'a' });
    assert.equal(streamed.last.code, 'provider_unavailable');
    await own.stop();
  });

  it('a connection that breaks before the head is tried three times in all', async () => {
    const own = await startServer({ fake });
    const fresh = await ask('chat', 'reset_head');
    assert.ok([502, 503].includes((await chat(own, fresh)).status));
    assert.equal((await fresh.sent()).length, 3);
    assert.equal((await chat(own, await ask('chat', 'chunks=1'))).status, 200);
    const kept = await ask('chat', 'reset_head'); // begins on the connection that was kept
    assert.ok([502, 503].includes((await chat(own, kept)).status));
    assert.equal((await kept.sent()).length, 3);
    await own.stop();
  });

  it('a provider that fails five times in a row is left alone for a while: 503 at once, on both routes', async () => {
    const own = await startServer({ fake });
    for (let i = 0; i < 5; ++i) assert.equal((await chat(own, await ask('chat', 'status=503,should_retry=false'))).status, 502);
    for (const path of ['/api/chat', '/api/chat/stream']) {
      const spared = await ask('chat', 'chunks=1');
      const reply = await post(own, path, spared);
      assert.equal(reply.status, 503, reply.text);
      assert.equal(reply.json().code, 'provider_unavailable');
      assert.match(reply.json().error, /gets a pause/);
      const wait = Number(reply.headers['retry-after']);
      assert.ok(wait >= 1 && wait <= 30, reply.headers['retry-after']);
      assert.equal((await spared.sent()).length, 0);
    }
    const other = await ask('messages', 'chunks=1'); // another provider is asked as ever
    assert.equal((await chat(own, { message: other.message, provider: 'claude' })).status, 200);
    await own.stop();
  });

  it('a name that does not resolve', async () => {
    const own = await startServer({ env: { OPENAI_API_KEY: openaiKey, OPENAI_BASE_URL: 'http://nowhere.invalid/v1', ...shortDeadlines } });
    const reply = await chat(own, { message: 'a' });
    assert.ok([502, 503, 504].includes(reply.status), reply.text);
    assert.doesNotMatch(reply.text, /nowhere/);
    await own.stop();
  });

  for (const target of ['http://169.254.169.254/latest/meta-data/', 'TRAP']) {
    it(`a redirect to ${target} is not followed and takes no key along`, async () => {
      const to = target === 'TRAP' ? trap.openaiUrl : target;
      const { message, sent } = await ask('chat', `redirect=${encodeURIComponent(to)}`);
      const begun = Date.now();
      const reply = await chat(servers.chat, { message });
      assert.equal(reply.status, 502, reply.text);
      assert.ok(Date.now() - begun < 2000);
      assert.equal((await sent()).length, 1);
      assert.equal((await trap.chats()).length, 0);
    });
  }

  it('a line of a gigabyte is cut off and takes no memory', async () => {
    const before = residentKib(servers.chat.pid);
    const { message } = await ask('chat', 'big_line=1000000000');
    const reply = await chat(servers.chat, { message });
    assert.equal(reply.status, 502);
    assert.equal(reply.json().code, 'provider_protocol');
    assert.ok(residentKib(servers.chat.pid) - before < 40 * 1024, `${residentKib(servers.chat.pid) - before} KiB more`);
  });

  for (const directive of ['endless_pings=20', 'drip_ms=600']) {
    it(`${directive} lasts as long as the reader, and no longer`, async () => {
      const { message, sent } = await ask('chat', directive);
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 1500);
      await assert.rejects(stream(servers.chat, { message }, { signal: controller.signal }));
      await until(async () => (await sent())[0]?.closed_early, 1000, 'the upstream connection to close');
    });
  }

  it('two chats use one connection; after the provider closed it idle, a new one', async () => {
    const own = await startServer({ fake, env: { LOOPS: '1' } });  // every loop has its own pool
    const connection = async (directive) => {
      const { message, sent } = await ask('chat', directive);
      assert.equal((await chat(own, { message })).status, 200);
      return (await sent())[0].connection;
    };
    // A reply whose end comes later than 50 ms after its last word costs its connection: on a busy machine that happens.
    let kept = false;
    for (let i = 0; i < 5 && !kept; ++i) kept = (await connection('chunks=1')) === (await connection('chunks=1'));
    assert.ok(kept, 'kept alive');
    assert.notEqual(await connection('close_idle,chunks=1'), await connection('chunks=1'), 'closed by the provider');
    await own.stop();
  });

  it('an error is told in the log, without the key', async () => {
    const { message } = await ask('chat', 'status=401');
    await chat(servers.chat, { message });
    await until(() => /401/.test(servers.chat.everything()), 2000, 'the log to tell of the 401');
  });
});

describe('afterwards', () => {
  it('no key and no message text is in any output', () => {
    for (const server of [servers.chat, servers.responses]) {
      const all = server.everything();
      for (const key of [openaiKey, claudeKey]) assert.ok(!all.includes(key), `the key is in the output: ${all.slice(Math.max(0, all.indexOf(key) - 200), all.indexOf(key))}`);
      assert.ok(!all.includes('please fake:'), 'message text is in the log');
    }
  });

  it('no connection to the provider is left in use', async () => {
    await until(async () => (await fake.stats()).answering === 0, 3000, 'all calls to end');
  });
});
