// A provider that speaks OpenAI's Chat Completions and answers from the app's prepared scripts (assets/dev/answers.mjs),
// in their own time. It stands behind the real server, so the tests see the whole way: browser, server, provider.
// Format: platform.openai.com, Chat Completions, streaming with include_usage (2026).
import { createServer } from 'node:http';
import { script, wait } from '../../../assets/dev/answers.mjs';

const models = ['gpt-5-mini', 'gpt-5'];

async function complete(request, response, asked) {
  let text = '';
  for await (const piece of request) text += piece;
  const body = JSON.parse(text);
  // Asked for a title, it repeats the question that is quoted to it.
  const last = String(body.messages.at(-1).content);
  const naming = /^You name conversations/.test(String(body.messages[0].content));
  const plan = naming ? { steps: [{ text: /<question>\s*(.{1,60})/.exec(last)?.[1] ?? 'A conversation' }], finish: 'stop' } : script(last);
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
  const server = createServer((request, response) => {
    if (request.method === 'POST') return void complete(request, response, asked).catch(() => response.destroy());
    response.setHeader('Content-Type', 'application/json');
    return void response.end(JSON.stringify({ object: 'list', data: models.map((id) => ({ id, object: 'model', created: 1, owned_by: 'test' })) }));
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const stop = () => new Promise((done) => {
        server.closeAllConnections();
        server.close(done);
      });
      resolve({ base: `http://127.0.0.1:${server.address().port}/`, asked, stop });
    });
  });
}
