// What stands above the field: the files that wait, why others were not taken, what may be done with a long text, and where
// files that are dragged go.

import { complaints, filesIn, setFiles } from '../state/attachments.ts';
import { toast } from '../state/status.ts';
import { isTemporary } from '../state/thread.ts';
import { t } from '../words.ts';
import { blindModel, dragging, longText, type AreaProps } from './attach.tsx';
import { Attached } from './attached.tsx';
import { Icon } from './icons.tsx';
import { dialog, focusComposer } from './view.ts';

export function AttachArea({ conversation, text, onText }: AreaProps) {
  const files = filesIn(conversation);
  const long = longText.value?.conversation === conversation && text.replace(/\r/g, '').includes(longText.value.text.replace(/\r/g, '')) ? longText.value.text.replace(/\r/g, '') : undefined;
  const move = (): void => {
    longText.value = null;
    import('./add-files.ts').then(async (module) => {
      await module.addText(conversation, long!);
      onText(text.replace(long!, '').trim());
      focusComposer();
    }, () => toast(t('chunk_failed')));
  };
  const blind = blindModel(conversation);
  return (
    <>
      {files.length > 0 && <Attached files={files} onRemove={(file) => (setFiles(conversation, files.filter((other) => other !== file)), focusComposer())} />}
      {long !== undefined && (
        <p class="attach-note">
          <span>{t('attach_long', { n: long.length })}</span>
          <button type="button" class="button" onClick={move}>{t('attach_long_yes')}</button>
          <button type="button" class="icon-button small" aria-label={t('attach_long_no')} onClick={() => (longText.value = null)}><Icon name="close" size={16} /></button>
        </p>
      )}
      {blind && (
        <p class="attach-note" role="alert">
          <Icon name="warning" size={18} /><span>{t('attach_blind', { name: blind })}</span>
          <button type="button" class="button" onClick={() => (dialog.value = 'models')}>{t('model_choose')}</button>
        </p>
      )}
      {complaints.value.length > 0 && (
        <div class="attach-note" role="alert">
          <Icon name="warning" size={18} />
          <ul>{complaints.value.map((words) => <li key={words} dir="auto">{words}</li>)}</ul>
          <button type="button" class="icon-button small" aria-label={t('close')} onClick={() => (complaints.value = [])}><Icon name="close" size={16} /></button>
        </div>
      )}
      {dragging.value && <div class="drop-here"><p><Icon name="attach" size={28} />{t(isTemporary.value ? 'attach_not_temporary' : 'attach_drop')}</p></div>}
    </>
  );
}
