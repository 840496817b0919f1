// How an answer ended badly: what happened, and a button for what helps. A retry that must wait counts down.

import { useEffect } from 'preact/hooks';
import { explain, type Remedy } from '../explain.ts';
import { copyText } from '../state/clipboard.ts';
import { countTo, now, toast } from '../state/status.ts';
import { again } from '../state/turns.ts';
import { go } from '../state/router.ts';
import type { Message, StoredError } from '../state/types.ts';
import { t } from '../words.ts';
import { Icon } from './icons.tsx';
import { usedUpWords } from './quota-words.ts';
import { dialog, focusComposer } from './view.ts';

function Retry({ message, retryAt, main }: { message: Message; retryAt: number | undefined; main: boolean }) {
  useEffect(() => {
    if (retryAt && retryAt > Date.now()) countTo(retryAt);
  }, [retryAt]);
  const seconds = retryAt ? Math.ceil((retryAt - Math.max(now.value, Date.now())) / 1000) : 0;
  const waiting = seconds > 0;
  return (
    <button
      type="button" class={main ? 'button main' : 'button'} aria-disabled={waiting}
      onClick={() => {
        if (waiting) return;
        again(message);
        focusComposer();
      }}
    >
      <Icon name="again" size={18} />
      <span class="tabular">{waiting ? t('retry_in', { n: seconds }) : t('retry')}</span>
    </button>
  );
}

// What whoever runs the server needs to find it in the log.
function RequestId({ id }: { id: string }) {
  const copy = async (): Promise<void> => toast((await copyText(id)) ? t('copied') : t('copy_failed'));
  return (
    <p class="quiet request-id">
      <span>{t('request_id', { id })}</span>
      <button type="button" class="icon-button small" aria-label={t('request_id_copy')} title={t('request_id_copy')} onClick={() => void copy()}><Icon name="copy" size={16} /></button>
    </p>
  );
}

export function Failure({ message, error, onEdit }: { message: Message; error: StoredError; onEdit: () => void }) {
  const { title, hint, remedies } = explain(error);
  const button = (remedy: Remedy, main: boolean) => {
    const look = main ? 'button main' : 'button';
    if (remedy === 'retry') return <Retry key={remedy} message={message} retryAt={error.retryAt} main={main} />;
    if (remedy === 'model') return <button key={remedy} type="button" class={look} onClick={() => (dialog.value = 'models')}>{t('model_choose')}</button>;
    if (remedy === 'edit') return <button key={remedy} type="button" class={look} onClick={onEdit}>{t('shorten')}</button>;
    return <button key={remedy} type="button" class={look} onClick={() => go('/chat')}>{t('new_chat')}</button>;
  };
  return (
    <div class="failure" data-code={error.code}>
      <Icon name="warning" />
      <div class="failure-words">
        <p class="failure-title">{title}</p>
        <p class="quiet">{hint}</p>
        {error.code === 'quota_exceeded' && <p class="quiet">{usedUpWords(error)} <a href="/account/usage" data-go>{t('see_usage')}</a></p>}
        <div class="failure-actions">{remedies.map((remedy, i) => button(remedy, i === 0))}</div>
        {error.requestId && <RequestId id={error.requestId} />}
      </div>
    </div>
  );
}
