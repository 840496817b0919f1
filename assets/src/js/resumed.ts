// A stream of server-sent events that is read to its end whatever happens on the way: after a lost network, a sleeping
// phone or a restarted server it connects again from where it was. `once` reads one connection; it is given a signal and
// tells by its result whether the stream has ended for good.

const kFirstWaitMs = 250;
const kLastWaitMs = 5000;
const kFreshMs = 2000; // a connection that spoke so recently is alive

export type Outcome = 'ended' | 'again';
export type Once = (signal: AbortSignal, heard: () => void) => Promise<Outcome>;

export class Resumed {
  private closed = false;
  private abort: AbortController | undefined;
  private wake: (() => void) | undefined;
  private waitMs = kFirstWaitMs;
  private heardAt = 0;
  private stall: ReturnType<typeof setTimeout> | undefined;

  // stallMs: a connection that is silent for so long is given up; it must be longer than the server's pings are apart.
  constructor(private readonly once: Once, private readonly stallMs: number) {
    for (const [target, name] of this.signs()) target.addEventListener(name, this.nudge);
    void this.run();
  }

  close(): void {
    this.closed = true;
    for (const [target, name] of this.signs()) target.removeEventListener(name, this.nudge);
    clearTimeout(this.stall);
    this.abort?.abort();
    this.wake?.();
  }

  // The page came back or the network did. A phone drops sockets without telling, so a silent connection is not trusted.
  readonly nudge = (): void => {
    if (typeof document !== 'undefined' && document.visibilityState === 'hidden') return;
    this.waitMs = kFirstWaitMs;
    if (this.wake) this.wake();
    else if (Date.now() - this.heardAt > kFreshMs) this.abort?.abort();
  };

  private signs(): [EventTarget, string][] {
    if (typeof document === 'undefined') return [];
    return [[document, 'visibilitychange'], [globalThis, 'online'], [globalThis, 'pageshow']];
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      this.abort = new AbortController();
      this.heard();
      const outcome = await this.once(this.abort.signal, () => this.heard(true)).catch((): Outcome => 'again');
      clearTimeout(this.stall);
      if (outcome === 'ended') this.close();
      if (this.closed) return;
      await this.pause();
    }
  }

  private heard(good = false): void {
    this.heardAt = Date.now();
    if (good) this.waitMs = kFirstWaitMs;
    clearTimeout(this.stall);
    this.stall = setTimeout(() => this.abort?.abort(), this.stallMs);
  }

  private async pause(): Promise<void> {
    const ms = this.waitMs * (0.75 + Math.random() / 2);
    this.waitMs = Math.min(this.waitMs * 2, kLastWaitMs);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }
}
