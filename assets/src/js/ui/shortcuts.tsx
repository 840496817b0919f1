// The keyboard's shortcuts: a list for people, and what they are called on this machine.

import './more-words.ts';
import { settings } from '../state/settings.ts';
import { t } from '../words.ts';
import { Dialog } from './dialog.tsx';
import { command, second } from './keys.ts';
import { dialog } from './view.ts';

function rows(): [string[], string][] {
  const sends = settings.value.enterSends;
  return [
    [sends ? ['Enter'] : [command, 'Enter'], t('key_send')],
    [sends ? ['Shift', 'Enter'] : ['Enter'], t('key_line')],
    [['↑'], t('key_edit')],
    [['Esc'], t('key_stop')],
    [[command, 'K'], t('key_palette')],
    [[...second, 'N'], t('new_chat')],
    [[...second, 'M'], t('model_choose')],
    [[...second, 'C'], t('key_copy')],
    [[...second, 'S'], t('key_sidebar')],
    [[command, '.'], t('settings')],
    [[command, '/'], t('shortcuts')],
    [['Shift', 'Esc'], t('key_focus')],
  ];
}

export function Shortcuts() {
  return (
    <Dialog title={t('shortcuts')} name="shortcuts" onClose={() => dialog.peek() === 'shortcuts' && (dialog.value = null)}>
      <dl class="keys">
        {rows().map(([keys, meaning]) => (
          <div key={meaning}>
            <dt>{meaning}</dt>
            <dd dir="ltr">{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
