// The account of whoever is signed in.

import { hasAccounts } from '../state/session.ts';
import { lazy } from '../ui/lazy.tsx';
import { t } from '../words.ts';
import { Data } from './data.tsx';
import { Frame, type Section } from './frame.tsx';
import { Profile } from './profile.tsx';
import { Security } from './security.tsx';
import { Sessions } from './sessions.tsx';
import { Tokens } from './tokens.tsx';

const OwnUsage = lazy(() => import('./figures.tsx').then((part) => part.OwnUsage));

const sections = (): Section[] => {
  const all: (Section | false)[] = [
    { id: 'profile', title: t('profile'), icon: 'user', show: () => <Profile /> },
    hasAccounts.value && { id: 'security', title: t('security'), icon: 'shield', show: () => <Security /> },
    hasAccounts.value && { id: 'sessions', title: t('sessions'), icon: 'panel', show: () => <Sessions /> },
    hasAccounts.value && { id: 'tokens', title: t('tokens'), icon: 'key', show: () => <Tokens /> },
    { id: 'usage', title: t('usage'), icon: 'chart', wide: true, show: () => <OwnUsage /> },
    { id: 'data', title: t('data'), icon: 'archive', show: () => <Data /> },
  ];
  return all.filter((section) => section !== false);
};

export const Account = ({ section }: { section: string }) => <Frame title={t('account')} base="/account" sections={sections()} at={section} />;
