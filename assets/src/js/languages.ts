// The languages of the interface, and which one a person gets: the one chosen in the settings, else the first of the
// browser's that is here. Each but English is a file that is fetched when it is needed (i18n/ID.json).

import { pickId } from './pick-language.ts';

export interface Language {
  id: string;
  name: string; // in the language itself
  tag: string; // BCP 47, for lang= and Intl
  dir: 'ltr' | 'rtl';
  load?: () => Promise<{ default: Record<string, string> }>;
}

export const languages: Language[] = [
  { id: 'en', name: 'English', tag: 'en', dir: 'ltr' },
  { id: 'de', name: 'Deutsch', tag: 'de', dir: 'ltr', load: () => import('./i18n/de.json') },
  { id: 'es', name: 'Español', tag: 'es', dir: 'ltr', load: () => import('./i18n/es.json') },
  { id: 'fr', name: 'Français', tag: 'fr', dir: 'ltr', load: () => import('./i18n/fr.json') },
  { id: 'zh', name: '简体中文', tag: 'zh-Hans', dir: 'ltr', load: () => import('./i18n/zh.json') },
  { id: 'ar', name: 'العربية', tag: 'ar', dir: 'rtl', load: () => import('./i18n/ar.json') },
];

export function pickLanguage(choice: string, wanted: readonly string[]): Language {
  const id = pickId(languages.map((one) => one.id), choice, wanted);
  return languages.find((one) => one.id === id) ?? languages[0]!;
}
