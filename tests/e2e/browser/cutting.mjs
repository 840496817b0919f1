// A TCP proxy before the real server that cuts connections where a test says. It understands just enough HTTP/1.1 to find
// the POST that begins a turn; everything else passes as it comes. RFC 9112 (2022).
import net from 'node:net';

const turnPost = /^POST \S*\/api\/conversations\/[\w-]+\/turns HTTP/;

// plan(text) → undefined, or { request: n } (n bytes of the request reach the server), or { reply: n } (n bytes of the reply
// reach the browser), or { hold: async () => ... } before the request goes on, or { holdReply: ... } before the reply does.
// Asked once for each turn's POST. leave(): every connection is cut and none is taken until `away` is false again.
// The server behind it is told later (proxy.target, a port): its PUBLIC_ORIGIN is this proxy's.
export async function startCuttingProxy() {
  const proxy = { target: 0, plan: () => undefined, away: false, seen: [], sockets: new Set() };
  const server = net.createServer((client) => void serve(proxy, client));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  proxy.base = `http://127.0.0.1:${server.address().port}/`;
  proxy.cutAll = () => proxy.sockets.forEach((socket) => socket.destroy());
  proxy.leave = () => {
    proxy.away = true;
    proxy.cutAll();
  };
  proxy.stop = () => new Promise((done) => {
    proxy.cutAll();
    server.close(done);
  });
  return proxy;
}

function serve(proxy, client) {
  if (proxy.away) return client.destroy();
  const upstream = net.connect(proxy.target, '127.0.0.1');
  let request = Buffer.alloc(0);
  let reply; // { left, whole } of a turn's POST, while its reply is awaited
  const end = () => {
    client.destroy();
    upstream.destroy();
  };
  for (const socket of [client, upstream]) {
    proxy.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', end);
    socket.on('close', () => (proxy.sockets.delete(socket), end()));
  }
  client.on('data', async (data) => {
    if (request.length === 0 && !turnPost.test(data.subarray(0, 120).toString('latin1'))) return void upstream.write(data);
    request = Buffer.concat([request, data]);
    const head = request.indexOf('\r\n\r\n') + 4;
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(request.subarray(0, head).toString('latin1'))?.[1]);
    if (head < 4 || request.length < head + length) return;
    const whole = request;
    request = Buffer.alloc(0);
    const body = JSON.parse(whole.subarray(head).toString());
    const plan = proxy.plan(body) ?? {};
    const note = { id: body.id, message: body.message, head, length: whole.length, reply: 0, replyHead: 0 };
    proxy.seen.push(note);
    if (plan.request !== undefined) return void upstream.write(whole.subarray(0, plan.request), end);
    await plan.hold?.();
    reply = { left: plan.reply ?? Infinity, hold: plan.holdReply, note, whole: Buffer.alloc(0) };
    upstream.write(whole);
  });
  upstream.on('data', async (data) => {
    if (!reply) return void client.write(data);
    const now = reply;
    now.whole = Buffer.concat([now.whole, data]);
    now.note.reply = now.whole.length;
    now.note.replyHead = now.whole.indexOf('\r\n\r\n') + 4;
    await now.hold?.();
    if (data.length < now.left) {
      now.left -= data.length;
      client.write(data);
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(now.whole.toString('latin1'))?.[1]);
      if (now.note.replyHead >= 4 && now.whole.length >= now.note.replyHead + length) reply = undefined;
      return;
    }
    client.end(data.subarray(0, now.left)); // what was sent arrives, and then nothing more
    upstream.destroy();
  });
}
