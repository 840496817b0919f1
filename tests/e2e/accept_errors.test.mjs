// Errors of accept() must not close the door: they are made with strace and the server must answer within a second.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import net from 'node:net';
import { describe, it } from 'node:test';
import { binary, request, sleep, startServer, until } from './server.mjs';

const works = spawnSync('strace', ['-o', '/dev/null', '-e', 'trace=none', 'true']).status === 0;
const skip = works ? false : 'NOT RUN: strace is not installed or may not trace here';
if (skip) console.error(`accept_errors: ${skip}`);

describe('accept() fails', { skip, concurrency: 3 }, () => {
  for (const error of ['ENFILE', 'EMFILE', 'ECONNABORTED', 'ENOBUFS', 'ENOMEM', 'EPROTO', 'EINTR', 'EPERM']) {
    it(`${error}: the server goes on within a second`, async () => {
      // With -D the started process is the server itself and strace its grandchild: ending it ends both.
      const server = await startServer({
        command: ['strace', '-D', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=accept,accept4', '-e', `inject=accept,accept4:error=${error}:when=4..6`, binary],
        bound: 15000,
      });
      try {
        const begun = Date.now();
        let failures = 0;
        for (let i = 0; i < 12; ++i) {
          await request(server, 'GET', '/api/health', { timeout: 2000 }).then((reply) => assert.equal(reply.status, 200), () => { ++failures; });
        }
        assert.ok(failures <= 3, `${failures} of 12 requests failed`);
        assert.ok(Date.now() - begun < 5000);
        await until(async () => (await request(server, 'GET', '/api/health', { timeout: 1000 }).catch(() => null))?.status === 200, 1000, 'an answer a second later');
      } finally {
        await server.stop('SIGTERM');
      }
    });
  }

  it('with every descriptor in use it neither spins nor dies, and answers when some are free', async () => {
    const server = await startServer({ command: ['prlimit', '--nofile=64:64', binary] });
    const held = [];
    for (let i = 0; i < 80; ++i) {
      const socket = net.connect(server.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write('GET / HTTP/1.1\r\n');
      held.push(socket);
    }
    await sleep(300);
    const ticks = () => Number(spawnSync('awk', ['{print $14+$15}', `/proc/${server.pid}/stat`]).stdout);
    const before = ticks();
    await sleep(1000);
    assert.ok(ticks() - before <= 10, `${ticks() - before} hundredths of a second of CPU in one second`);
    for (const socket of held) socket.destroy();
    await until(async () => (await request(server, 'GET', '/api/health', { timeout: 1000 }).catch(() => null))?.status === 200, 2000, 'an answer');
    await server.stop();
  });
});
