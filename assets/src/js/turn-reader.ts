// Reads one turn from the server: GET /api/turns/ID/events?from=N.
//
// An event's id is the position after it: the number of bytes of the answer (text and reasoning, in their order, UTF-8)
// up to there. Reading goes on from the position that was reached, so nothing is missed and nothing comes twice. The one
// event that ends a turn has the id total + 1. A connection that ends without it is opened again.

import { api } from './base.ts';
import { errorFromThrown, secondsFrom } from './api-error.ts';
import { failed } from './api.ts';
import { Resumed, type Outcome } from './resumed.ts';
import { SseParser, type SseEvent } from './sse.ts';
import type { Usage } from './chat-client.ts';

export interface TurnEnd {
  state: 'done' | 'stopped' | 'interrupted' | 'failed' | 'unknown'; // unknown: ask the server for the turn
  usage?: Usage | undefined;
  finish?: string | undefined;
  model?: string | undefined;
  error?: { code: string; message: string; retryAfter: number | undefined } | undefined;
}

export interface TurnListener {
  onText(delta: string): void;
  onReasoning(delta: string): void;
  onEnd(end: TurnEnd): void;
  onConnected?(connected: boolean): void;
}

interface WireEvent {
  type?: string;
  content?: unknown;
  usage?: Usage;
  finish_reason?: string;
  model?: string;
  code?: string;
  error?: string;
  retry_after?: unknown;
}

const bytes = new TextEncoder();
const kStallMs = 25_000; // the server pings every 10 s
const kGapsMax = 8; // in a row; then the turn is fetched as a whole instead
const kEnds: Record<string, TurnEnd['state']> = { done: 'done', stopped: 'stopped', interrupted: 'interrupted', error: 'failed' };

export class TurnReader {
  private readonly stream: Resumed;
  private gaps = 0;

  constructor(private readonly turn: string, private readonly listener: TurnListener, public position = 0) {
    this.stream = new Resumed((signal, heard) => this.connection(signal, heard), kStallMs);
  }

  close(): void {
    this.stream.close();
  }

  private async connection(signal: AbortSignal, heard: () => void): Promise<Outcome> {
    try {
      const response = await fetch(`${api}/turns/${this.turn}/events?from=${this.position}`, { headers: { Accept: 'text/event-stream' }, signal, cache: 'no-store' });
      if (response.status === 204) return this.end({ state: 'unknown' });
      if (!response.ok || !response.body) {
        const error = await failed(response);
        if (error.status === 401 || (error.status >= 400 && error.status < 500 && error.status !== 429 && error.status !== 408)) return this.end({ state: 'unknown' });
        return 'again';
      }
      this.listener.onConnected?.(true);
      return await this.read(response.body, heard);
    } catch (error) {
      void errorFromThrown(error); // whatever broke it: the position is kept and the next connection goes on from it
      return 'again';
    } finally {
      this.listener.onConnected?.(false);
    }
  }

  private async read(body: ReadableStream<Uint8Array>, heard: () => void): Promise<Outcome> {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    const parser = new SseParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return 'again'; // an event cut in the middle is asked for again, not guessed
      heard();
      for (const event of parser.feed(decoder.decode(value, { stream: true }))) {
        if (this.take(event) === 'ended') {
          void reader.cancel().catch(() => undefined);
          return 'ended';
        }
      }
    }
  }

  private take({ id, data }: SseEvent): Outcome {
    const event = JSON.parse(data) as WireEvent;
    const content = typeof event.content === 'string' ? event.content : '';
    const after = Number(id);
    const state = kEnds[event.type ?? ''];
    if (state) return this.end({ state, usage: event.usage, finish: event.finish_reason, model: event.model, error: errorOf(event) });
    if (event.type !== 'chunk' && event.type !== 'reasoning') return 'again'; // from a newer server
    if (!Number.isSafeInteger(after) || id === '') throw new Error('an event without a position');
    if (after <= this.position) return 'again'; // already shown
    if (this.position + bytes.encode(content).length !== after) {
      if (++this.gaps > kGapsMax) return this.end({ state: 'unknown' });
      throw new Error('a gap in the stream');
    }
    this.gaps = 0;
    this.position = after;
    if (event.type === 'chunk') this.listener.onText(content);
    else this.listener.onReasoning(content);
    return 'again';
  }

  private end(end: TurnEnd): Outcome {
    this.stream?.close();
    this.listener.onEnd(end);
    return 'ended';
  }
}

function errorOf(event: WireEvent): TurnEnd['error'] {
  if (event.type !== 'error') return undefined;
  return { code: event.code ?? 'provider_error', message: event.error ?? '', retryAfter: secondsFrom(event.retry_after) };
}
