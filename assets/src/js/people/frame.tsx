// The frame of the account's and the administrator's pages: the way back, the sections, and one of them.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import '../../css/people.css';
import { addWords, t } from '../words.ts';
import words from '../i18n/en.people.json';
import { Icon, type IconName } from '../ui/icons.tsx';
import { Bars } from '../ui/notices.tsx';

addWords(words);

export interface Section {
  id: string;
  title: string;
  icon: IconName;
  wide?: boolean; // room for charts side by side
  show: () => ComponentChildren;
}

export function Frame({ title, base, sections, at }: { title: string; base: string; sections: Section[]; at: string }) {
  const here = sections.find((section) => section.id === at) ?? sections[0]!;
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = `${here.title} – ${t('app')}`;
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [here.title]);
  return (
    <div class="office">
      <header class="office-head">
        <a class="icon-button" href="/chat" data-go aria-label={t('back_to_chat')}><Icon name="left" /></a>
        <h1>{title}</h1>
      </header>
      <Bars />
      <div class={here.wide ? 'office-body wide' : 'office-body'}>
        <nav ref={nav} class="office-nav" aria-label={title}>
          <ul>
            {sections.map((section) => (
              <li key={section.id}>
                <a href={`${base}/${section.id}`} data-go aria-current={section === here ? 'page' : undefined}><Icon name={section.icon} size={18} /><span>{section.title}</span></a>
              </li>
            ))}
          </ul>
        </nav>
        <main class="office-main" id="main">
          <h2 class="office-title">{here.title}</h2>
          {here.show()}
        </main>
      </div>
    </div>
  );
}

export function Card({ title, text, children, danger }: { title?: string; text?: string; children?: ComponentChildren; danger?: boolean }) {
  return (
    <section class={danger ? 'card danger' : 'card'}>
      {title && <h3>{title}</h3>}
      {text && <p class="quiet">{text}</p>}
      {children}
    </section>
  );
}
