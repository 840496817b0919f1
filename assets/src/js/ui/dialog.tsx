// A modal <dialog>: the browser traps the focus, closes on Escape and gives the focus back. A click beside it closes too.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../words.ts';
import { Icon } from './icons.tsx';

// close() gives the focus back by itself, and whoever closed may have put it elsewhere: only a lost one is mended. A field
// that got it back while another field was going away does not take text in Chromium: it is focused anew.
export function mendFocus(before: HTMLElement | null): void {
  setTimeout(() => {
    const now = document.activeElement as HTMLElement | null;
    if (now === document.body && before?.isConnected) before.focus({ preventScroll: true });
    else if (now?.matches('textarea, input')) {
      now.blur();
      now.focus({ preventScroll: true });
    }
  });
}

interface Props {
  title: string;
  name: string;
  onClose: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, name, onClose, children }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    ref.current?.showModal();
    return () => {
      mendFocus(before);
    };
  }, []);
  return (
    <dialog
      ref={ref}
      class={`dialog dialog-${name}`}
      aria-labelledby={`dialog-${name}`}
      onClose={onClose}
      onClick={(event) => event.target === ref.current && ref.current?.close()}
    >
      <div class="dialog-box">
        <header class="dialog-head">
          <h2 id={`dialog-${name}`}>{title}</h2>
          <button type="button" class="icon-button" aria-label={t('close')} onClick={() => ref.current?.close()}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
