// Name, role, plan.

import * as api from '../api.ts';
import { changeUser, hasAccounts, user, type User } from '../state/session.ts';
import { toast } from '../state/status.ts';
import { date, t } from '../words.ts';
import { Field, Form } from './forms.tsx';
import { Card } from './frame.tsx';

export function Profile() {
  const me = user.value;
  if (!me) return null;
  const save = async ({ name = '' }: Record<string, string>): Promise<void> => {
    const after = await api.patch<Partial<User>>('/account', { name });
    changeUser({ name: after?.name ?? name });
    toast(t('saved'));
  };
  return (
    <>
      <Card>
        <Form key={me.name} submit={t('save')} onSubmit={save}>
          <Field label={t('name')} name="name" type="text" autocomplete="username" required maxLength={100} dir="auto" spellcheck={false} defaultValue={me.name} hint={hasAccounts.value ? t('name_hint') : undefined} />
        </Form>
      </Card>
      <Card>
        <dl class="facts-list">
          <div><dt>{t('role')}</dt><dd>{t(me.role === 'admin' ? 'role_admin' : 'role_user')}</dd></div>
          {me.plan && <div><dt>{t('plan')}</dt><dd>{me.plan.name}</dd></div>}
          {me.created_at && <div><dt>{t('since')}</dt><dd>{date(me.created_at)}</dd></div>}
        </dl>
        {!hasAccounts.value && <p class="quiet">{t('open_mode_text')}</p>}
      </Card>
    </>
  );
}
