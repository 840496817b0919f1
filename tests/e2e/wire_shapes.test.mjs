// What we send to a provider, compared with what the vendor's own SDK sends for the same chat, and what we make of an
// answer, compared with what the SDK makes of it. The SDKs talk to the same fake provider, which is thereby checked too.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { chat, claudeKey, openaiKey, startFake, startServer, stream } from './server.mjs';

const modules = new URL('./node_modules/', import.meta.url);
const skip = existsSync(new URL('openai/package.json', modules)) ? false : 'NOT RUN: npm ci in tests/e2e first';
if (skip) console.error(`wire_shapes: ${skip}`);

const history = [{ role: 'user', content: 'Hello' }, { role: 'assistant', content: 'Hi! How can I help?' }];
const system = 'You answer in one word.';
const question = 'What is 2+2? żółć 😀';

// The names of the fields of an interface in a declaration file.
function fieldsOf(file, name) {
  const text = readFileSync(new URL(file, modules), 'utf8');
  const body = text.split(new RegExp(`export interface ${name}\\b[^{]*{`))[1].split('\n}')[0];
  const names = [...body.matchAll(/^ {4}(\w+)\??:/gm)].map((match) => match[1]);
  assert.ok(names.length > 10, `no fields found for ${name}`);
  return new Set([...names, 'stream']);
}

let fake;
const servers = {};
let sdk;
before(async () => {
  if (skip) return;
  fake = await startFake();
  const env = { SYSTEM_PROMPT: system };
  [servers.chat, servers.responses] = await Promise.all([startServer({ fake, env }), startServer({ fake, env: { ...env, OPENAI_API: 'responses' } })]);
  const { default: OpenAI } = await import('openai');
  const { default: Anthropic } = await import('@anthropic-ai/sdk');
  sdk = {
    openai: new OpenAI({ apiKey: openaiKey, baseURL: fake.openaiUrl }),
    claude: new Anthropic({ apiKey: claudeKey, baseURL: fake.claudeUrl }),
  };
});
after(async () => {
  await Promise.all([servers.chat?.stop(), servers.responses?.stop()]);
  await fake?.stop();
});

async function drain(events) {
  const all = [];
  for await (const event of await events) all.push(event);
  return all;
}

const bySdk = {
  chat: (content, model) => drain(sdk.openai.chat.completions.create({ model, stream: true, stream_options: { include_usage: true }, messages: [{ role: 'system', content: system }, ...history, { role: 'user', content }] })),
  responses: (content, model) => drain(sdk.openai.responses.create({ model, stream: true, store: false, instructions: system, input: [...history, { role: 'user', content }] })),
  messages: (content, model) => drain(sdk.claude.messages.create({ model, stream: true, max_tokens: 16384, system, messages: [...history, { role: 'user', content }] })),
};
const textOf = {
  chat: (events) => events.map((event) => event.choices[0]?.delta?.content ?? '').join(''),
  responses: (events) => events.map((event) => (event.type === 'response.output_text.delta' ? event.delta : '')).join(''),
  messages: (events) => events.map((event) => (event.type === 'content_block_delta' && event.delta.type === 'text_delta' ? event.delta.text : '')).join(''),
};
const dialects = [
  ['chat', 'openai', 'gpt-4o', 'openai/resources/chat/completions/completions.d.ts', 'ChatCompletionCreateParamsBase'],
  ['responses', 'openai', 'gpt-6.1-terra', 'openai/resources/responses/responses.d.ts', 'ResponseCreateParamsBase'],
  ['messages', 'claude', 'claude-sonnet-5-5', '@anthropic-ai/sdk/resources/messages/messages.d.ts', 'MessageCreateParamsBase'],
];

// Text of a message, whether it is a string or a list of parts.
const flat = (content) => (typeof content === 'string' ? content : content.map((part) => part.text).join(''));
const turns = (list) => list.map((item) => ({ role: item.role === 'developer' ? 'system' : item.role, content: flat(item.content) }));

for (const [dialect, provider, model, file, type] of dialects) {
  describe(`${dialect}: our request beside the SDK's`, { skip }, () => {
    let theirs;
    let ours;
    before(async () => {
      await bySdk[dialect](question, model);
      const server = servers[dialect] ?? servers.chat;
      const reply = await chat(server, { message: question, history, provider, model });
      assert.equal(reply.status, 200, reply.text);
      [theirs, ours] = (await fake.chats()).slice(-2).map((entry) => ({ ...entry, json: JSON.parse(entry.body) }));
    });

    it('goes to the same place', () => assert.deepEqual([ours.method, ours.path], [theirs.method, theirs.path]));

    it('has the headers that matter', () => {
      assert.match(ours.headers['content-type'], /^application\/json/);
      const key = provider === 'claude' ? claudeKey : openaiKey;
      const shown = [ours.headers.authorization, ours.headers['x-api-key'] && `Bearer ${ours.headers['x-api-key']}`].filter(Boolean);
      assert.deepEqual([...new Set(shown)], [`Bearer ${key}`]);
      if (provider === 'claude') assert.ok(['2023-06-01', theirs.headers['anthropic-version']].includes(ours.headers['anthropic-version']), ours.headers['anthropic-version']);
      assert.equal(ours.headers.host, theirs.headers.host);
      assert.equal(ours.headers['accept-encoding'] ?? 'identity', 'identity');
      for (const name of ['expect', 'cookie', 'x-forwarded-for', 'origin', 'referer']) assert.equal(ours.headers[name], undefined, name);
      assert.equal(Number(ours.headers['content-length']), Buffer.byteLength(ours.body));
    });

    it('says the same', () => {
      assert.equal(ours.json.model, theirs.json.model);
      assert.equal(ours.json.stream, true);
      const list = (body) => turns(body.messages ?? body.input);
      const instruction = (body) => flat(body.instructions ?? body.system ?? list(body).find((item) => item.role === 'system').content);
      const talk = (body) => list(body).filter((item) => item.role !== 'system');
      assert.equal(instruction(ours.json), system);
      assert.deepEqual(talk(ours.json), talk(theirs.json));
      if (dialect === 'chat') assert.deepEqual(ours.json.stream_options?.include_usage, true);
      if (dialect === 'responses') assert.equal(ours.json.store, false);
    });

    it('has no field that the SDK does not know', () => {
      const known = fieldsOf(file, type);
      assert.deepEqual(Object.keys(ours.json).filter((name) => !known.has(name)), []);
    });

    it('sends nothing that the model refuses', () => {
      if (model !== 'gpt-4o') for (const name of ['temperature', 'top_p', 'top_k', 'frequency_penalty', 'presence_penalty', 'logprobs']) assert.equal(name in ours.json, false, name);
      if (dialect !== 'messages') assert.equal('max_tokens' in ours.json && 'max_completion_tokens' in ours.json, false);
    });
  });

  describe(`${dialect}: an answer as the SDK reads it`, { skip }, () => {
    for (const directive of ['chunks=5', 'text=One%20two%0A%0Athree%20%22four%22%20%5C%20end', 'split_utf8', 'chunks=3,reasoning=2', 'comments=2,crlf,chunks=2', 'head_delay_ms=50,chunks=2']) {
      it(directive, async () => {
        const content = `fake:${directive}`;
        const expected = textOf[dialect](await bySdk[dialect](content, model));
        assert.ok(expected.length > 0);
        const reply = await stream(servers[dialect] ?? servers.chat, { message: content, provider, model });
        assert.equal(reply.said, expected);
        assert.equal(reply.last.type, 'done');
      });
    }
    it('errors: what the SDK throws for, we report', async () => {
      for (const directive of ['status=401', 'status=404', 'error_at=2']) {
        await assert.rejects(bySdk[dialect](`fake:${directive}`, model), undefined, directive);
        const reply = await stream(servers[dialect] ?? servers.chat, { message: `fake:${directive}`, provider, model });
        assert.equal(reply.last.type, 'error', directive);
      }
    });
    for (const [directive, tries] of [['status=500', 3], ['status=429,retry_after_ms=50', 3], ['status=400', 1], ['status=402', 1], ['status=400,should_retry=true,times=1', 2], ['status=503,should_retry=false', 1]]) {
      it(`${directive}: as many tries as the SDK makes`, async () => {
        const count = async (mark, call) => {
          await call(`fake:${directive},mark=${mark}`).catch(() => {});
          return (await fake.chats()).filter((entry) => entry.body.includes(`mark=${mark}`)).length;
        };
        const name = `${dialect}${directive.replace(/\W/g, '')}`;
        const theirs = await count(`sdk${name}`, (content) => bySdk[dialect](content, model));
        const ours = await count(`own${name}`, (message) => chat(servers[dialect] ?? servers.chat, { message, provider, model }));
        assert.equal(theirs, tries);
        assert.equal(ours, directive === 'status=500' ? 2 : theirs);  // a 500 of a server on this machine is tried once more only
      });
    }
  });
}

describe('the list of models', { skip }, () => {
  it('is asked for at the SDK\'s addresses, with the key', async () => {
    const lists = (await fake.log()).filter((entry) => entry.path.includes('/models'));
    const own = (name) => lists.filter((entry) => Boolean(entry.headers['anthropic-version']) === (name === 'claude'));
    assert.ok(own('openai').length > 0 && own('claude').length > 0, 'both lists are fetched in the background');
    assert.ok(own('openai').every((entry) => entry.path === '/v1/models' && entry.headers.authorization === `Bearer ${openaiKey}`));
    assert.ok(own('claude').every((entry) => entry.path.startsWith('/v1/models')));
  });
});
