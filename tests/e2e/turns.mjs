// What the tests of turns share: beginning one, following it, and telling what a reader has seen.
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { request, until } from './server.mjs';

// A UUID of version 7 (RFC 9562).
export function makeId() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const own = { 'Sec-Fetch-Site': 'same-origin' };
export const ask = (server, method, target, body, headers = {}) => request(server, method, target, { body, headers: { ...own, ...headers } });

export async function newConversation(server, body = {}) {
  const reply = await ask(server, 'POST', '/api/conversations', body);
  if (reply.status !== 201) throw new Error(`no conversation: ${reply.status} ${reply.text}`);
  return reply.json().id;
}

// Begins a turn: { status, json, id, turn, messageId, userMessageId }.
export async function begin(server, conversation, body, headers = {}) {
  const id = body.id ?? makeId();
  const reply = await ask(server, 'POST', `/api/conversations/${conversation}/turns`, { id, provider: 'openai', ...body }, headers);
  const json = reply.json();
  return { status: reply.status, json, id, turn: json.turn, messageId: json.message_id, userMessageId: json.user_message_id, headers: reply.headers };
}

// Events with their ids: [{ id, ...data }]. A block that has not ended is no event.
export function turnEvents(text) {
  return text.split('\n\n').slice(0, -1).filter((block) => !block.startsWith(':')).map((block) => {
    const [first, second] = block.split('\n');
    return { id: Number(/^id: (\d+)$/.exec(first)[1]), ...JSON.parse(second.slice(6)) };
  });
}

export const said = (events) => events.filter((event) => event.type === 'chunk').map((event) => event.content).join('');
export const thought = (events) => events.filter((event) => event.type === 'reasoning').map((event) => event.content).join('');
export const ending = (events) => events.filter((event) => !['chunk', 'reasoning'].includes(event.type));

// Follows to the end: { status, events, said, last, text }.
export async function followTurn(server, id, { from, lastEventId, headers = {} } = {}) {
  const more = lastEventId === undefined ? {} : { 'Last-Event-ID': String(lastEventId) };
  const reply = await request(server, 'GET', `/api/turns/${id}/events${from === undefined ? '' : `?from=${from}`}`, { headers: { ...own, ...more, ...headers }, timeout: 60000 });
  const events = reply.status === 200 ? turnEvents(reply.text) : [];
  return { status: reply.status, events, said: said(events), last: events.at(-1), text: reply.text };
}

// A reader that may be left at any moment and survives a server that dies: { text(), events(), closed: Promise, leave() }.
export function reader(server, id, { from = 0, headers = {} } = {}) {
  let text = '';
  let status = 0;
  const call = http.request({ host: '127.0.0.1', port: server.port, path: `/api/turns/${id}/events?from=${from}`, agent: false, headers: { ...own, ...headers } });
  const closed = new Promise((done) => {
    call.once('error', () => done('cut'));
    call.once('response', (response) => {
      status = response.statusCode;
      response.setEncoding('utf8');
      response.on('data', (data) => { text += data; });
      response.once('error', () => done('cut'));
      response.once('end', () => done('ended'));
    });
  });
  call.end();
  return { closed, text: () => text, status: () => status, events: () => turnEvents(text), said: () => said(turnEvents(text)), leave: () => call.destroy() };
}

export const turnOf = async (server, id) => (await ask(server, 'GET', `/api/turns/${id}`)).json();
export const ended = (server, id, ms = 10000) => until(async () => {
  const turn = await turnOf(server, id);
  return turn.state !== 'running' && turn;
}, ms, 'the turn to end');
export const open = async (server, conversation) => (await ask(server, 'GET', `/api/conversations/${conversation}`)).json();
