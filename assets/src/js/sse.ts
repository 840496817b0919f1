// Server-sent events, read incrementally.
//
// Feed decoded text in any pieces; complete events come back as { event, data, id }. Follows the WHATWG HTML standard,
// section "Parsing an event stream" (2026): LF, CRLF and CR end a line, one space after the colon is dropped, several
// data lines are joined by LF, lines that begin with a colon are comments, a NUL in an id is ignored. One deliberate
// difference: finish() also gives out a last event whose closing blank line never came, because proxies cut there.

export interface SseEvent {
  event: string;
  data: string;
  id: string;
}

const kEventCharsMax = 8 * 1024 * 1024; // one event may not grow without bound in the tab's memory

export class SseParser {
  private rest = '';
  private data: string[] = [];
  private chars = 0;
  private event = '';
  private id = '';
  private first = true;

  feed(text: string): SseEvent[] {
    const out: SseEvent[] = [];
    if (this.first && text) {
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
      this.first = false;
    }
    this.rest += text;
    let start = 0;
    for (let at = 0; at < this.rest.length; at++) {
      const code = this.rest.charCodeAt(at);
      if (code !== 10 && code !== 13) continue;
      if (code === 13 && at + 1 === this.rest.length) break; // CR at the end: the next piece may begin with its LF
      this.line(this.rest.slice(start, at), out);
      if (code === 13 && this.rest.charCodeAt(at + 1) === 10) at++;
      start = at + 1;
    }
    this.rest = this.rest.slice(start);
    if (this.rest.length + this.chars > kEventCharsMax) throw new Error('An event of the stream is too large.');
    return out;
  }

  finish(): SseEvent[] {
    const out: SseEvent[] = [];
    if (this.rest) this.line(this.rest.replace(/\r$/, ''), out);
    this.rest = '';
    this.line('', out);
    return out;
  }

  private line(line: string, out: SseEvent[]): void {
    if (line === '') {
      if (this.data.length > 0) out.push({ event: this.event || 'message', data: this.data.join('\n'), id: this.id });
      this.data = [];
      this.chars = 0;
      this.event = '';
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? '' : line.slice(colon + 1);
    if (value.startsWith(' ')) value = value.slice(1);
    if (field === 'data') {
      this.data.push(value);
      this.chars += value.length;
    } else if (field === 'event') this.event = value;
    else if (field === 'id' && !value.includes('\0')) this.id = value;
  }
}
