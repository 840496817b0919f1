// A provider that speaks OpenAI's Chat Completions and answers from the app's prepared scripts (assets/dev/answers.mjs),
// in their own time. It stands behind the real server, so the tests see the whole way: browser, server, provider.
// Format: platform.openai.com, Chat Completions, streaming with include_usage (2026).
import { createServer } from 'node:http';
import { script, wait } from '../../../assets/dev/answers.mjs';

const models = ['gpt-5-mini', 'gpt-5', 'whisper-1'];

// A recording comes as a form; what was said is always the same.
async function writeDown(request, response, speech) {
  const parts = [];
  for await (const piece of request) parts.push(piece);
  const body = Buffer.concat(parts);
  const text = body.toString('latin1');
  const [, boundary] = /boundary=(\S+)/.exec(request.headers['content-type']);
  const begin = text.indexOf('\r\n\r\n', text.indexOf('filename=')) + 4;
  speech.push({
    model: /name="model"\r\n\r\n([^\r]*)/.exec(text)[1], name: /filename="([^"]*)"/.exec(text)[1],
    bytes: body.subarray(begin, text.lastIndexOf(`\r\n--${boundary}--`)), authorization: request.headers.authorization,
  });
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ text: 'Words from the microphone.', usage: { type: 'tokens', input_tokens: 20, output_tokens: 5, total_tokens: 25 } }));
}

// The words of a message, which may have pictures beside them.
const wordsOf = (content) => (Array.isArray(content) ? content.map((part) => part.text ?? '').join('') : String(content));

async function complete(request, response, asked, received) {
  let text = '';
  for await (const piece of request) text += piece;
  const body = JSON.parse(text);
  received.push(body);
  // An answer that goes on ends with its own text; one that is to be slow stays slow.
  const end = body.messages.at(-1);
  const asker = body.messages.findLast((one) => one.role === 'user');
  const last = wordsOf((end.role === 'assistant' && /^!slow/.test(wordsOf(asker?.content ?? '')) ? asker : end).content);
  // Asked for a title, it repeats the question that is quoted to it.
  const naming = /^You name conversations/.test(String(body.messages[0].content));
  // Asked for the prompt, it says what it was asked, and how.
  const told = { messages: body.messages, temperature: body.temperature ?? null, max_tokens: body.max_completion_tokens ?? body.max_tokens ?? null };
  const plan = !naming && last.startsWith('!prompt') ? { steps: [{ text: `\`\`\`json\n${JSON.stringify(told)}\n\`\`\`` }], finish: 'stop' } : naming ? { steps: [{ text: /<question>\s*(.{1,60})/.exec(last)?.[1] ?? 'A conversation' }], finish: 'stop' } : script(last);
  if (!naming) asked.push(last);
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  const chunk = (delta, finish = null) => response.write(`data: ${JSON.stringify({
    id: 'c', object: 'chat.completion.chunk', created: 1, model: body.model, choices: [{ index: 0, delta, finish_reason: finish }],
  })}\n\n`);
  chunk({ role: 'assistant', content: '' });
  let tokens = 0;
  for (const step of plan.steps) {
    if (response.destroyed) return;
    if (step.wait) await wait(step.wait);
    if (step.text) chunk({ content: step.text }), tokens++;
    if (step.reasoning) chunk({ reasoning_content: step.reasoning });
    if (step.error) return void response.end(`data: ${JSON.stringify({ error: { message: step.error, type: 'server_error', code: 'server_error' } })}\n\n`);
    if (step.cut) return void response.destroy();
  }
  chunk({}, plan.finish);
  response.write(`data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: body.model, choices: [], usage: { prompt_tokens: 40, completion_tokens: tokens, total_tokens: 40 + tokens } })}\n\n`);
  response.end('data: [DONE]\n\n');
}

// asked: what was asked of it, titles apart.
export function startUpstream() {
  const asked = [];
  const speech = []; // recordings
  const received = []; // the same as whole requests, titles too
  const server = createServer((request, response) => {
    if (request.url.endsWith('/audio/transcriptions')) return void writeDown(request, response, speech).catch(() => response.destroy());
    if (request.method === 'POST') return void complete(request, response, asked, received).catch(() => response.destroy());
    response.setHeader('Content-Type', 'application/json');
    return void response.end(JSON.stringify({ object: 'list', data: models.map((id) => ({ id, object: 'model', created: 1, owned_by: 'test' })) }));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const stop = () => new Promise((done) => {
        server.closeAllConnections();
        server.close(done);
      });
      resolve({ base: `http://127.0.0.1:${server.address().port}/`, asked, received, speech, stop });
    });
  });
}
