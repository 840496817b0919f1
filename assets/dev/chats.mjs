// Conversations and turns of the stand-in server, in memory, with the shapes and positions of the real one.
import { randomUUID } from 'node:crypto';
import { script, wait } from './answers.mjs';

const chats = new Map(); // id -> { row, messages, draft }
const turns = new Map(); // id -> { turn, events, readers, stop, body }
const watchers = new Set();
let revision = 1;
const now = () => new Date().toISOString();
const missing = { status: 404, body: { error: 'There is no such conversation.', code: 'not_found' } };

function touched(chat, moved = true) {
  chat.row.revision = ++revision;
  if (moved) chat.row.updated_at = now();
  for (const tell of watchers) tell();
}

function make(id = randomUUID(), more = {}) {
  const row = {
    id, title: '', title_source: 'none', pinned: false, archived: false, deleted_at: null, provider: null, model: null, head_id: null,
    running_turn_id: null, created_at: now(), updated_at: now(), revision: 0, ...more,
  };
  const chat = { row, messages: [], draft: '' };
  chats.set(id, chat);
  touched(chat);
  return chat;
}

function message(chat, more) {
  const row = {
    id: randomUUID(), parent_id: null, kind: 'message', content: '', reasoning: '', provider: null, model: null, state: 'done', turn_id: null, error: null,
    usage: null, cost_micros: 0, finish_reason: null, created_at: now(), ...more,
  };
  chat.messages.push(row);
  return row;
}

const pathOf = (chat, id) => {
  const path = [];
  for (let at = chat.messages.find((m) => m.id === id); at; at = chat.messages.find((m) => m.id === at.parent_id)) path.unshift(at);
  return path;
};

async function run(chat, held, question, answer, given) {
  const send = (type, data) => {
    const size = type === 'chunk' || type === 'reasoning' ? Buffer.byteLength(data.content) : 1;
    held.turn.position += size;
    held.events.push({ id: held.turn.position, data: { type, ...data } });
    for (const reader of held.readers) reader();
  };
  const grow = (type, content) => {
    answer[type === 'chunk' ? 'content' : 'reasoning'] += content;
    send(type, { content });
  };
  const usage = { input_tokens: 40, output_tokens: 0, total_tokens: 40 };
  const end = (state, type, data) => {
    Object.assign(held.turn, { state, usage, finished_at: now(), cost_micros: usage.output_tokens * 12, error: data.code ? { code: data.code, error: data.error } : null });
    Object.assign(answer, { state, usage, cost_micros: held.turn.cost_micros, error: held.turn.error, finish_reason: data.finish_reason ?? null });
    chat.row.running_turn_id = null;
    if (chat.row.title_source === 'none' && state === 'done') Object.assign(chat.row, { title: question.content.slice(0, 40), title_source: 'auto' });
    send(type, data);
    touched(chat);
  };
  if (given) grow('chunk', given);
  const plan = script(question.content);
  if (plan.status) return end('failed', 'error', { code: plan.body.code ?? 'provider_error', error: plan.body.error });
  for (const step of plan.steps) {
    if (step.wait) await wait(step.wait);
    if (held.stop) return end('stopped', 'stopped', { usage });
    if (step.text) grow('chunk', step.text), usage.output_tokens++;
    if (step.reasoning) grow('reasoning', step.reasoning);
    if (step.error) return end('failed', 'error', { code: step.code ?? 'provider_error', error: step.error });
    if (step.cut) return end('failed', 'error', { code: 'provider_truncated', error: 'The provider broke off.' });
  }
  return end('done', 'done', { usage, finish_reason: plan.finish ?? 'stop', model: answer.model, message_id: answer.id });
}

function startTurn(chat, body) {
  const known = turns.get(body.id);
  if (known) return { status: 200, body: known.begun };
  if (chat.row.running_turn_id) return { status: 409, body: { error: 'An answer is running in this conversation.', code: 'conflict' } };
  const kind = body.kind ?? 'ask';
  const parent = chat.messages.find((m) => m.id === body.parent_id);
  const question = kind === 'ask' ? message(chat, { role: 'user', parent_id: body.parent_id ?? null, content: body.message })
    : kind === 'regenerate' ? parent : chat.messages.find((m) => m.id === parent?.parent_id);
  if (!question) return { status: 404, body: { error: 'There is no such message.', code: 'not_found' } };
  const answer = message(chat, { role: 'assistant', parent_id: question.id, state: 'running', turn_id: body.id, provider: body.provider ?? 'demo', model: body.model ?? 'demo' });
  const turn = {
    id: body.id, conversation_id: chat.row.id, kind, state: 'running', user_message_id: question.id, message_id: answer.id, provider: answer.provider,
    model: answer.model, created_at: now(), finished_at: null, usage: null, cost_micros: 0, finish_reason: null, error: null, position: 0,
  };
  const held = { turn, events: [], readers: new Set(), stop: false, begun: { turn, user_message_id: kind === 'ask' ? question.id : null, message_id: answer.id } };
  turns.set(body.id, held);
  Object.assign(chat.row, { head_id: answer.id, running_turn_id: body.id, provider: answer.provider, model: answer.model });
  touched(chat);
  void run(chat, held, question, answer, kind === 'continue' ? parent.content : '');
  return { status: 202, body: held.begun };
}

export function streamTurn(id, from, request, response) {
  const held = turns.get(id);
  if (!held) return false;
  let next = held.events.findIndex((event) => event.id > from);
  if (next < 0) next = held.events.length;
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const pump = () => {
    for (; next < held.events.length; next++) {
      const event = held.events[next];
      response.write(`id: ${event.id}\ndata: ${JSON.stringify(event.data)}\n\n`);
      if (!['chunk', 'reasoning'].includes(event.data.type)) return response.end();
    }
  };
  held.readers.add(pump);
  request.on('close', () => held.readers.delete(pump));
  pump();
  return true;
}

const changedSince = (since) => ({ revision, reset: false, conversations: [...chats.values()].map((c) => c.row).filter((row) => row.revision > since) });

export function streamChanges(since, request, response) {
  let at = since;
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const tell = () => {
    response.write(`event: changes\nid: ${revision}\ndata: ${JSON.stringify(changedSince(at))}\n\n`);
    at = revision;
  };
  watchers.add(tell);
  request.on('close', () => watchers.delete(tell));
  tell();
}

function list(query) {
  const [archived, deleted] = [query.get('archived') === 'true', query.get('deleted') === 'true'];
  const all = [...chats.values()].map((c) => c.row).filter((row) => !!row.deleted_at === deleted && (deleted || row.archived === archived));
  all.sort((a, b) => Number(b.pinned) - Number(a.pinned) || (a.updated_at < b.updated_at ? 1 : -1));
  const [at, limit] = [Number(query.get('cursor') ?? 0), Number(query.get('limit') ?? 50)];
  return { conversations: all.slice(at, at + limit), next_cursor: at + limit < all.length ? String(at + limit) : null, revision };
}

function search(words) {
  const results = [];
  for (const { row, messages } of chats.values()) {
    for (const m of messages) {
      const at = m.content.toLowerCase().indexOf(words.toLowerCase());
      if (row.deleted_at || at < 0) continue;
      const [a, b] = [Math.max(0, at - 40), at + words.length];
      results.push({ conversation_id: row.id, title: row.title, message_id: m.id, role: m.role, created_at: m.created_at, snippet: [{ text: m.content.slice(a, at), mark: false }, { text: m.content.slice(at, b), mark: true }, { text: m.content.slice(b, b + 60), mark: false }] });
    }
  }
  return { results: results.slice(0, 30), next_cursor: null };
}

function change(chat, body) {
  const { draft, ...rest } = body;
  if (draft !== undefined) chat.draft = draft;
  Object.assign(chat.row, rest, rest.title ? { title_source: 'manual' } : {});
  touched(chat, rest.head_id !== undefined);
  return { body: chat.row };
}

// A question with its answers, or one of several answers; what followed hangs on what stood before.
function removeMessage(chat, _, [id]) {
  const found = chat.messages.find((m) => m.id === id);
  if (!found) return missing;
  const siblings = chat.messages.filter((m) => m.role === 'assistant' && m.parent_id === found.parent_id && m.id !== id);
  const alone = found.role === 'assistant' && siblings.length > 0;
  const top = found.role === 'user' || alone ? found : chat.messages.find((m) => m.id === found.parent_id);
  const gone = new Set([top.id, ...(alone ? [] : chat.messages.filter((m) => m.role === 'assistant' && m.parent_id === top.id).map((m) => m.id))]);
  const heir = alone ? siblings.at(-1).id : top.parent_id;
  chat.messages = chat.messages.filter((m) => !gone.has(m.id));
  for (const m of chat.messages) if (gone.has(m.parent_id)) m.parent_id = heir;
  if (gone.has(chat.row.head_id)) {
    chat.row.head_id = heir;
    for (let next; (next = chat.messages.filter((m) => m.parent_id === chat.row.head_id).at(-1)); ) chat.row.head_id = next.id;
  }
  touched(chat);
  return { status: 204 };
}

function importFile(body, preview) {
  const found = body.conversations ?? [];
  const here = found.filter((c) => chats.has(c.id));
  if (!preview) {
    for (const c of found) {
      if (chats.has(c.id)) continue;
      const chat = make(c.id, { title: c.title, title_source: 'manual', head_id: c.head_id, updated_at: c.updated_at });
      for (const m of c.messages) message(chat, m);
    }
  }
  return { body: { format: 'whinchat', conversations: found.length, messages: found.reduce((n, c) => n + c.messages.length, 0), already_here: here.length, prompts_new: 0, instructions_new: false, skipped: [], titles: found.slice(0, 20).map((c) => c.title), imported: found.length - here.length } };
}

const withChat = (work) => ([id, ...rest], body, query) => (chats.has(id) ? work(chats.get(id), body, rest, query) : missing);

export const routes = [
  ['GET', /^\/conversations$/, (_, __, query) => ({ body: list(query) })],
  ['POST', /^\/conversations$/, (_, body) => (chats.has(body.id) ? { body: chats.get(body.id).row } : { status: 201, body: make(body.id, { provider: body.provider, model: body.model }).row })],
  ['GET', /^\/conversations\/([\w-]+)$/, withChat((chat) => ({ body: { conversation: { ...chat.row, draft: chat.draft }, messages: chat.messages, turns: [...turns.values()].map((h) => h.turn).filter((t) => t.conversation_id === chat.row.id) } }))],
  ['PATCH', /^\/conversations\/([\w-]+)$/, withChat(change)],
  ['DELETE', /^\/conversations\/([\w-]+)$/, withChat((chat, _, __, query) => (query.get('forever') ? chats.delete(chat.row.id) : ((chat.row.deleted_at = now()), touched(chat)), { status: 204 }))],
  ['DELETE', /^\/conversations\/([\w-]+)\/messages\/([\w-]+)$/, withChat(removeMessage)],
  ['DELETE', /^\/conversations$/, () => { for (const [id, chat] of chats) if (chat.row.deleted_at) chats.delete(id); return { body: { removed: 1 } }; }],
  ['POST', /^\/conversations\/([\w-]+)\/restore$/, withChat((chat) => ((chat.row.deleted_at = null), touched(chat), { body: chat.row }))],
  ['POST', /^\/conversations\/([\w-]+)\/fork$/, withChat((chat, body) => {
    const copy = make(randomUUID(), { title: `${chat.row.title} (copy)`, title_source: 'auto', provider: chat.row.provider, model: chat.row.model });
    let last = null;
    for (const m of pathOf(chat, body.message_id)) last = message(copy, { ...m, id: randomUUID(), parent_id: last }).id;
    copy.row.head_id = last;
    return { status: 201, body: copy.row };
  })],
  ['POST', /^\/conversations\/([\w-]+)\/turns$/, withChat(startTurn)],
  ['GET', /^\/conversations\/([\w-]+)\/export$/, withChat((chat) => ({ body: chat }))],
  ['GET', /^\/turns\/([\w-]+)$/, ([id]) => (turns.has(id) ? { body: turns.get(id).turn } : missing)],
  ['DELETE', /^\/turns\/([\w-]+)$/, ([id]) => (turns.has(id) ? ((turns.get(id).stop = true), { status: 202, body: turns.get(id).turn }) : missing)],
  ['GET', /^\/search$/, (_, __, query) => ({ body: search(query.get('q')) })],
  ['POST', /^\/import$/, (_, body, query) => importFile(body, query.get('preview') === 'true')],
];
