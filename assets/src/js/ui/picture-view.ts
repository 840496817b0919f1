// A picture as large as the window allows. A modal <dialog>: Escape, the button and a click beside it close it, the focus
// goes back to where it was.

import { urlOf, type Attachment } from '../state/attachments.ts';
import { t } from '../words.ts';

export function showPicture(file: Attachment): void {
  const dialog = document.createElement('dialog');
  dialog.className = 'picture-view';
  dialog.setAttribute('aria-label', file.name);
  const image = document.createElement('img');
  image.src = urlOf(file);
  image.alt = file.name;
  const bar = document.createElement('p');
  const name = document.createElement('span');
  name.dir = 'auto';
  name.textContent = file.name;
  const save = document.createElement('a');
  save.className = 'button';
  save.href = image.src;
  save.download = file.name;
  save.textContent = t('code_save');
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'button main';
  close.textContent = t('close');
  bar.append(name, save, close);
  dialog.append(image, bar);
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  close.focus();
}
