// What an empty conversation shows: a greeting, ideas to begin with, and, without a real model, how to add one.

import { noProvider, onlyDemo } from '../state/models.ts';
import { send } from '../state/turns.ts';
import { t } from '../words.ts';
import { Mark } from './icons.tsx';
import { focusComposer } from './view.ts';

const starters = ['starter_1', 'starter_2', 'starter_3', 'starter_4'] as const;

export function Starters() {
  return (
    <ul class="starters" aria-label={t('starters')}>
      {starters.map((key) => (
        <li key={key}>
          <button type="button" onClick={() => (send(t(key)), focusComposer())}>{t(key)}</button>
        </li>
      ))}
    </ul>
  );
}

export function KeyCard() {
  if (!onlyDemo.value && !noProvider.value) return null;
  const demo = onlyDemo.value;
  return (
    <section class="key-card" aria-labelledby="key-card">
      <h2 id="key-card">{demo ? t('demo_title') : t('none_title')}</h2>
      <p>{demo ? t('demo_text') : t('none_text')}</p>
      <pre tabindex={0} role="group" aria-label=".env"><code>{'# .env\nOPENAI_API_KEY=sk-…\nANTHROPIC_API_KEY=sk-ant-…'}</code></pre>
      <p class="quiet">{t('demo_text_2')}</p>
    </section>
  );
}

export function Welcome() {
  return (
    <div class="welcome">
      <Mark size={56} />
      <h2 class="greeting">{t('greeting')}</h2>
      <Starters />
      <KeyCard />
    </div>
  );
}
