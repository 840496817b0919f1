// The first version of the app kept conversations in the browser alone. What is still there is offered once for upload.

import './more-words.ts';
import { useState } from 'preact/hooks';
import type { ApiError } from '../api-error.ts';
import { inWords } from '../explain.ts';
import { toast } from '../state/status.ts';
import { t, tn } from '../words.ts';
import { Icon } from './icons.tsx';
import { oldOnes } from './view.ts';

const module = () => import('../people/old-conversations.ts');

export function UploadBar() {
  const [busy, setBusy] = useState(false);
  const upload = async (): Promise<void> => {
    setBusy(true);
    try {
      toast(tn('uploaded', await (await module()).uploadOld()));
      oldOnes.value = 0;
    } catch (error) {
      toast(t('upload_failed', { message: inWords(error as ApiError) }));
    }
    setBusy(false);
  };
  const later = (): void => void module().then((m) => m.dismissOld()).then(() => (oldOnes.value = 0));
  return (
    <p class="bar-note update">
      <Icon name="upload" size={18} />
      <span>{tn('old_ones', oldOnes.value)}</span>
      <button type="button" class="button main" aria-disabled={busy} onClick={() => busy || void upload()}>{busy ? t('uploading') : t('upload')}</button>
      <button type="button" class="button" onClick={later}>{t('upload_no')}</button>
    </p>
  );
}
