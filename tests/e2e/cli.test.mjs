// The program as a Unix program: help, version, check, exit codes, flags, .env, refusals in words.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { binary, chat, cleanEnvironment, freePort, openaiKey, request, runToEnd, startFake, startServer, temporaryFolder, until } from './server.mjs';

async function whinchat(args, { env = {}, dir = temporaryFolder(), files = {}, bound } = {}) {
  for (const [name, [text, mode]] of Object.entries(files)) {
    writeFileSync(`${dir}/${name}`, text);
    chmodSync(`${dir}/${name}`, mode);
  }
  return runToEnd(binary, args, { cwd: dir, env: cleanEnvironment(dir, env), bound });
}

describe('words on the terminal', { concurrency: 4 }, () => {
  it('--help goes to stdout, is complete and readable', async () => {
    const { code, stdout, stderr } = await whinchat(['--help']);
    assert.equal(code, 0);
    assert.equal(stderr, '');
    for (const word of ['--port', '--host', '--tls-cert-file', '--trusted-proxies', 'OPENAI_API_KEY', 'ANTHROPIC_API_KEY', 'RATELIMIT_PER_MINUTE', 'DRAIN_SECONDS', 'check', '--version']) {
      assert.ok(stdout.includes(word), `no ${word}`);
    }
    assert.ok(stdout.split('\n').every((line) => line.length <= 120), 'lines of at most 120 signs');
    assert.doesNotMatch(stdout, /\x1b/, 'no colours into a pipe');
    for (const name of ['FLASK_ENV', 'SECRET_KEY', 'SESSION_COOKIE_SECURE', 'SESSION_LIFETIME', 'LOG_LEVEL', 'LOG_FILE', 'DEFAULT_MODEL', 'MAX_TOKENS', 'TEMPERATURE', 'STREAM_ENABLED', 'CORS_ORIGINS', 'REDIS_URL']) {
      assert.ok(stdout.includes(name), `no ${name}`);
    }
  });
  it('-h is --help', async () => assert.equal((await whinchat(['-h'])).stdout, (await whinchat(['--help'])).stdout));
  it('--version names every linked library', async () => {
    const { code, stdout } = await whinchat(['--version']);
    assert.equal(code, 0);
    assert.match(stdout, /^whinchat \d+\.\d+\.\d+/);
    for (const library of [/cpp-httplib \S*0\.41\.0/i, /OpenSSL \d+\.\d+/i, /nlohmann\S*(\/| )?\S* ?3\.\d+/i, /Boost .*1\.\d+/i, /c-ares 1\.\d+/i, /SQLite 3\.\d+/, /zlib 1\.\d+/, /minizip 1\.\d+/, /libargon2 \S+/, /libstdc\+\+ of GCC \d+/, /glibc 2\.\d+/]) assert.match(stdout, library);
  });
  it('unknown flags and words are refused with a hint', async () => {
    for (const args of [['--prot=5000'], ['-x'], ['serve-all'], ['check', '--nope'], ['--port']]) {
      const { code, stdout, stderr } = await whinchat(args);
      assert.ok(code === 1 || code === 2, `${args.join(' ')}: ${code}`);
      assert.equal(stdout, '');
      assert.match(stderr, /--help/);
      assert.match(stderr, new RegExp(args.at(-1).replace(/=.*/, '').replace(/^-+/, '')));
    }
  });
  it('values that cannot be are refused by name', async () => {
    for (const [name, value] of [['PORT', 'abc'], ['PORT', '70000'], ['MAX_TOKENS', '-5'], ['TEMPERATURE', 'hot'], ['RATELIMIT_PER_MINUTE', '0x'], ['TRUSTED_PROXIES', '10.0.0.0/99'], ['LOG_LEVEL', 'LOUD'], ['FLASK_ENV', 'prod'], ['OPENAI_BASE_URL', 'ftp://x'], ['OPENAI_API', 'both'], ['DRAIN_SECONDS', 'soon'], ['SESSION_COOKIE_SAMESITE', 'Loose']]) {
      const { code, stderr } = await whinchat(['check'], { env: { OPENAI_API_KEY: openaiKey, [name]: value } });
      assert.equal(code, 1, `${name}=${value}: ${stderr}`);
      assert.ok(stderr.includes(name), `${name}: ${stderr}`);
    }
  });
});

describe('check', { concurrency: 4 }, () => {
  it('says ok with 0', async () => {
    const { code, stdout, stderr } = await whinchat(['check'], { env: { OPENAI_API_KEY: openaiKey } });
    assert.equal(code, 0, stderr);
    assert.ok((stdout + stderr).length > 5);
    assert.ok(!(stdout + stderr).includes(openaiKey));
  });
  it('names everything that production lacks, with 1', async () => {
    const { code, stdout, stderr } = await whinchat(['check'], { env: { FLASK_ENV: 'production' } });
    assert.equal(code, 1);
    assert.match(stdout + stderr, /SECRET_KEY/);
    assert.match(stdout + stderr, /OPENAI_API_KEY/);
  });
  it('does not listen', async () => {
    const port = await freePort();
    const taken = await startServer({ port });
    assert.equal((await whinchat(['check'], { env: { PORT: String(port) } })).code, 0);
    await taken.stop();
  });
});

describe('starting', { concurrency: 4 }, () => {
  it('prints one line with the address, logs go to stderr', async () => {
    const server = await startServer({ env: { FLASK_ENV: 'development' } });
    await until(() => server.stdout().includes('\n'), 2000, 'a line on stdout');
    assert.equal(server.stdout().trim().split('\n').length, 1, server.stdout());
    assert.ok(server.stdout().includes(`http://localhost:${server.port}`), server.stdout());
    await server.stop();
  });
  it('a port in use is said, with 1', async () => {
    const server = await startServer();
    const { code, stderr } = await whinchat([], { env: { PORT: String(server.port) } });
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`${server.port}.*(in use|already)|(in use|already).*${server.port}`, 's'));
    await server.stop();
  });
  it('production without SECRET_KEY and provider does not start and names both', async () => {
    const { code, stderr } = await whinchat([], { env: { FLASK_ENV: 'production', PORT: String(await freePort()) } });
    assert.equal(code, 1);
    assert.match(stderr, /SECRET_KEY/);
    assert.match(stderr, /OPENAI_API_KEY|ANTHROPIC_API_KEY/);
  });
  it('production does not take the guide\'s placeholder secret', async () => {
    for (const secret of ['dev-secret-key-change-in-production', 'generate-a-strong-secret-key-here', 'short']) {
      const { code, stderr } = await whinchat([], { env: { FLASK_ENV: 'production', SECRET_KEY: secret, OPENAI_API_KEY: openaiKey, PORT: String(await freePort()) } });
      assert.equal(code, 1, secret);
      assert.match(stderr, /SECRET_KEY/);
      assert.ok(!stderr.includes(openaiKey));
    }
  });
  it('a key file that others may read is refused with the chmod line', async () => {
    for (const [name, flag] of [['.env', []], ['key.pem', ['--tls-key-file=key.pem', '--tls-cert-file=cert.pem', `--tls-port=${await freePort()}`]]]) {
      const dir = temporaryFolder();
      await runToEnd('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${dir}/key.pem`, '-out', `${dir}/cert.pem`, '-days', '2', '-subj', '/CN=localhost']);
      const text = name === '.env' ? `OPENAI_API_KEY=${openaiKey}\n` : readFileSync(`${dir}/key.pem`, 'utf8');
      const { code, stderr } = await whinchat(flag, { dir, files: { [name]: [text, 0o644] }, env: { PORT: String(await freePort()) } });
      assert.equal(code, 1, `${name}: ${stderr}`);
      assert.match(stderr, new RegExp(`chmod (600|go-rwx|0600|go=) .*${name.replace('.', '\\.')}`));
    }
  });
  it('a public bind without TLS and proxy warns loudly', async () => {
    const server = await startServer({ env: { HOST: '0.0.0.0', FLASK_ENV: 'development' } });
    await until(() => /warn/i.test(server.stdout() + server.stderr()), 3000, 'a warning');
    assert.match(server.stdout() + server.stderr(), /TLS|HTTPS|TRUSTED_PROXIES/);
    await server.stop();
  });
  it('binds loopback only, IPv6 too', async () => {
    const server = await startServer();
    const ports = readFileSync('/proc/net/tcp', 'utf8') + readFileSync('/proc/net/tcp6', 'utf8');
    const hex = server.port.toString(16).toUpperCase().padStart(4, '0');
    const listening = ports.split('\n').filter((line) => line.split(/\s+/)[4] === '0A' && line.includes(`:${hex} `)).map((line) => line.trim().split(/\s+/)[1].split(':')[0]);
    assert.ok(listening.length >= 1);
    for (const address of listening) assert.ok(['0100007F', '00000000000000000000000001000000'].includes(address), address);
    await server.stop();
  });
});

describe('where settings come from', () => {
  it('.env is read; the environment wins over it; a flag wins over both', async () => {
    const fake = await startFake(['--chunks', '1']);
    const env = { OPENAI_API_KEY: undefined, OPENAI_BASE_URL: undefined, RATELIMIT_PER_HOUR: '222', FLASK_ENV: undefined };
    const server = await startServer({
      env, args: ['--ratelimit-per-day=333'],
      files: { '.env': `# a comment\nexport OPENAI_API_KEY="${openaiKey}"\nOPENAI_BASE_URL='${fake.openaiUrl}'\nRATELIMIT_PER_MINUTE=11\nRATELIMIT_PER_HOUR=22\nRATELIMIT_PER_DAY=33  # a comment\nFLASK_DEBUG=True\nDATABASE_URL=sqlite:///app.db\n` },
    });
    assert.deepEqual((await request(server, 'GET', '/api/rate-limit')).json().limits, { per_minute: 11, per_hour: 222, per_day: 333 });
    assert.equal((await chat(server, { message: 'a' })).status, 200);
    assert.equal((await fake.chats())[0].headers.authorization, `Bearer ${openaiKey}`);
    await server.stop();
    await fake.stop();
  });
  it('the guide\'s whole .env.example works unchanged', async () => {
    const guide = `${process.env.INTEGRATION_GUIDE ?? `${new URL('../../..', import.meta.url).pathname}shared/spec/integration-guide.md`}`;
    if (!existsSync(guide)) { console.error(`NOT RUN: no guide at ${guide}`); return; }
    const text = readFileSync(guide, 'utf8').split('### 2. .env.example')[1].split('```bash')[1].split('```')[0];
    const server = await startServer({ files: { '.env': text }, env: { FLASK_ENV: undefined } });
    assert.deepEqual((await request(server, 'GET', '/api/rate-limit')).json().limits, { per_minute: 10, per_hour: 100, per_day: 500 });
    assert.equal((await request(server, 'GET', '/api/health')).json().services.demo, true);  // its keys are placeholders, so the demo answers
    await server.stop();
  });
  it('logs are JSON lines with the guide\'s fields in LOG_FILE, whose folder is made', async () => {
    const server = await startServer({ env: { LOG_FILE: 'deep/er/app.log', FLASK_ENV: 'development' } });
    await request(server, 'GET', '/api/health');
    await chat(server, { message: 'the secret of my life' });
    const file = `${server.dir}/deep/er/app.log`;
    await until(() => existsSync(file) && readFileSync(file, 'utf8').includes('\n'), 2000, 'a log line');
    for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
      const entry = JSON.parse(line);
      for (const field of ['timestamp', 'name', 'level', 'message']) assert.equal(typeof entry[field], 'string', `${field} in ${line}`);
    }
    await server.stop();
    assert.doesNotMatch(server.everything(), /secret of my life/);
  });
  it('NO_COLOR: not one escape sequence, even on a terminal', async () => {
    const dir = temporaryFolder();
    const env = cleanEnvironment(dir, { PORT: String(await freePort()), TERM: 'xterm-256color', NO_COLOR: '1' });
    const { stdout } = await runToEnd('script', ['-qec', `timeout -s TERM 1.5 ${binary}`, '/dev/null'], { cwd: dir, env });
    assert.ok(stdout.length > 10);
    assert.doesNotMatch(stdout, /\x1b\[/);
  });
  it('without any provider the demo answers and says that it is one', async () => {
    const server = await startServer({ env: { FLASK_ENV: 'development' } });
    const models = (await request(server, 'GET', '/api/models')).json();
    assert.ok(Object.keys(models).includes('demo'), Object.keys(models).join());
    assert.ok(Array.isArray(models.openai) && Array.isArray(models.claude));
    const reply = await chat(server, { message: 'hello' });
    assert.equal(reply.status, 200, reply.text);
    assert.match(reply.json().message, /demo/i);
    assert.match(reply.json().message, /OPENAI_API_KEY|API key/);
    await server.stop();
  });
  it('files it writes are for the owner alone', async () => {
    const dir = temporaryFolder();
    mkdirSync(`${dir}/logs`);
    const server = await startServer({ dir, env: { FLASK_ENV: 'development' } });
    await chat(server, { message: 'a' });
    await until(() => existsSync(`${dir}/logs/app.log`), 2000, 'the log');
    const { stdout } = await runToEnd('find', [dir, '-type', 'f', '-perm', '/077']);
    assert.equal(stdout, '');
    await server.stop();
  });
});
