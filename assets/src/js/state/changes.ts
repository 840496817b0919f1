// The change feed: GET /api/changes as server-sent events. Open only while the page is seen (and a little longer): a
// browser keeps six connections to one server, and a hidden tab catches up by `since` when it is looked at again.

import { failed } from '../api.ts';
import { base } from '../base.ts';
import { Resumed, type Outcome } from '../resumed.ts';
import { SseParser } from '../sse.ts';
import type { Conversation } from './types.ts';
import { conversationsOf } from './wire.ts';

const kHiddenMs = 20_000;
const kStallMs = 60_000; // the server pings every 25 s at least

export interface Changes {
  revision: number;
  reset: boolean; // too long ago: everything has to be listed anew
  conversations: Conversation[];
}

export class ChangeFeed {
  private stream: Resumed | undefined;
  private closing: ReturnType<typeof setTimeout> | undefined;

  constructor(public revision: number, private readonly take: (changes: Changes) => void) {
    document.addEventListener('visibilitychange', this.onVisibility);
    this.onVisibility();
  }

  close(): void {
    document.removeEventListener('visibilitychange', this.onVisibility);
    clearTimeout(this.closing);
    this.stop();
  }

  private readonly onVisibility = (): void => {
    clearTimeout(this.closing);
    if (document.visibilityState === 'hidden') this.closing = setTimeout(() => this.stop(), kHiddenMs);
    else this.stream ??= new Resumed((signal, heard) => this.connection(signal, heard), kStallMs);
  };

  private stop(): void {
    this.stream?.close();
    this.stream = undefined;
  }

  private async connection(signal: AbortSignal, heard: () => void): Promise<Outcome> {
    const response = await fetch(`${base}api/changes?since=${this.revision}`, { headers: { Accept: 'text/event-stream' }, signal, cache: 'no-store' });
    if (!response.ok || !response.body) return (await failed(response)).status === 401 ? 'ended' : 'again';
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new SseParser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return 'again';
      heard();
      for (const event of parser.feed(value)) this.event(event.data);
    }
  }

  private event(data: string): void {
    const wire = JSON.parse(data) as { revision?: unknown; reset?: unknown; conversations?: unknown };
    if (typeof wire.revision !== 'number') return;
    this.revision = wire.revision;
    this.take({ revision: wire.revision, reset: wire.reset === true, conversations: conversationsOf(wire.conversations) });
  }
}
