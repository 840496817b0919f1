// Bars, toasts and the two live regions: what the page says beside the conversation.

import { persistent } from '../state/db.ts';
import { anyLive } from '../state/live.ts';
import { anyWaits, troubled } from '../state/queue.ts';
import { alarmed, online, spoken, toasts, updateReady } from '../state/status.ts';
import { lazy } from './lazy.tsx';
import { oldOnes } from './view.ts';
import { t } from '../words.ts';
import { Icon } from './icons.tsx';

const UploadBar = lazy(() => import('./upload-bar.tsx').then((module) => module.UploadBar));

export function Bars() {
  return (
    <div class="bars">
      {!online.value && <p class="bar-note" role="status"><Icon name="cloud" size={18} />{t('offline')}</p>}
      {online.value && troubled.value && <p class="bar-note" role="status"><Icon name="cloud" size={18} />{t('server_away')}</p>}
      {oldOnes.value > 0 && <UploadBar />}
      {!persistent.value && <p class="bar-note"><Icon name="warning" size={18} />{t('not_kept')}</p>}
      {/* Never in the middle of an answer, or before its first word: the reload would cut it. */}
      {updateReady.value && !anyLive() && !anyWaits() && (
        <p class="bar-note update">
          <span>{t('update')}</span>
          <button type="button" class="button main" onClick={() => updateReady.value?.()}>{t('update_take')}</button>
          <button type="button" class="button" onClick={() => (updateReady.value = null)}>{t('update_later')}</button>
        </p>
      )}
    </div>
  );
}

export function Toasts() {
  return (
    <div class="toasts">
      {toasts.value.map((toast) => (
        <div key={toast.id} class="toast">
          <span dir="auto">{toast.text}</span>
          {toast.action && <button type="button" class="button" onClick={toast.action.run}>{toast.action.label}</button>}
        </div>
      ))}
    </div>
  );
}

export function Spoken() {
  return (
    <>
      <div class="offscreen" role="status" aria-live="polite">{spoken.value}</div>
      <div class="offscreen" role="alert">{alarmed.value}</div>
    </>
  );
}
