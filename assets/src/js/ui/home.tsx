// The start page: what this is, a field to begin at once, and the way back to earlier conversations.

import { conversations, titleOf } from '../state/conversations.ts';
import { t } from '../words.ts';
import { Composer } from './composer.tsx';
import { Icon, Mark } from './icons.tsx';
import { KeyCard, Starters } from './welcome.tsx';
import { dialog } from './view.ts';

const kRecent = 3;
const facts = ['private', 'any', 'offline'] as const;

function Recent() {
  const recent = conversations.value.slice(0, kRecent);
  if (recent.length === 0) return null;
  return (
    <section class="recent" aria-labelledby="recent">
      <h2 id="recent">{t('home_recent')}</h2>
      <ul>
        {recent.map((row) => (
          <li key={row.id}><a href={`/c/${row.id}`} data-go dir="auto"><span>{titleOf(row)}</span><Icon name="right" size={16} /></a></li>
        ))}
      </ul>
    </section>
  );
}

export function Home() {
  return (
    <div class="home">
      <header class="home-bar">
        <a class="brand" href="/" data-go aria-current="page"><Mark size={30} /><span>{t('app')}</span></a>
        <button type="button" class="icon-button" aria-haspopup="dialog" aria-label={t('settings')} onClick={() => (dialog.value = 'settings')}><Icon name="settings" /></button>
        <a class="button open-chat" href="/chat" data-go>{t('home_open')}</a>
      </header>
      <main class="home-main" id="main">
        <div class="hero">
          <Mark size={76} />
          <h1>{t('tagline')}</h1>
          <p class="lead">{t('home_lead')}</p>
        </div>
        <Composer conversation={null} />
        <Starters />
        <Recent />
        <KeyCard />
        <ul class="facts">
          {facts.map((fact) => (
            <li key={fact}><h2>{t(`home_${fact}_title`)}</h2><p>{t(`home_${fact}`)}</p></li>
          ))}
        </ul>
      </main>
    </div>
  );
}
