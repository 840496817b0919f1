// Backup, verify and restore from the command line, and what a start refuses.
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { binary, cleanEnvironment, freePort, request, runToEnd, startServer, temporaryFolder } from './server.mjs';

const whinchat = (dir, args, env = {}) => runToEnd(binary, args, { cwd: dir, env: cleanEnvironment(dir, { DATA_DIR: 'kept', ...env }) });
const serve = (dir, env = {}) => startServer({ dir, env: { DATA_DIR: 'kept', ...env } });

describe('backup, verify, restore', () => {
  it('a backup is made while the server serves, verifies, and is restored when it has stopped', async () => {
    const dir = temporaryFolder();
    const server = await serve(dir);
    const made = await whinchat(dir, ['backup', 'copy.db']);
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /copy\.db: \d+ users?, \d+ conversations?, \d+ messages?, \d+ KB, version \d+/);
    assert.equal(statSync(`${dir}/copy.db`).mode & 0o777, 0o600);
    assert.equal((await whinchat(dir, ['verify', 'copy.db'])).code, 0);

    const refused = await whinchat(dir, ['restore', 'copy.db']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /Another Whinchat is using/);
    assert.equal((await request(server, 'GET', '/api/health')).status, 200);
    await server.stop();

    const restored = await whinchat(dir, ['restore', 'copy.db']);
    assert.equal(restored.code, 0, restored.stderr);
    assert.match(restored.stdout, /kept as .*whinchat\.db\.replaced-/);
    assert.equal(readdirSync(`${dir}/kept`).filter((name) => name.includes('.replaced-')).length, 1);
    const again = await serve(dir);
    const { entries } = (await request(again, 'GET', '/api/admin/audit')).json();
    assert.deepEqual(entries.map((entry) => [entry.actor, entry.action, entry.target]), [['command line', 'backup restored', 'copy.db']]);
    assert.equal((await whinchat(dir, ['backup', 'copy.db'])).code, 0);
    const [newest] = (await request(again, 'GET', '/api/admin/audit')).json().entries;
    assert.deepEqual([newest.actor, newest.action, newest.target], ['command line', 'backup made', 'copy.db']);
    await again.stop();
  });
  it('a backup needs no server', async () => {
    const dir = temporaryFolder();
    await (await serve(dir)).stop();
    const { code, stderr } = await whinchat(dir, ['backup', 'copy.db']);
    assert.equal(code, 0, stderr);
  });
  it('what does not verify is refused and changes nothing', async () => {
    const dir = temporaryFolder();
    await (await serve(dir)).stop();
    assert.equal((await whinchat(dir, ['backup', 'good.db'])).code, 0);
    const bytes = readFileSync(`${dir}/good.db`);
    for (let at = 4096; at < bytes.length; at += 4096) bytes.fill(0xff, at, at + 16);
    writeFileSync(`${dir}/bad.db`, bytes, { mode: 0o600 });
    copyFileSync(`${dir}/good.db`, `${dir}/short.db`);
    writeFileSync(`${dir}/short.db`, readFileSync(`${dir}/good.db`).subarray(0, 9000));
    const before = statSync(`${dir}/kept/whinchat.db`).mtimeMs;
    for (const file of ['bad.db', 'short.db', 'missing.db']) {
      for (const command of ['verify', 'restore']) {
        const { code, stdout, stderr } = await whinchat(dir, [command, file]);
        assert.equal(code, 1, `${command} ${file}`);
        assert.equal(stdout, '');
        assert.match(stderr, /^error: /);
      }
    }
    assert.equal(statSync(`${dir}/kept/whinchat.db`).mtimeMs, before);
  });
  it('a file that is no backup is not written over', async () => {
    const dir = temporaryFolder();
    await (await serve(dir)).stop();
    writeFileSync(`${dir}/letter.txt`, 'Dear all');
    assert.equal((await whinchat(dir, ['backup', 'letter.txt'])).code, 1);
    assert.equal(readFileSync(`${dir}/letter.txt`, 'utf8'), 'Dear all');
  });
  it('a command line without the file, or with too much, is explained and ends with 2', async () => {
    const dir = temporaryFolder();
    for (const args of [['backup'], ['verify'], ['restore'], ['backup', 'a', 'b']]) {
      const { code, stderr } = await whinchat(dir, args);
      assert.equal(code, 2, args.join(' '));
      assert.match(stderr, /--help/);
    }
    assert.ok(!existsSync(`${dir}/kept`));
  });
  it('works while settings that do not concern it are missing', async () => {
    const dir = temporaryFolder();
    await (await serve(dir)).stop();
    assert.equal((await whinchat(dir, ['backup', 'copy.db'], { FLASK_ENV: 'production' })).code, 0);
  });
});

describe('the data folder', () => {
  it('DATABASE_URL names the file', async () => {
    const dir = temporaryFolder();
    await (await serve(dir, { DATABASE_URL: 'sqlite:///app.db' })).stop();
    assert.ok(existsSync(`${dir}/app.db`));
    await (await serve(dir, { DATABASE_URL: `sqlite:///${dir}/other.db` })).stop();
    assert.ok(existsSync(`${dir}/other.db`));
  });
  it('a second server on the same data is refused in a sentence', async () => {
    const dir = temporaryFolder();
    const server = await serve(dir);
    const { code, stderr } = await whinchat(dir, [], { PORT: String(await freePort()) });
    assert.equal(code, 1);
    assert.match(stderr, /^error: Another Whinchat is using .*DATA_DIR\.$/m);
    await server.stop();
  });
  it('a server that was killed leaves no lock behind', async () => {
    const dir = temporaryFolder();
    await (await serve(dir)).stop('SIGKILL');
    await (await serve(dir)).stop();
  });
  it('databases of others, readable ones and folders that cannot be are refused with what to do', async () => {
    const dir = temporaryFolder();
    await (await serve(dir)).stop();
    chmodSync(`${dir}/kept/whinchat.db`, 0o644);
    const readable = await whinchat(dir, [], { PORT: '0' });
    assert.equal(readable.code, 1);
    assert.match(readable.stderr, /chmod 600 .*whinchat\.db/);
    writeFileSync(`${dir}/text.db`, 'x'.repeat(10000), { mode: 0o600 });
    const foreign = await whinchat(dir, [], { PORT: '0', DATABASE_URL: 'sqlite:///text.db' });
    assert.equal(foreign.code, 1);
    assert.match(foreign.stderr, /damaged, or no database/);
    assert.equal(readFileSync(`${dir}/text.db`, 'utf8'), 'x'.repeat(10000));
    const nowhere = await whinchat(dir, [], { PORT: '0', DATA_DIR: '/proc/whinchat' });
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.stderr, /DATA_DIR/);
    const server = await whinchat(dir, [], { PORT: '0', DATABASE_URL: 'postgresql://me:secret@db/chat' });
    assert.equal(server.code, 1);
    assert.match(server.stderr, /DATABASE_URL.*SQLite/);
    assert.doesNotMatch(server.stderr, /secret/);
  });
  it('a database that may be read alone is refused with the reason, and is as it was', { skip: process.getuid() === 0 ? false : 'NOT RUN: mounting needs root' }, async () => {
    const dir = temporaryFolder();
    await (await serve(dir)).stop();
    const file = `${dir}/kept/whinchat.db`;
    const before = readFileSync(file);
    const refused = async (words, mount) => {
      const mounts = (args) => assert.equal(spawnSync('mount', args).status, 0);
      mounts(['--bind', mount, mount]);
      try {
        mounts(['-o', 'remount,bind,ro', mount]);
        const { code, stderr } = await whinchat(dir, [], { PORT: '0' });
        assert.equal(code, 1);
        assert.match(stderr, words);
        assert.equal((await whinchat(dir, ['verify', file])).code, 0, 'it can be looked at');
      } finally {
        spawnSync('umount', ['-l', mount]);
      }
    };
    await refused(/whinchat\.db cannot be written: the file, or the disk that it is on, is read-only/, file);
    await refused(/cannot open .*data\.lock: Read-only file system\. Set DATA_DIR/, `${dir}/kept`);
    assert.deepEqual(readFileSync(file), before);
    await (await serve(dir)).stop();
  });
});
