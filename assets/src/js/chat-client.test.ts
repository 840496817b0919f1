import { test } from 'node:test';
import assert from 'node:assert/strict';
import ChatClient from './chat-client.ts';
import { answerWith, calls, event, json, streamed } from './test/server.ts';

const hello = [event({ type: 'chunk', content: 'Hel', model: 'm' }), event({ type: 'chunk', content: 'lo', model: 'm' }), event({ type: 'done', model: 'm' })];

function watch() {
  const seen: string[] = [];
  return {
    seen,
    onChunk: (delta: string, full: string) => void seen.push(`chunk ${delta}|${full}`),
    onComplete: (full: string, model?: string) => void seen.push(`complete ${full}|${model}`),
    onError: (error: Error & { code?: string }) => void seen.push(`error ${error.code}`),
    onStop: (partial: string) => void seen.push(`stop ${partial}`),
  };
}

test('the class has the guide’s names, defaults and no constructor arguments', () => {
  const client = new ChatClient();
  assert.equal(client.apiBase, '/api');
  assert.deepEqual(client.conversationHistory, []);
  assert.equal(ChatClient.length, 0);
  for (const name of ['sendMessage', 'sendMessageStream', 'cancelStream', 'clearHistory', 'getHistory', 'getModels', 'checkHealth', 'getRateLimits']) {
    assert.equal(typeof (client as any)[name], 'function', name);
  }
});

test('sendMessage works as the guide uses it and remembers both sides', async () => {
  answerWith(() => json({ message: 'Hi', model: 'm', usage: { total_tokens: 3 } }));
  const client = new ChatClient();
  const reply = await client.sendMessage('Hello');
  assert.deepEqual(reply, { message: 'Hi', model: 'm', usage: { total_tokens: 3 } });
  assert.equal(calls[0]!.url, '/api/chat');
  assert.equal(calls[0]!.body.provider, 'openai');
  assert.deepEqual(client.getHistory(), [{ role: 'user', content: 'Hello' }, { role: 'assistant', content: 'Hi' }]);
  await client.sendMessage('More', 'claude', 'some-model');
  assert.equal(calls[1]!.body.model, 'some-model');
  assert.equal(calls[1]!.body.history.length, 2);
  client.clearHistory();
  assert.deepEqual(client.getHistory(), []);
});

test('getHistory gives a copy', () => {
  const client = new ChatClient();
  client.getHistory().push({ role: 'user', content: 'x' });
  assert.equal(client.conversationHistory.length, 0);
});

test('a stream calls onChunk with delta and full text, then onComplete with text and model', async () => {
  answerWith((call) => streamed(hello, call));
  const client = new ChatClient();
  const w = watch();
  await client.sendMessageStream('Hello', 'openai', w);
  assert.deepEqual(w.seen, ['chunk Hel|Hel', 'chunk lo|Hello', 'complete Hello|m']);
  assert.deepEqual(client.getHistory().at(-1), { role: 'assistant', content: 'Hello' });
});

test('the history already holds the answer when onComplete is called', async () => {
  answerWith((call) => streamed(hello, call));
  const client = new ChatClient();
  let length = 0;
  await client.sendMessageStream('Hello', 'openai', { ...watch(), onComplete: () => void (length = client.conversationHistory.length) });
  assert.equal(length, 2);
});

test('every split of the bytes gives the same calls, with CRLF, comments and a missing last newline', async () => {
  const text = ': ping\r\n\r\ndata:{"type":"chunk","content":"Grüße ✓","model":"m"}\r\n\r\nid: 7\r\nevent: message\r\ndata: {"type":"done",\r\ndata: "model":"m"}';
  const bytes = new TextEncoder().encode(text);
  for (let cut = 1; cut < bytes.length; cut++) {
    answerWith((call) => streamed([bytes.slice(0, cut), bytes.slice(cut)], call));
    const w = watch();
    await new ChatClient().sendMessageStream('x', 'openai', w);
    assert.deepEqual(w.seen, ['chunk Grüße ✓|Grüße ✓', 'complete Grüße ✓|m'], `cut at ${cut}`);
  }
});

test('a stream without done ends as an error with the code "cut"', async () => {
  answerWith((call) => streamed(hello.slice(0, 2), call));
  const w = watch();
  await new ChatClient().sendMessageStream('x', 'openai', w);
  assert.equal(w.seen.at(-1), 'error cut');
});

test('a connection that breaks in the middle is "cut", one that never opens is "offline"', async () => {
  answerWith((call) => streamed(hello.slice(0, 1), call, 'break'));
  const cut = watch();
  await new ChatClient().sendMessageStream('x', 'openai', cut);
  assert.deepEqual(cut.seen, ['chunk Hel|Hel', 'error cut']);
  answerWith(() => Promise.reject(new TypeError('Failed to fetch')));
  const offline = watch();
  await new ChatClient().sendMessageStream('x', 'openai', offline);
  assert.deepEqual(offline.seen, ['error offline']);
});

test('an error event ends the stream once, with its code and waiting time', async () => {
  answerWith((call) => streamed([event({ type: 'error', error: 'Slow down.', code: 'provider_rate_limited', retry_after: 7 }), ...hello], call));
  const errors: any[] = [];
  await new ChatClient().sendMessageStream('x', 'openai', { ...watch(), onError: (e) => void errors.push(e) });
  assert.equal(errors.length, 1);
  assert.equal(errors[0].message, 'Slow down.');
  assert.equal(errors[0].code, 'provider_rate_limited');
  assert.equal(errors[0].retryAfter, 7);
});

test('an answer that is an error page gives its status, not a parse error', async () => {
  answerWith(() => new Response('<html>502</html>', { status: 502, headers: { 'Content-Type': 'text/html', 'X-Request-Id': 'abc' } }));
  const errors: any[] = [];
  await new ChatClient().sendMessageStream('x', 'openai', { ...watch(), onError: (e) => void errors.push(e) });
  assert.equal(errors[0].status, 502);
  assert.equal(errors[0].requestId, 'abc');
  await assert.rejects(new ChatClient().sendMessage('x'), /status 502/);
});

test('429 carries the waiting time from the body or from the header', async () => {
  answerWith(() => json({ error: 'Rate limit exceeded', message: '…', retry_after: 12 }, 429));
  await assert.rejects(new ChatClient().sendMessage('x'), { code: 'rate_limited', retryAfter: 12, message: 'Rate limit exceeded' });
  answerWith(() => json({ error: 'Rate limit exceeded' }, 429, { 'Retry-After': '9' }));
  await assert.rejects(new ChatClient().sendMessage('x'), { retryAfter: 9 });
});

test('cancelStream keeps the partial text, calls onStop and neither of the other two', async () => {
  answerWith((call) => streamed(hello.slice(0, 1), call, 'open'));
  const client = new ChatClient();
  const w = watch();
  const sending = client.sendMessageStream('x', 'openai', { ...w, onChunk: (d, f) => (w.onChunk(d, f), setTimeout(() => client.cancelStream())) as unknown as void });
  await sending;
  assert.deepEqual(w.seen, ['chunk Hel|Hel', 'stop Hel']);
  assert.deepEqual(client.getHistory().at(-1), { role: 'assistant', content: 'Hel' });
  assert.equal(client.abortController, null);
});

test('a callback that throws is not taken for a broken event', async () => {
  answerWith((call) => streamed(hello, call));
  const w = watch();
  const bad = { ...w, onChunk: () => { throw new RangeError('mine'); } };
  await assert.rejects(new ChatClient().sendMessageStream('x', 'openai', bad), RangeError);
  assert.deepEqual(w.seen, []);
  answerWith((call) => streamed(hello, call));
  await assert.rejects(new ChatClient().sendMessageStream('x', 'openai', { ...watch(), onComplete: () => { throw new RangeError('mine'); } }), RangeError);
});

test('an event that is no JSON is an error, not silence', async () => {
  answerWith((call) => streamed(['data: nonsense\n\n', ...hello], call));
  const w = watch();
  await new ChatClient().sendMessageStream('x', 'openai', w);
  assert.deepEqual(w.seen, ['error bad_answer']);
});

test('model, system, limits and temperature travel in the fourth argument; reasoning and usage come back', async () => {
  const usage = { input_tokens: 1, output_tokens: 2, total_tokens: 3 };
  answerWith((call) => streamed([event({ type: 'reasoning', content: 'hm' }), event({ type: 'chunk', content: 'ok' }), event({ type: 'done', model: 'm', usage, finish_reason: 'length' })], call));
  const got: any = {};
  await new ChatClient().sendMessageStream('x', 'claude', {
    onChunk: () => undefined,
    onError: assert.fail,
    onReasoning: (delta) => void (got.reasoning = delta),
    onUsage: (u) => void (got.usage = u),
    onComplete: (_text, _model, completion) => void (got.finish = completion.finishReason),
  }, { model: 'big', system: 'Be short.', maxTokens: 5, temperature: 0.2 });
  assert.deepEqual(got, { reasoning: 'hm', usage, finish: 'length' });
  const { body } = calls[0]!;
  assert.deepEqual([body.model, body.max_tokens, body.temperature, body.history[0]], ['big', 5, 0.2, { role: 'system', content: 'Be short.' }]);
});

test('a long conversation never sends more than 50 messages and never begins with an answer', async () => {
  answerWith((call) => streamed(hello, call));
  const client = new ChatClient();
  for (let i = 0; i < 40; i++) client.conversationHistory.push({ role: 'user', content: `q${i}` }, { role: 'assistant', content: `a${i}` });
  await client.sendMessageStream('x', 'openai', watch(), { system: 's' });
  const { history } = calls[0]!.body;
  assert.ok(history.length <= 50);
  assert.deepEqual([history[0].role, history[1].role], ['system', 'user']);
  assert.equal(history.at(-1).content, 'a39');
});

test('lists and health give quiet answers when the server is away', async () => {
  answerWith(() => Promise.reject(new TypeError('x')));
  const client = new ChatClient();
  assert.deepEqual(await client.getModels(), { openai: [], claude: [] });
  assert.equal(await client.checkHealth(), false);
  assert.equal(await client.getRateLimits(), null);
  answerWith(() => json({ status: 'healthy' }));
  assert.equal(await client.checkHealth(), true);
});
