// The offer to install, above the page so that nothing moves: with the browser's own prompt, or in pictures where there is none.

import { useEffect } from 'preact/hooks';
import { hint, install, prompt } from '../state/install.ts';
import { say } from '../state/status.ts';
import { t } from '../words.ts';
import { Icon, Mark } from './icons.tsx';

// Safari's own signs, drawn anew: the box with an arrow, the box with a plus, and the word at the top right.
const pictures = {
  share: <path d="M12 15V3.5M8.2 7 12 3.2 15.800 7M8 10H5.500v10.500h13V10H16" />,
  add: <path d="M4 4h16v16H4zM12 8v8M8 12h8" />,
  done: <path d="M4 12.500 9.500 18 20 7" />,
};

function Step({ picture, text }: { picture: keyof typeof pictures; text: string }) {
  return (
    <li>
      <span class="install-picture"><svg class="icon" width="28" height="28" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{pictures[picture]}</svg></span>
      <span>{text}</span>
    </li>
  );
}

export function IosSteps() {
  return (
    <ol class="install-steps">
      <Step picture="share" text={t('install_ios_share')} />
      <Step picture="add" text={t('install_ios_add')} />
      <Step picture="done" text={t('install_ios_done')} />
    </ol>
  );
}

export function InstallHint() {
  const close = (): void => void (hint.value = false);
  useEffect(() => {
    say(t('install_title'));
    const onKey = (event: KeyboardEvent): void => void (event.key === 'Escape' && !document.querySelector('dialog[open]') && close());
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return (
    <section class="install-hint" aria-label={t('install_title')}>
      <Mark size={40} />
      <div>
        <p class="install-title">{t('install_title')}</p>
        <p class="quiet">{t('install_text')}</p>
        {!prompt.value && <IosSteps />}
        <div class="install-actions">
          {prompt.value && <button type="button" class="button main" onClick={() => void install()}>{t('install_do')}</button>}
          <button type="button" class="button" onClick={close}>{t(prompt.value ? 'install_later' : 'install_understood')}</button>
        </div>
      </div>
      <button type="button" class="icon-button small" aria-label={t('close')} onClick={close}><Icon name="close" size={18} /></button>
    </section>
  );
}
