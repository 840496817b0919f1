// The question before deleted conversations are removed for good: one of them, or all.

import { useState } from 'preact/hooks';
import { get, removeForGood, titleOf } from '../state/conversations.ts';
import { t } from '../words.ts';
import { Dialog } from './dialog.tsx';
import { removing } from './view.ts';

export function RemoveForGood() {
  const [busy, setBusy] = useState(false);
  const id = removing.peek() || null;
  const close = (): void => void (removing.value = null);
  const remove = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    if (await removeForGood(id)) {
      close();
      setTimeout(() => document.querySelector<HTMLElement>('.sidebar .view-head button')?.focus({ preventScroll: true }));
    } else setBusy(false);
  };
  return (
    <Dialog name="remove" title={id ? t('remove_one', { title: titleOf(get(id)) }) : t('empty_trash')} onClose={close}>
      <div class="dialog-question">
        <p>{t(id ? 'remove_one_text' : 'remove_all_text')}</p>
        <button type="button" class="button danger" aria-disabled={busy} onClick={() => void remove()}>{t('delete_for_good')}</button>
        <button type="button" class="button" onClick={close}>{t('cancel')}</button>
      </div>
    </Dialog>
  );
}
