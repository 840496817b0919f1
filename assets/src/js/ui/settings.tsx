// Settings, the keyboard's shortcuts, and what this installation is.

import { useEffect, useState } from 'preact/hooks';
import { api } from '../base.ts';
import { languages, pickLanguage } from '../languages.ts';
import { install, installable, installed, onApple } from '../state/install.ts';
import { change, settings, type Theme } from '../state/settings.ts';
import { t } from '../words.ts';
import { Dialog } from './dialog.tsx';
import { Icon } from './icons.tsx';
import { dialog } from './view.ts';

const themes: Theme[] = ['system', 'light', 'dark'];
const command = /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘' : 'Ctrl';

function Appearance() {
  return (
    <fieldset class="segments">
      <legend>{t('theme')}</legend>
      {themes.map((theme) => (
        <label key={theme}>
          <input type="radio" name="theme" checked={settings.value.theme === theme} onChange={() => change({ theme })} />
          <span>{t(`theme_${theme}`)}</span>
        </label>
      ))}
    </fieldset>
  );
}

function LanguageChoice() {
  const own = pickLanguage('auto', navigator.languages).name;
  return (
    <label class="choice">
      <span>{t('language')}</span>
      <select value={settings.value.language} onChange={(event) => change({ language: event.currentTarget.value })}>
        <option value="auto">{t('language_auto', { name: own })}</option>
        {languages.map((one) => <option key={one.id} value={one.id} lang={one.tag}>{one.name}</option>)}
      </select>
    </label>
  );
}

function Keys() {
  const rows: [string[], string][] = [
    [settings.value.enterSends ? ['Enter'] : [command, 'Enter'], t('key_send')],
    [settings.value.enterSends ? ['Shift', 'Enter'] : ['Enter'], t('key_line')],
    [['Esc'], t('key_stop')],
    [[command, 'K'], t('key_search')],
    [['Shift', 'Esc'], t('key_focus')],
  ];
  return (
    <dl class="keys">
      {rows.map(([keys, meaning]) => (
        <div key={meaning}>
          <dt>{meaning}</dt>
          <dd>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dd>
        </div>
      ))}
    </dl>
  );
}

function About() {
  const [version, setVersion] = useState('');
  useEffect(() => {
    void fetch(`${api}/health`)
      .then((response) => response.json())
      .then((health: { version?: string }) => setVersion(t('about_version', { version: health.version ?? '?' })))
      .catch(() => setVersion(t('about_unknown')));
  }, []);
  return (
    <>
      <p class="quiet about-version">{version || '\u00a0'}</p>
      {!isSecureContext && <p class="quiet">{t('about_insecure')}</p>}
      {isSecureContext && onApple && !installed() && <p class="quiet">{t('about_install_ios')}</p>}
      {installable.value && !onApple && <button type="button" class="button" onClick={() => void install()}><Icon name="download" size={18} />{t('install_title')}</button>}
    </>
  );
}

export function Settings() {
  return (
    <Dialog title={t('settings')} name="settings" onClose={() => (dialog.value = null)}>
      <div class="settings">
        <Appearance />
        <LanguageChoice />
        <div class="setting">
          <label class="switch">
            <input type="checkbox" role="switch" aria-describedby="enter-hint" checked={settings.value.enterSends} onChange={(event) => change({ enterSends: event.currentTarget.checked })} />
            <span>{t('enter_sends')}</span>
          </label>
          <p class="quiet" id="enter-hint">{t('enter_hint')}</p>
        </div>
        <section>
          <h3>{t('shortcuts')}</h3>
          <Keys />
        </section>
        <section>
          <h3>{t('about')}</h3>
          <About />
        </section>
      </div>
    </Dialog>
  );
}
