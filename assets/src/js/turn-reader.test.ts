import { test } from 'node:test';
import assert from 'node:assert/strict';
import { answerWith, calls, json, streamed, type Call } from './test/server.ts';
import { TurnReader, type TurnEnd } from './turn-reader.ts';

const bytes = (text: string): number => new TextEncoder().encode(text).length;
const event = (id: number, data: unknown): string => `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`;

// The events of an answer with the positions that the server gives them.
function journal(pieces: ({ text: string } | { thought: string })[], end: Record<string, unknown>): { id: number; wire: string }[] {
  let at = 0;
  const events = pieces.map((piece) => {
    const [type, content] = 'text' in piece ? ['chunk', piece.text] : ['reasoning', piece.thought];
    at += bytes(content);
    return { id: at, wire: event(at, { type, content }) };
  });
  return [...events, { id: at + 1, wire: event(at + 1, end) }];
}

const fromOf = (call: Call): number => Number(new URL(call.url, 'http://x').searchParams.get('from'));

interface Read {
  text: string;
  thought: string;
  end: TurnEnd;
  position: number;
}

function read(from = 0): Promise<Read> {
  let [text, thought] = ['', ''];
  return new Promise((resolve) => {
    const reader = new TurnReader('t1', {
      onText: (delta) => void (text += delta),
      onReasoning: (delta) => void (thought += delta),
      onEnd: (end) => resolve({ text, thought, end, position: reader.position }),
    }, from);
  });
}

const words = [{ thought: 'Hm, ' }, { text: 'Ünïcode ' }, { text: 'and 🐦 ' }, { text: 'birds.' }];
const done = { type: 'done', usage: { output_tokens: 3 }, finish_reason: 'stop', model: 'm' };

test('a whole turn is read: thoughts apart from text, the end with its facts', async () => {
  const events = journal(words, done);
  answerWith((call) => streamed(events.map((e) => e.wire), call));
  const got = await read();
  assert.deepEqual([got.text, got.thought], ['Ünïcode and 🐦 birds.', 'Hm, ']);
  assert.deepEqual([got.end.state, got.end.finish, got.end.model, got.end.usage], ['done', 'stop', 'm', { output_tokens: 3 }]);
  assert.equal(calls[0]!.url, '/api/turns/t1/events?from=0');
  assert.equal(calls.length, 1);
});

test('a connection that breaks anywhere, inside an event too, is resumed from the position: no gap, no repeat', async () => {
  const events = journal(words, done);
  const whole = events.map((e) => e.wire).join('');
  for (let cut = 1; cut < whole.length; cut += 7) {
    let first = true;
    answerWith((call) => {
      const rest = events.filter((e) => e.id > fromOf(call)).map((e) => e.wire).join('');
      const part = first ? rest.slice(0, cut) : rest;
      const end = first ? (cut % 2 ? 'break' : 'close') : 'close';
      first = false;
      return streamed([part], call, end);
    });
    const got = await read();
    assert.equal(got.text, 'Ünïcode and 🐦 birds.', `cut at ${cut}`);
    assert.equal(got.thought, 'Hm, ');
    assert.equal(got.position, bytes('Hm, Ünïcode and 🐦 birds.'));
  }
});

test('what was shown before is not shown again, even when the server begins earlier', async () => {
  const events = journal(words, done);
  answerWith((call) => streamed(events.map((e) => e.wire), call));
  const got = await read(events[1]!.id);
  assert.deepEqual([got.text, got.thought], ['and 🐦 birds.', '']);
});

test('a gap is not papered over: the missing part is asked for', async () => {
  const events = journal(words, done);
  let first = true;
  answerWith((call) => {
    const rest = events.filter((e) => e.id > fromOf(call));
    const sent = first ? [rest[0]!, rest[2]!, rest[3]!] : rest;
    first = false;
    return streamed(sent.map((e) => e.wire), call);
  });
  const got = await read();
  assert.equal(got.text, 'Ünïcode and 🐦 birds.');
  assert.equal(fromOf(calls[1]!), events[0]!.id);
});

test('a server that is away is asked again; one that knows no such turn is not', async () => {
  const events = journal(words, { type: 'interrupted' });
  let tries = 0;
  answerWith((call) => {
    tries++;
    if (tries === 1) throw new TypeError('fetch failed');
    if (tries === 2) return json({ error: 'Starting.', code: 'unavailable' }, 503);
    if (tries === 3) return streamed([': restart\n\n'], call);
    return streamed(events.map((e) => e.wire), call);
  });
  const got = await read();
  assert.equal(got.end.state, 'interrupted');
  assert.equal(tries, 4);
  answerWith(() => json({ error: 'No such turn.', code: 'not_found' }, 404));
  assert.equal((await read()).end.state, 'unknown');
  assert.equal(calls.length, 1);
  answerWith(() => new Response(null, { status: 204 }));
  assert.equal((await read(9)).end.state, 'unknown');
});

test('an end with an error carries its code, its words and how long to wait', async () => {
  const events = journal([{ text: 'half' }], { type: 'error', code: 'provider_rate_limited', error: 'Slow down.', retry_after: 7 });
  answerWith((call) => streamed(events.map((e) => e.wire), call));
  const got = await read();
  assert.equal(got.text, 'half');
  assert.deepEqual(got.end.error, { code: 'provider_rate_limited', message: 'Slow down.', retryAfter: 7 });
});
