// The contract of the integration guide: its curl commands, its ChatClient class and its shapes, texts and statuses.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chat, repo, request, runToEnd, startFake, startServer, stream, temporaryFolder } from './server.mjs';

const guideFile = process.env.INTEGRATION_GUIDE || path.join(repo, '../shared/spec/integration-guide.md');
const guide = existsSync(guideFile) ? readFileSync(guideFile, 'utf8') : null;
const noGuide = guide ? false : `NOT RUN: the guide is not at ${guideFile} (set INTEGRATION_GUIDE)`;
if (noGuide) console.error(noGuide);

let fake;
let server;
before(async () => {
  fake = await startFake();
  server = await startServer({ fake, env: { DEFAULT_MODEL: 'gpt-4o' } });
});
after(async () => {
  await server?.stop();
  await fake?.stop();
});

describe('the guide\'s curl commands', { skip: noGuide }, () => {
  const section = guide ? guide.split('## 🧪 Testing Commands')[1].split('```bash')[1].split('```')[0] : '';
  const commands = section.split(/\n(?=#)/).map((text) => text.trim()).filter(Boolean);
  it('there are six of them', () => assert.equal(commands.length, 6));

  const checks = {
    'Health check': (out) => assert.equal(JSON.parse(out).status, 'healthy'),
    'List models': (out) => assert.ok(Array.isArray(JSON.parse(out).openai) && Array.isArray(JSON.parse(out).claude)),
    'Test chat (OpenAI)': (out) => assert.match(JSON.parse(out).message, /^w0 w1 /),
    'Test chat (Claude)': (out) => assert.match(JSON.parse(out).message, /^w0 w1 /),
    'Test streaming (with curl)': (out) => {
      assert.match(out, /data: \{.*"type": ?"chunk"/);
      assert.match(out, /data: \{.*"type": ?"done"/);
    },
    'Check rate limits': (out) => assert.deepEqual(Object.keys(JSON.parse(out).limits).sort(), ['per_day', 'per_hour', 'per_minute']),
  };
  for (const text of commands) {
    const [title, ...lines] = text.split('\n');
    const name = title.replace(/^# /, '');
    it(name, async () => {
      const command = lines.join('\n').replaceAll('localhost:5000', `localhost:${server.port}`);
      const end = await runToEnd('bash', ['-c', command.replace('curl ', 'curl -sS --fail-with-body -m 8 ')]);
      assert.equal(end.code, 0, end.stderr + end.stdout);
      assert.ok(checks[name], `no check for "${name}"`);
      checks[name](end.stdout);
    });
  }
});

describe('the guide\'s ChatClient, unchanged', { skip: noGuide }, () => {
  let ChatClient;
  const browserFetch = globalThis.fetch;
  before(async () => {
    const source = guide.split('```javascript').map((part) => part.split('```')[0]).find((code) => code.includes('class ChatClient'));
    const file = path.join(temporaryFolder(), 'chat-client.mjs');
    writeFileSync(file, source);
    ChatClient = (await import(pathToFileURL(file))).default;
    // A page resolves '/api' against its own address; Node has none.
    globalThis.fetch = (target, options) => browserFetch(new URL(target, `http://localhost:${server.port}`), options);
  });
  after(() => { globalThis.fetch = browserFetch; });

  it('sendMessage answers and keeps the history', async () => {
    const client = new ChatClient();
    const first = await client.sendMessage('Hello fake:text=Hi%20there');
    assert.equal(first.message, 'Hi there');
    await client.sendMessage('And again', 'claude');
    assert.deepEqual(client.getHistory().map((item) => item.role), ['user', 'assistant', 'user', 'assistant']);
    const sent = JSON.parse((await fake.chats()).at(-1).body);
    assert.deepEqual(sent.messages.map((item) => item.role), ['user', 'assistant', 'user']);
  });

  it('sendMessageStream calls back with each chunk and the whole', async () => {
    const client = new ChatClient();
    const chunks = [];
    const seen = await new Promise((done, fail) => client.sendMessageStream('fake:chunks=5,delay_ms=5', 'openai', {
      onChunk: (chunk, whole) => chunks.push([chunk, whole]),
      onComplete: (whole, model) => done({ whole, model }),
      onError: fail,
    }));
    assert.equal(seen.whole, 'w0 w1 w2 w3 w4 ');
    assert.equal(chunks.map(([chunk]) => chunk).join(''), seen.whole);
    assert.equal(chunks.at(-1)[1], seen.whole);
    assert.equal(seen.model, 'gpt-4o');
    assert.equal(client.getHistory().length, 2);
  });

  it('onError hears of a provider failure, once', async () => {
    const client = new ChatClient();
    const errors = [];
    await client.sendMessageStream('fake:status=401', 'openai', { onChunk() {}, onComplete: () => errors.push('complete'), onError: (error) => errors.push(error.message) });
    assert.equal(errors.length, 1);
    assert.notEqual(errors[0], 'complete');
  });

  it('cancelStream ends it silently', async () => {
    const client = new ChatClient();
    let completed = false;
    const running = client.sendMessageStream('fake:chunks=500,delay_ms=20', 'openai', {
      onChunk: () => client.cancelStream(), onComplete: () => { completed = true; }, onError: assert.fail,
    });
    await running;
    assert.equal(completed, false);
  });

  it('getModels, checkHealth and getRateLimits', async () => {
    const client = new ChatClient();
    assert.equal(await client.checkHealth(), true);
    assert.ok((await client.getModels()).openai.length > 0);
    assert.ok((await client.getRateLimits()).limits.per_minute > 0);
  });
});

describe('shapes', () => {
  it('health names the services', async () => {
    const reply = await request(server, 'GET', '/api/health');
    const body = reply.json();
    assert.equal(body.status, 'healthy');
    assert.equal(typeof body.version, 'string');
    assert.equal(body.services.openai, true);
    assert.equal(body.services.claude, true);
  });

  it('models have id, name and available', async () => {
    const body = (await request(server, 'GET', '/api/models')).json();
    for (const key of ['openai', 'claude']) {
      assert.ok(body[key].length > 0, key);
      for (const model of body[key]) {
        assert.equal(typeof model.id, 'string');
        assert.equal(typeof model.name, 'string');
        assert.equal(model.available, true);
      }
    }
  });

  it('an OpenAI answer has message, model and OpenAI\'s usage names', async () => {
    const reply = await chat(server, { message: 'fake:chunks=4', provider: 'openai', model: 'gpt-4o' });
    assert.equal(reply.status, 200, reply.text);
    assert.deepEqual({ ...reply.json(), usage: undefined }, { message: 'w0 w1 w2 w3 ', model: 'gpt-4o', usage: undefined, ...pick(reply.json(), ['finish_reason', 'provider']) });
    const { usage } = reply.json();
    assert.deepEqual([usage.prompt_tokens, usage.completion_tokens, usage.total_tokens], [11, 4, 15]);
  });

  it('a Claude answer has Anthropic\'s usage names', async () => {
    const reply = await chat(server, { message: 'fake:chunks=4', provider: 'claude', model: 'claude-sonnet-5-5' });
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.json().model, 'claude-sonnet-5-5');
    assert.deepEqual([reply.json().usage.input_tokens, reply.json().usage.output_tokens], [11, 4]);
  });

  it('the default provider is openai, the default model DEFAULT_MODEL', async () => {
    const reply = await chat(server, { message: 'hello' });
    assert.equal(reply.json().model, 'gpt-4o');
    assert.equal(JSON.parse((await fake.chats()).at(-1).body).model, 'gpt-4o');
  });

  it('"model": null and absent history are as if not there', async () => {
    assert.equal((await chat(server, { message: 'hello', provider: 'openai', model: null, history: [] })).status, 200);
  });

  it('a stream is chunks and one done, with the guide\'s headers', async () => {
    const reply = await stream(server, { message: 'fake:chunks=3,delay_ms=5' });
    assert.equal(reply.status, 200);
    assert.match(reply.headers['content-type'], /^text\/event-stream/);
    assert.equal(reply.headers['x-accel-buffering'], 'no');
    assert.match(reply.headers['cache-control'], /no-cache|no-store/);
    assert.equal(reply.said, 'w0 w1 w2 ');
    assert.ok(reply.events.slice(0, -1).every((event) => event.type === 'chunk' && event.model === 'gpt-4o'));
    assert.equal(reply.last.type, 'done');
    assert.equal(reply.last.model, 'gpt-4o');
    assert.equal(reply.last.finish_reason, 'stop');
    assert.ok(reply.last.usage);
  });

  it('chunks arrive when they are made, not at the end', async () => {
    const times = [];
    await stream(server, { message: 'fake:chunks=4,delay_ms=100' }, { onData: () => times.push(Date.now()) });
    assert.ok(times.at(-1) - times[0] >= 250, `all within ${times.at(-1) - times[0]} ms`);
  });

  it('reasoning comes as its own event and is not part of the text', async () => {
    const reply = await stream(server, { message: 'fake:chunks=2,reasoning=3', provider: 'claude' });
    const reasoning = reply.events.filter((event) => event.type === 'reasoning');
    assert.equal(reasoning.map((event) => event.content).join(''), 'r0 r1 r2 ');
    assert.equal(reply.said, 'w0 w1 ');
  });
});

describe('texts and statuses', () => {
  const cases = [
    ['no message', {}, 'Message required'],
    ['10,001 characters', { message: 'x'.repeat(10001) }, 'Message too long (max 10,000 characters)'],
    ['51 items of history', { message: 'x', history: Array(51).fill({ role: 'user', content: 'x' }) }, 'Conversation history too long (max 50 messages)'],
  ];
  for (const [name, body, text] of cases) {
    it(`${name}: 400 "${text}"`, async () => {
      const reply = await chat(server, body);
      assert.equal(reply.status, 400);
      assert.equal(reply.json().error, text);
      const streamed = await stream(server, body);
      assert.equal(streamed.status, 400);
      assert.match(JSON.parse(streamed.raw).error, new RegExp(`^${text.split(' (')[0]}`));
    });
  }

  it('an unknown route below /api is 404 in JSON', async () => {
    const reply = await request(server, 'GET', '/api/nothing');
    assert.equal(reply.status, 404);
    assert.equal(typeof reply.json().error, 'string');
  });

  it('a failing provider gives the guide\'s sentence', async () => {
    const reply = await chat(server, { message: 'fake:status=400' });
    assert.equal(reply.status, 502);
    assert.equal(reply.json().error, 'Failed to get response from AI');
  });

  it('ten thousand emoji are ten thousand characters', async () => {
    assert.equal((await chat(server, { message: '😀'.repeat(10000) })).status, 200);
    assert.equal((await chat(server, { message: '😀'.repeat(10001) })).status, 400);
  });

  it('the system message of a history becomes the instruction', async () => {
    await fake.reset();
    const history = [{ role: 'system', content: 'Speak Polish.' }, { role: 'user', content: 'a' }, { role: 'assistant', content: 'b' }];
    assert.equal((await chat(server, { message: 'c', history })).status, 200);
    assert.equal((await chat(server, { message: 'c', history, provider: 'claude' })).status, 200);
    const [openai, claude] = (await fake.chats()).map((entry) => JSON.parse(entry.body));
    assert.equal(openai.messages.filter((item) => item.role === 'system').map((item) => item.content).join(), 'Speak Polish.');
    assert.match(JSON.stringify(claude.system), /Speak Polish\./);
    assert.ok(claude.messages.every((item) => item.role !== 'system'));
  });

  it('without one the default instruction is sent', async () => {
    await fake.reset();
    await chat(server, { message: 'hello' });
    const sent = JSON.parse((await fake.chats())[0].body);
    assert.equal(sent.messages[0].role, 'system');
    assert.equal(sent.messages[0].content, 'You are a helpful AI assistant.');
  });
});

function pick(object, names) {
  return Object.fromEntries(names.filter((name) => name in object).map((name) => [name, object[name]]));
}
