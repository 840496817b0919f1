// A fetch that answers from a script, for tests of ChatClient without a network.

export interface Call {
  url: string;
  method: string;
  body: any;
  signal: AbortSignal | null;
}

export const calls: Call[] = [];

type Answer = (call: Call) => Response | Promise<Response>;

export function answerWith(answer: Answer): void {
  calls.length = 0;
  globalThis.fetch = (async (url: string, init: RequestInit = {}) => {
    const call: Call = { url: String(url), method: init.method ?? 'GET', body: init.body ? JSON.parse(String(init.body)) : null, signal: init.signal ?? null };
    calls.push(call);
    return answer(call);
  }) as typeof fetch;
}

// A streamed body that gives out the bytes in the given pieces. `end`: close, break (network error), or stay open.
export function streamed(pieces: (string | Uint8Array)[], call: Call, end: 'close' | 'break' | 'open' = 'close'): Response {
  const encoder = new TextEncoder();
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      call.signal?.addEventListener('abort', () => controller.error(call.signal!.reason));
    },
    pull(controller) {
      const piece = pieces[at++];
      if (piece !== undefined) controller.enqueue(typeof piece === 'string' ? encoder.encode(piece) : piece);
      else if (end === 'close') controller.close();
      else if (end === 'break') controller.error(new TypeError('network error'));
      else return new Promise<void>(() => undefined);
      return undefined;
    },
  });
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
}

export const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;

export const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });
