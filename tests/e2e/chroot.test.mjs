// One file that needs nothing: it is static, small, lean, quick, and runs in an empty root.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { describe, it } from 'node:test';
import { binary, freePort, request, residentKib, run, runToEnd, sleep, startServer, temporaryFolder, until } from './server.mjs';

const release = !/asan|tsan|debug/.test(binary);
const root = process.getuid() === 0;

describe('the release binary', { skip: release ? false : 'NOT RUN: this is no release build' }, () => {
  it('is static', async () => {
    const { stdout, stderr } = await runToEnd('ldd', [binary]);
    assert.match(stdout + stderr, /statically linked|not a dynamic executable/);
  });
  it('is at most 10 MB', () => assert.ok(statSync(binary).size <= 10e6, `${statSync(binary).size} bytes`));
  it('takes at most 10 MB when idle', async () => {
    const server = await startServer({ env: { FLASK_ENV: 'development' } });
    for (let i = 0; i < 20; ++i) await request(server, 'GET', '/');
    await sleep(300);
    assert.ok(residentKib(server.pid) <= 10 * 1024, `${residentKib(server.pid)} KiB`);
    await server.stop();
  });
  // The processor's time, because the clock's depends on what else the machine does; the benchmark measures the latter.
  it('answers after 20 ms of work at most (median of nine)', async () => {
    const workMs = (pid) => readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1e6, 0);
    const times = [];
    for (let i = 0; i < 9; ++i) {
      const dir = temporaryFolder();
      const port = await freePort();
      const begun = process.hrtime.bigint();
      const child = run(binary, [], { cwd: dir, env: { PATH: process.env.PATH, HOME: dir, PORT: String(port), LOCAL_DISCOVERY: 'false' } });
      for (;;) {
        const reply = await request({ port }, 'GET', '/api/health', { timeout: 2000 }).catch(() => null);
        if (reply?.status === 200) break;
        assert.ok(Number(process.hrtime.bigint() - begun) < 5e9, 'no answer in 5 s');
      }
      times.push(workMs(child.pid));
      child.kill('SIGTERM');
      await child.exited;
    }
    const median = times.sort((a, b) => a - b)[4];
    assert.ok(median <= 20, `${times.map((ms) => ms.toFixed(1))} ms`);
  });
  it('answers from an empty root', { skip: root ? false : 'NOT RUN: chroot needs root' }, async () => {
    const dir = temporaryFolder();
    mkdirSync(`${dir}/tmp`);
    copyFileSync(binary, `${dir}/whinchat`);
    chmodSync(`${dir}/whinchat`, 0o755);
    const port = await freePort();
    const child = run('/usr/sbin/chroot', [dir, '/whinchat'], { env: { PORT: String(port), LOCAL_DISCOVERY: 'false' } });
    try {
      const reply = await until(() => request({ port }, 'GET', '/api/health').catch(() => { assert.equal(child.child.exitCode, null, child.stderr()); }), 5000, 'an answer');
      assert.equal(reply.json().status, 'healthy');
      assert.equal((await request({ port }, 'GET', '/')).status, 200);
      const answer = await request({ port }, 'POST', '/api/chat', { body: { message: 'hello' } });
      assert.equal(answer.status, 200);
    } finally {
      child.kill('SIGTERM');
      await child.exited;
    }
  });
  it('has a non-executable stack, RELRO and position independence', () => {
    const { stdout } = spawnSync('readelf', ['-lWd', binary], { encoding: 'utf8' });
    assert.match(stdout, /GNU_RELRO/);
    assert.match(stdout, /DYN \(|Type:\s+DYN|PIE/);
    assert.match(stdout, /GNU_STACK.*RW /);
  });
});
