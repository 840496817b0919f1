// Files beside messages on the real binary: what providers get is what was uploaded, whoever it is not for does not see it,
// and it survives copies, exports, restarts.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { request, startFake, startServer, temporaryFolder } from './server.mjs';
import { ask, begin, ended, makeId, newConversation, open, own } from './turns.mjs';

const png = Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), randomBytes(300_001)]);
const pdf = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(5000)]);
const notes = '# Notes\n\nThe word is "whinchat". żółć 😀\n';

const upload = (server, name, bytes, { id, type = '' } = {}) => request(server, 'POST', `/api/attachments?${new URLSearchParams({ name, type, ...(id && { id }) })}`, {
  body: bytes, headers: { ...own, 'Content-Type': 'application/octet-stream' },
});
async function uploaded(server, name, bytes) {
  const reply = await upload(server, name, Buffer.from(bytes));
  assert.equal(reply.status, 201, reply.text);
  return reply.json().id;
}

let fake;
let server;
let responses;
const data = path.join(temporaryFolder(), 'data');
let env;
before(async () => {
  fake = await startFake();
  env = { DATA_DIR: data, DEFAULT_MODEL: 'gpt-4o', GROQ_API_KEY: 'gsk-not-a-key', GROQ_BASE_URL: fake.openaiUrl, GROQ_MODEL: 'openai/gpt-oss-120b' };
  server = await startServer({ fake, env });
  responses = await startServer({ fake, env: { DATA_DIR: path.join(temporaryFolder(), 'data'), OPENAI_API: 'responses' } });
});
after(async () => {
  await Promise.all([server?.stop(), responses?.stop()]);
  await fake?.stop();
});

// Asks with files; gives the request that the provider got.
async function askWith(on, body, files) {
  const conversation = await newConversation(on);
  const attachments = [];
  for (const [name, bytes] of files) attachments.push(await uploaded(on, name, bytes));
  const begun = await begin(on, conversation, { ...body, attachments });
  assert.equal(begun.status, 202, JSON.stringify(begun.json));
  await ended(on, begun.id);
  const marked = (await fake.chats()).find((entry) => entry.body.includes(body.message));
  return { conversation, begun, sent: JSON.parse(marked.body), attachments };
}

describe('what a provider gets', () => {
  it('is the picture as it was and the text between marks, in Chat Completions', async () => {
    const { sent } = await askWith(server, { message: 'what is this one?', model: 'gpt-4o' }, [['pet.png', png], ['notes.md', notes]]);
    const { content } = sent.messages.at(-1);
    assert.equal(content[0].type, 'image_url');
    assert.ok(content[0].image_url.url === `data:image/png;base64,${png.toString('base64')}`, 'the picture differs');
    assert.equal(content[1].text, `<attached-file name="notes.md">\n${notes}\n</attached-file>\n\nwhat is this one?`);
    assert.equal(content.length, 2);
  });

  it('is a picture and a document in Responses', async () => {
    const { sent } = await askWith(responses, { message: 'what is this two?', model: 'gpt-6.1-terra' }, [['pet.png', png], ['a.pdf', pdf]]);
    const { content } = sent.input.at(-1);
    assert.deepEqual(content.map((part) => part.type), ['input_image', 'input_file', 'input_text']);
    assert.ok(content[0].image_url === `data:image/png;base64,${png.toString('base64')}`);
    assert.ok(content[1].file_data === `data:application/pdf;base64,${pdf.toString('base64')}`);
    assert.equal(content[1].filename, 'a.pdf');
  });

  it('is a picture and a document in Messages', async () => {
    const { sent } = await askWith(server, { message: 'what is this three?', provider: 'claude', model: 'claude-sonnet-5-5' }, [['pet.png', png], ['a.pdf', pdf]]);
    const { content } = sent.messages.at(-1);
    assert.deepEqual(content.map((part) => part.type), ['image', 'document', 'text']);
    assert.ok(content[0].source.data === png.toString('base64'));
    assert.equal(content[0].source.media_type, 'image/png');
    assert.ok(content[1].source.data === pdf.toString('base64'));
  });

  it('comes along in the next question and in another answer, as long as it is on the way', async () => {
    const { conversation, begun } = await askWith(server, { message: 'first of two', model: 'gpt-4o' }, [['pet.png', png]]);
    await fake.reset();
    const next = await begin(server, conversation, { message: 'second of two', model: 'gpt-4o', parent_id: begun.messageId });
    await ended(server, next.id);
    const again = await begin(server, conversation, { kind: 'regenerate', parent_id: begun.userMessageId, model: 'gpt-4o' });
    await ended(server, again.id);
    const bodies = (await fake.chats()).map((entry) => JSON.parse(entry.body)).filter((body) => !/^You name/.test(body.messages[0].content));
    assert.equal(bodies.length, 2);
    for (const body of bodies) assert.equal(body.messages[1].content[0].type, 'image_url');
  });
});

describe('a model that cannot read it', () => {
  it('is not asked, and nothing is stored', async () => {
    const conversation = await newConversation(server);
    const picture = await uploaded(server, 'pet.png', png);
    const before = (await fake.chats()).length;
    const blind = await begin(server, conversation, { message: 'see', provider: 'groq', attachments: [picture] });
    assert.equal(blind.status, 400);
    assert.match(blind.json.error, /cannot see pictures/);
    const document = await uploaded(server, 'a.pdf', pdf);
    const unread = await begin(server, conversation, { message: 'read', model: 'gpt-4o', attachments: [document] });
    assert.equal(unread.status, 400);
    assert.match(unread.json.error, /PDF/);
    assert.equal((await fake.chats()).length, before);
    assert.equal((await open(server, conversation)).messages.length, 0);
    assert.equal((await ask(server, 'DELETE', `/api/attachments/${picture}`)).status, 204);
  });
});

describe('a stored file', () => {
  it('is given back under headers that no browser runs it with, and survives a restart', async () => {
    const { conversation, attachments } = await askWith(server, { message: 'keep this safe', model: 'gpt-4o' }, [['page.html', '<script>alert(1)</script>'], ['pet.png', png]]);
    await server.stop();
    server = await startServer({ fake, env });
    const page = await ask(server, 'GET', `/api/attachments/${attachments[0]}`);
    assert.equal(page.headers['content-type'], 'application/octet-stream');
    assert.match(page.headers['content-disposition'], /^attachment; filename="page\.html"/);
    assert.equal(page.headers['x-content-type-options'], 'nosniff');
    assert.match(page.headers['content-security-policy'], /sandbox/);
    const picture = await ask(server, 'GET', `/api/attachments/${attachments[1]}`);
    assert.ok(picture.bytes.equals(png));
    const same = await request(server, 'GET', `/api/attachments/${attachments[1]}`, { headers: { ...own, 'If-None-Match': picture.headers.etag } });
    assert.equal(same.status, 304);
    assert.equal(same.bytes.length, 0);
    const { messages } = await open(server, conversation);
    assert.deepEqual(messages[0].attachments.map(({ name, kind, bytes }) => ({ name, kind, bytes })), [{ name: 'page.html', kind: 'text', bytes: 25 }, { name: 'pet.png', kind: 'image', bytes: png.length }]);
    const copy = (await ask(server, 'POST', `/api/conversations/${conversation}/fork`, { message_id: messages[0].id })).json();
    const copied = (await open(server, copy.id)).messages[0].attachments[1];
    assert.notEqual(copied.id, attachments[1]);
    assert.ok((await ask(server, 'GET', `/api/attachments/${copied.id}`)).bytes.equals(png));
  });

  it('goes out and comes in again with the ZIP', async () => {
    const zip = (await ask(server, 'GET', '/api/export')).bytes;
    const other = await startServer({ fake, env: { DATA_DIR: path.join(temporaryFolder(), 'data') } });
    const report = await request(other, 'POST', '/api/import', { body: zip, headers: { ...own, 'Content-Type': 'application/zip' } });
    assert.equal(report.status, 200, report.text);
    const { conversations } = (await ask(other, 'GET', '/api/conversations?limit=100')).json();
    const files = [];
    for (const { id } of conversations) for (const message of (await open(other, id)).messages) files.push(...(message.attachments ?? []));
    assert.ok(files.length >= 5, `${files.length} files`);
    const picture = files.find((file) => file.name === 'pet.png');
    assert.ok((await ask(other, 'GET', `/api/attachments/${picture.id}`)).bytes.equals(png));
    await other.stop();
  });
});

describe('an upload', () => {
  it('is one file however often it is sent, and refused for what is none', async () => {
    const id = makeId();
    assert.equal((await upload(server, 'a.txt', Buffer.from('one'), { id })).status, 201);
    assert.equal((await upload(server, 'a.txt', Buffer.from('one'), { id })).status, 200);
    assert.equal((await upload(server, 'a.txt', Buffer.from('two'), { id })).status, 409);
    for (const [bytes, type, status] of [['<svg/>', 'image/svg+xml', 415], [randomBytes(100), '', 415], ['', '', 400], [Buffer.alloc(11 << 20, 'a'), '', 413], [Buffer.alloc(600_000, 'a'), '', 413]]) {
      const reply = await upload(server, 'x', Buffer.from(bytes), { type }).catch((error) => ({ status: 413, json: () => ({ error: String(error) }) })); // closed while it was sent
      assert.equal(reply.status, status, `${bytes.length} bytes ${type}`);
      assert.ok(reply.json().error);
    }
    const form = await request(server, 'POST', '/api/attachments?name=x', { body: 'x', headers: { ...own, 'Content-Type': 'text/plain' } });
    assert.equal(form.status, 415);
  });
});
