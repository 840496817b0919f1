// The administrator's pages. An administrator sees accounts and amounts, never what somebody wrote.

import { hasAccounts } from '../state/session.ts';
import { lazy } from '../ui/lazy.tsx';
import { t } from '../words.ts';
import { Audit } from './admin-audit.tsx';
import { Invites } from './admin-invites.tsx';
import { Keys } from './admin-keys.tsx';
import { Plans } from './admin-plans.tsx';
import { Users } from './admin-users.tsx';
import { Frame, type Section } from './frame.tsx';

const AllUsage = lazy(() => import('./figures.tsx').then((part) => part.AllUsage));
const Overview = lazy(() => import('./figures.tsx').then((part) => part.Overview));

const sections = (): Section[] => {
  const all: (Section | false)[] = [
    { id: 'overview', title: t('overview'), icon: 'chart', wide: true, show: () => <Overview /> },
    hasAccounts.value && { id: 'users', title: t('users'), icon: 'user', show: () => <Users /> },
    hasAccounts.value && { id: 'invites', title: t('invites'), icon: 'plus', show: () => <Invites /> },
    { id: 'plans', title: t('plans'), icon: 'fold', show: () => <Plans /> },
    { id: 'keys', title: t('provider_keys'), icon: 'key', show: () => <Keys /> },
    { id: 'usage', title: t('usage'), icon: 'info', wide: true, show: () => <AllUsage /> },
    { id: 'audit', title: t('audit'), icon: 'shield', show: () => <Audit /> },
  ];
  return all.filter((section) => section !== false);
};

export const Admin = ({ section }: { section: string }) => <Frame title={t('admin')} base="/admin" sections={sections()} at={section} />;
