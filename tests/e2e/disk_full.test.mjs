// The server on a full disk: writing is refused with 507 and its code, reading goes on, writing goes on within 5 s of there
// being space, and nothing acknowledged is lost, also not by a kill afterwards.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { it } from 'node:test';
import { post, request, startServer, temporaryFolder, until } from './server.mjs';

const root = process.getuid() === 0;
const create = (server, title) => post(server, '/api/conversations', { title });

it('a full disk answers 507 to what writes, goes on reading, and recovers by itself', { skip: root ? false : 'NOT RUN: mounting a tmpfs needs root' }, async () => {
  const disk = temporaryFolder();
  assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m,mode=700', 'tmpfs', disk]).status, 0);
  try {
    const env = { DATA_DIR: disk, BACKUP_DAILY: 'false' };
    const server = await startServer({ env });
    writeFileSync(`${disk}/filler`, Buffer.alloc(2 << 20));
    const kept = [];
    let full;
    for (let i = 0; i < 20000 && !full; ++i) {
      const reply = await create(server, `${i} ${'a long title '.repeat(12)}`);
      if (reply.status === 201) kept.push(reply.json().id);
      else full = reply;
    }
    assert.equal(full?.status, 507, full?.text);
    assert.equal(full.json().code, 'storage_full');
    assert.ok(kept.length > 10);
    assert.equal((await request(server, 'GET', '/api/conversations?limit=5')).status, 200);
    assert.equal((await request(server, 'GET', `/api/conversations/${kept.at(-1)}`)).status, 200);
    assert.equal((await request(server, 'GET', '/api/health')).status, 200);

    rmSync(`${disk}/filler`);
    await until(async () => {
      const reply = await create(server, 'after');
      if (reply.status === 201) kept.push(reply.json().id);
      return reply.status === 201;
    }, 5000, 'writing to go on');
    await server.stop('SIGKILL');

    const again = await startServer({ env });
    for (const id of kept) assert.equal((await request(again, 'GET', `/api/conversations/${id}`)).status, 200, id);
    await again.stop();
  } finally {
    spawnSync('umount', ['-l', disk]);
  }
});
