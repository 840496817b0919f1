// One owner of the log's scroll position. While pinned, the newest text stays in view: a ResizeObserver on the content
// moves the log once per layout, whatever makes the content grow. Any sign that the person wants to read elsewhere
// (wheel or drag upwards, PageUp, a selection) releases it at once; coming back to the bottom pins it again.

import { signal } from '@preact/signals';

const kNearPx = 24;

export class Pinner {
  readonly pinned = signal(true);
  readonly fresh = signal(false); // something came below while the person read above
  private readonly observer: ResizeObserver;
  private lastTop = 0;
  private touchY = 0;
  private greeting = false;
  private held = false;
  private height = 0;

  constructor(private readonly log: HTMLElement, content: HTMLElement) {
    this.observer = new ResizeObserver(() => this.follow());
    this.observer.observe(content);
    this.observer.observe(log); // the keyboard and the growing composer change the log's own height
    log.addEventListener('scroll', this.onScroll, { passive: true });
    log.addEventListener('wheel', this.onWheel, { passive: true });
    log.addEventListener('touchstart', this.onTouch, { passive: true });
    log.addEventListener('touchmove', this.onTouch, { passive: true });
    log.addEventListener('keydown', this.onKey);
    document.addEventListener('selectionchange', this.onSelection);
  }

  toNewest(): void {
    this.greeting = false;
    this.pinned.value = true;
    this.follow();
  }

  // A greeting is read from its beginning, also when it grows while it is read.
  toTop(): void {
    this.greeting = true;
    this.pinned.value = false;
    this.log.scrollTop = 0;
    this.lastTop = 0;
  }

  // Before something is put in above: the returned function, called after it, keeps in place what is being read.
  hold(): () => void {
    const fromEnd = this.log.scrollHeight - this.log.scrollTop;
    return () => {
      this.held = true;
      if (this.greeting || this.pinned.peek()) return; // follow() does it
      this.log.scrollTop = this.log.scrollHeight - fromEnd;
      this.lastTop = this.log.scrollTop;
    };
  }

  destroy(): void {
    this.observer.disconnect();
    this.log.removeEventListener('scroll', this.onScroll);
    this.log.removeEventListener('wheel', this.onWheel);
    this.log.removeEventListener('touchstart', this.onTouch);
    this.log.removeEventListener('touchmove', this.onTouch);
    this.log.removeEventListener('keydown', this.onKey);
    document.removeEventListener('selectionchange', this.onSelection);
  }

  private follow(): void {
    if (this.greeting) return;
    const grew = this.log.scrollHeight > this.height;
    this.height = this.log.scrollHeight;
    if (!this.pinned.peek()) {
      this.pinned.value = this.fits();
      if (grew && !this.held && !this.pinned.peek()) this.fresh.value = true;
      this.held = false;
      return;
    }
    this.held = false;
    this.fresh.value = false;
    this.log.scrollTop = this.log.scrollHeight;
    this.lastTop = this.log.scrollTop;
  }

  private distance(): number {
    return this.log.scrollHeight - this.log.clientHeight - this.log.scrollTop;
  }

  private fits(): boolean {
    return this.log.scrollHeight <= this.log.clientHeight;
  }

  release(): void {
    if (!this.fits()) this.pinned.value = false;
  }

  private readonly onScroll = (): void => {
    const top = this.log.scrollTop;
    const down = top > this.lastTop;
    const moved = top !== this.lastTop; // else it tells late of what follow() did, perhaps after a release
    this.lastTop = top;
    if (this.greeting || !moved) return;
    if (down && this.distance() <= kNearPx) {
      this.pinned.value = true;
      this.fresh.value = false;
    } else if (!down && this.distance() > kNearPx) this.release();
  };

  private readonly onWheel = (event: WheelEvent): void => {
    if (event.deltaY < 0) this.release();
  };

  private readonly onTouch = (event: TouchEvent): void => {
    const y = event.touches[0]?.clientY ?? 0;
    if (event.type === 'touchmove' && y > this.touchY + 2) this.release();
    this.touchY = y;
  };

  private readonly onKey = (event: KeyboardEvent): void => {
    if (['PageUp', 'ArrowUp', 'Home'].includes(event.key)) this.release();
    else if (event.key === 'End') {
      event.preventDefault(); // the browser's own way there ends where the text ended when it began
      this.toNewest();
    }
  };

  private readonly onSelection = (): void => {
    const selection = document.getSelection();
    if (selection && !selection.isCollapsed && selection.anchorNode && this.log.contains(selection.anchorNode)) this.release();
  };
}
