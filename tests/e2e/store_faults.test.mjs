// The store under kill -9, a full disk and a failing one: nothing that was acknowledged is lost, nothing hangs, reading goes on,
// writing goes on by itself. Runs the store alone (tools/bench/store_bench.cpp), whose every acknowledgement is a line.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { repo, runToEnd, sleep, temporaryFolder, until } from './server.mjs';

const bench = process.env.STORE_BENCH_BIN || path.join(repo, 'build/release/store_bench');
const root = process.getuid() === 0;
const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const rounds = Number(process.env.KILL_ROUNDS || 20);

const children = new Set();
after(() => { for (const child of children) child.kill('SIGKILL'); });

// { acknowledged: Set of numbers, errors: [codes], reads: [words], kill(), end() }: grows while it runs.
function start(folder, before = [], writers = 8) {
  const [program, ...args] = [...before, bench, 'acknowledge', folder, String(writers)];
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const load = { child, acknowledged: new Set(), errors: [], reads: [], stderr: '', ready: false, lastLine: Date.now(), ended: false };
  let rest = '';
  child.stdout.on('data', (data) => {
    const lines = (rest + data).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      load.lastLine = Date.now();
      const [word, what] = line.split(' ');
      if (word === 'ready') load.ready = true;
      if (word === 'ok') load.acknowledged.add(what);
      if (word === 'error') load.errors.push(what);
      if (word === 'read') load.reads.push(what);
    }
  });
  child.stderr.on('data', (data) => { load.stderr += data; });
  child.stdin.on('error', () => {});
  children.add(child);
  load.exited = new Promise((done) => child.once('close', (code, signal) => { children.delete(child); load.ended = true; done({ code, signal }); }));
  load.kill = async () => { child.kill('SIGKILL'); await load.exited; };
  load.end = async () => {
    child.stdin.end();
    const hard = setTimeout(() => child.kill('SIGKILL'), 12000);
    const end = await load.exited;
    clearTimeout(hard);
    return end;
  };
  return load;
}

// Opens it again, reads all of it: the numbers that are there.
async function stored(folder) {
  const { code, stdout, stderr } = await runToEnd(bench, ['list', folder], { bound: 30000 });
  assert.equal(code, 0, stderr);
  const [state, ...numbers] = stdout.trim().split('\n');
  assert.equal(state, 'whole');
  assert.equal(new Set(numbers).size, numbers.length, 'nothing is there twice');
  return new Set(numbers);
}

function assertNoneLost(acknowledged, there) {
  const lost = [...acknowledged].filter((number) => !there.has(number));
  assert.deepEqual(lost, [], `${lost.length} of ${acknowledged.size} acknowledged are lost`);
}

describe('the store', { skip: existsSync(bench) ? false : `NOT RUN: no ${bench}` }, () => {
  it(`loses nothing acknowledged in ${rounds} rounds of kill -9`, async () => {
    const folder = temporaryFolder();
    const acknowledged = new Set();
    for (let round = 0; round < rounds; ++round) {
      const load = start(folder);
      await until(() => load.ready, 5000, `a start after kill number ${round}: ${load.stderr}`);
      await sleep(20 + Math.random() * 150);
      await load.kill();
      for (const number of load.acknowledged) acknowledged.add(number);
      assert.deepEqual(load.errors, []);
    }
    assert.ok(acknowledged.size > rounds * 10, `${acknowledged.size} acknowledged`);
    assertNoneLost(acknowledged, await stored(folder));
  });

  it('refuses writing on a full disk, reads, and goes on within 5 s of there being space', { skip: root ? false : 'NOT RUN: mounting a tmpfs needs root' }, async () => {
    const folder = temporaryFolder();
    assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'tmpfs', folder]).status, 0);
    try {
      mkdirSync(`${folder}/data`, { mode: 0o700 });
      writeFileSync(`${folder}/filler`, Buffer.alloc(2 << 20));
      const load = start(`${folder}/data`);
      await until(() => load.errors.includes('storage_full'), 30000, 'the disk to be full');
      await sleep(300);
      assert.deepEqual([...new Set(load.errors)], ['storage_full']);
      const reads = load.reads.length;
      await until(() => load.reads.length > reads + 5, 3000, 'reads while the disk is full');
      assert.deepEqual([...new Set(load.reads)], ['ok']);

      const before = load.acknowledged.size;
      rmSync(`${folder}/filler`);
      await until(() => load.acknowledged.size > before + 20, 5000, 'writing to go on');
      await load.kill();
      assertNoneLost(load.acknowledged, await stored(`${folder}/data`));
    } finally {
      spawnSync('umount', ['-l', folder]);
    }
  });

  it('starts on a full disk from the space put aside, and reads', { skip: root ? false : 'NOT RUN: mounting a tmpfs needs root' }, async () => {
    const folder = temporaryFolder();
    assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'tmpfs', folder]).status, 0);
    try {
      mkdirSync(`${folder}/data`, { mode: 0o700 });
      const first = start(`${folder}/data`, [], 1);
      await until(() => first.acknowledged.size > 20 && existsSync(`${folder}/data/ballast`), 10000, 'rows and the ballast');
      await first.end();
      for (let size = 1 << 20; size >= 512; size >>= 1) {  // to the last byte
        for (let i = 0; i < 16; ++i) try { writeFileSync(`${folder}/filler-${size}-${i}`, Buffer.alloc(size)); } catch { break; }
      }
      assertNoneLost(first.acknowledged, await stored(`${folder}/data`));
    } finally {
      spawnSync('umount', ['-l', folder]);
    }
  });

});

// Each in a folder of its own, and mostly waiting for the disk: several at once.
describe('the store on a failing disk', { concurrency: 4, skip: existsSync(bench) ? false : `NOT RUN: no ${bench}` }, () => {
  const faults = [];
  for (const [call, error] of [['fdatasync', 'EIO'], ['fsync', 'EIO'], ['pwrite64', 'EIO'], ['pwrite64', 'ENOSPC'], ['fdatasync', 'ENOSPC'], ['openat', 'EMFILE'], ['ftruncate', 'EIO']]) {
    for (const when of call === 'fdatasync' ? ['3', '40', '10+13'] : ['2', '120', '200+37']) faults.push([call, error, when]);
  }
  for (const [call, error, when] of faults) {
    it(`survives ${error} of ${call} at ${when}`, { skip: has('strace') ? false : 'NOT RUN: no strace' }, async () => {
      const folder = temporaryFolder();
      const warm = start(folder);  // the fault is for a database that exists
      await until(() => warm.acknowledged.size > 20, 10000, 'rows');
      await warm.end();
      const load = start(folder, ['strace', '-f', '-qqq', '-o', '/dev/null', '-e', `inject=${call}:error=${error}:when=${when}`, '-e', `trace=${call}`]);
      const end = Date.now() + 1500;
      while (Date.now() < end && !load.ended) {
        if (load.ready) assert.ok(Date.now() - load.lastLine < 10000, 'it hangs');
        await sleep(20);
      }
      if (load.ended) {  // the fault met the start: it says why it does not start
        assert.equal((await load.exited).code, 1, load.stderr);
        assert.ok(load.stderr.length > 10);
      } else {
        const before = load.acknowledged.size;
        if (!when.includes('+')) await until(() => load.acknowledged.size > before + 3, 8000, `writing to go on; ${load.errors.slice(-3)}`);
        for (const code of load.errors) assert.ok(['unavailable', 'storage_full'].includes(code), code);
        await load.kill();
      }
      const acknowledged = new Set([...warm.acknowledged, ...load.acknowledged]);
      assertNoneLost(acknowledged, await stored(folder));
    });
  }
});
