// Files beside a message, sent or not: small pictures and names. The large view is fetched when it is first wanted.

import { useState } from 'preact/hooks';
import english from '../i18n/en.media.json';
import { urlOf, type Attachment } from '../state/attachments.ts';
import { addWords, bytes, t } from '../words.ts';
import { Icon } from './icons.tsx';

addWords(english);

interface Props {
  files: readonly Attachment[];
  onRemove?: (file: Attachment) => void;
}

function Picture({ file }: { file: Attachment }) {
  const [gone, setGone] = useState(false); // not fetched before, and no network now
  const open = (): void => void import('./picture-view.ts').then((module) => module.showPicture(file));
  return (
    <button type="button" class="attached-picture" aria-label={t('attach_open', { name: file.name })} aria-haspopup="dialog" onClick={open}>
      {gone ? <Icon name="file" /> : <img src={urlOf(file)} alt="" loading="lazy" decoding="async" onError={() => setGone(true)} />}
    </button>
  );
}

export function Attached({ files, onRemove }: Props) {
  return (
    <ul class="attached" aria-label={t('attached')}>
      {files.map((file) => (
        <li key={file.id} class={file.kind}>
          {file.kind === 'image' ? <Picture file={file} /> : (
            <a class="attached-file" href={urlOf(file)} download={file.name}>
              <Icon name="file" />
              <span class="attached-name" dir="auto">{file.name}</span>
              <span class="quiet">{bytes(file.bytes)}</span>
            </a>
          )}
          {onRemove && (
            <button type="button" class="attached-remove" aria-label={t('attach_remove', { name: file.name })} onClick={() => onRemove(file)}><Icon name="close" size={14} /></button>
          )}
        </li>
      ))}
    </ul>
  );
}
