// kill -9 at random moments under 20 answers being written, again and again on the same data: nothing that was acknowledged
// is lost, nothing is there twice, what readers were shown is stored, and a cut answer can go on. KILL9_ROUNDS: how many.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sleep, startFake, startServer, temporaryFolder, within } from './server.mjs';
import { ask, begin, followTurn, makeId, newConversation, open, reader } from './turns.mjs';

const rounds = Number(process.env.KILL9_ROUNDS ?? 40);
const roundsAtOnce = 20;  // in one test, which has a time limit
const streams = 20;
const directive = (delay) => `fake:chunks=400,delay_ms=${delay}`;

let fake;
let server;
let expected;              // what the provider says, whole
const dir = temporaryFolder();
const acknowledged = [];   // { conversation, id, messageId, userMessageId, seen }: everything that got its 202
const restarts = [];       // ms from the start of the process to its first answer
let shownBytes = 0;
let storedBytes = 0;
let unsure = [];           // sent, but killed before the reply
let continued = 0;

async function start() {
  const began = performance.now();
  server = await startServer({ fake, env: { DATA_DIR: path.join(dir, 'data'), DEFAULT_MODEL: 'gpt-4o', LOG_LEVEL: 'WARNING' }, bound: 20000 });
  restarts.push(performance.now() - began);
}

before(async () => {
  fake = await startFake(['--no-log']);
  await start();
  const conversation = await newConversation(server);
  const begun = await begin(server, conversation, { message: directive(0), model: 'gpt-4o' });
  expected = (await followTurn(server, begun.id)).said;
  assert.ok(expected.length > 1000);
  await fake.directives('text=%20and%20on');  // for what carries none of its own: going on
});
after(async () => {
  await server?.stop();
  await fake?.stop();
  restarts.sort((a, b) => a - b);
  console.log(`kill -9: ${rounds} rounds, ${acknowledged.length} acknowledged turns, ${continued} continued, shown ${shownBytes} bytes, `
    + `stored ${storedBytes}; restart to healthy median ${restarts[restarts.length >> 1].toFixed(0)} ms, most ${restarts.at(-1).toFixed(0)} ms`);
});

// One question with a reader, as far as the server lives.
async function askOne(list, kill) {
  const entry = { id: makeId() };
  try {
    entry.conversation = await newConversation(server);
    unsure.push(entry);
    const begun = await begin(server, entry.conversation, { id: entry.id, message: directive(1 + Math.floor(Math.random() * 6)), model: 'gpt-4o' });
    assert.equal(begun.status, 202, JSON.stringify(begun.json));
    unsure.splice(unsure.indexOf(entry), 1);
    Object.assign(entry, { messageId: begun.messageId, userMessageId: begun.userMessageId });
    acknowledged.push(entry);
    list.push(entry);
    entry.reader = reader(server, entry.id);
  } catch (error) {
    if (!kill.done) throw error;  // before the kill nothing may fail
  }
}

async function check(entry) {
  const { messages } = await open(server, entry.conversation);
  const ids = messages.map((message) => message.id);
  assert.equal(new Set(ids).size, ids.length, 'no message twice');
  assert.equal(messages.length, entry.continued ? 3 : 2, `messages of ${entry.conversation}`);
  const question = messages.find((message) => message.id === entry.userMessageId);
  assert.ok(question?.content.startsWith('fake:'), 'the question is there');
  const answer = messages.find((message) => message.id === entry.messageId);
  assert.ok(['interrupted', 'done'].includes(answer.state), answer.state);
  assert.ok(answer.usage.input_tokens > 0 && answer.usage.output_tokens >= 0, 'usage, told or estimated');
  if (answer.state === 'interrupted') assert.equal(answer.usage.estimated, true);
  assert.ok(expected.startsWith(answer.content), 'what is stored is what was said, nothing twice');
  assert.ok(answer.content.startsWith(entry.seen), `shown <= stored: ${entry.seen.length} shown, ${answer.content.length} stored`);
  return answer;
}

async function continueOne(entry, answer) {
  const id = makeId();
  const begun = await begin(server, entry.conversation, { id, kind: 'continue', parent_id: entry.messageId, model: 'gpt-4o' });
  assert.equal(begun.status, 202, JSON.stringify(begun.json));
  assert.equal((await followTurn(server, id)).said, `${answer.content} and on`);
  entry.continued = true;
  ++continued;
}

async function round() {
  const running = [];
  const kill = { done: false };
  const asking = Array.from({ length: streams }, () => askOne(running, kill));
  await sleep(30 + Math.random() * 250);
  kill.done = true;
  server.kill('SIGKILL');
  await server.exited;
  await Promise.all(asking);
  for (const entry of running) {
    if (entry.reader) await within(entry.reader.closed, 5000, 'a reader to end');
    entry.seen = entry.reader?.said() ?? '';
    shownBytes += entry.seen.length;
    delete entry.reader;
  }
  await start();
  for (const entry of running) {
    const answer = await check(entry);
    storedBytes += answer.content.length;
    if (!running.some((other) => other.continued) && answer.state === 'interrupted' && answer.content) await continueOne(entry, answer);
  }
  // What was sent and not answered may be there or not; sent again it is there once.
  for (const entry of unsure.splice(0).slice(0, 2)) {
    const again = await begin(server, entry.conversation, { id: entry.id, message: directive(0), model: 'gpt-4o' });
    assert.ok([200, 202, 409].includes(again.status), JSON.stringify(again.json));
    await ask(server, 'DELETE', `/api/turns/${entry.id}`);
    const { messages } = await open(server, entry.conversation);
    assert.equal(messages.length, 2);
  }
}

describe(`kill -9, ${rounds} rounds`, () => {
  for (let from = 0; from < rounds; from += roundsAtOnce) {
    const to = Math.min(from + roundsAtOnce, rounds);
    it(`rounds ${from + 1} to ${to}`, async () => {
      for (let i = from; i < to; ++i) await round();
    });
  }

  it('everything that was ever acknowledged is there', async () => {
    for (const entry of acknowledged) await check(entry);
    assert.ok(shownBytes > 0 && continued > 0);
    assert.ok(restarts.every((ms) => ms < 15000), 'a restart takes seconds at most');
  });
});
