// Pages that say why there is nothing to see, and the ways on.

import { useEffect } from 'preact/hooks';
import { startSession } from '../state/session.ts';
import { t } from '../words.ts';
import { Mark } from './icons.tsx';

const kAgainMs = 5000;

export function NotHere({ title, text }: { title: string; text: string }) {
  return (
    <div class="not-here">
      <Mark size={56} />
      <h1>{title}</h1>
      <p class="quiet">{text}</p>
      <p class="not-here-ways">
        <a class="button main" href="/chat" data-go>{t('new_chat')}</a>
        <a class="button" href="/" data-go>{t('to_start')}</a>
      </p>
    </div>
  );
}

// The server has never answered in this browser: ask again by itself, now and then.
export function Unreachable() {
  useEffect(() => {
    const again = (): void => void startSession();
    again(); // over another connection, should only that one be stuck
    const timer = setInterval(again, kAgainMs);
    addEventListener('online', again);
    return () => {
      clearInterval(timer);
      removeEventListener('online', again);
    };
  }, []);
  return (
    <main class="pane alone">
      <div class="not-here" role="alert">
        <Mark size={56} />
        <h1>{t('unreachable_title')}</h1>
        <p class="quiet">{t('unreachable_text')}</p>
        <p class="not-here-ways"><button type="button" class="button main" onClick={() => void startSession()}>{t('retry')}</button></p>
      </div>
    </main>
  );
}
