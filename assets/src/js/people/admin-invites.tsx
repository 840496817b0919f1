// Links by which others make themselves an account.

import { useState } from 'preact/hooks';
import * as api from '../api.ts';
import { dateTime, t } from '../words.ts';
import { usePlans } from './admin-plans.tsx';
import { Form, Loading, Problem, Secret, Select, useAction, useLoad } from './forms.tsx';
import { Card } from './frame.tsx';

interface Invite {
  id: string;
  role: 'user' | 'admin';
  plan_id: string;
  created_at: string;
  expires_at: string;
  used_at?: string | null;
}

const kHours = ['24', '72', '168'];

export function Invites() {
  const list = useLoad<{ invites: Invite[] }>('/admin/invites');
  const plans = usePlans();
  const action = useAction();
  const [role, setRole] = useState('user');
  const [plan, setPlan] = useState('free');
  const [hours, setHours] = useState('72');
  const [made, setMade] = useState('');
  const open = (list.data?.invites ?? []).filter((row) => !row.used_at);
  const make = async (): Promise<void> => {
    setMade((await api.post<{ url: string }>('/admin/invites', { role, plan_id: plan, hours: Number(hours) })).url);
    list.reload();
  };
  return (
    <>
      <Card title={t('invite_new')} text={t('invite_text')}>
        <Form submit={t('invite_make')} onSubmit={make}>
          <Select label={t('role')} name="role" value={role} onChange={setRole} options={[{ value: 'user', label: t('role_user') }, { value: 'admin', label: t('role_admin') }]} />
          <Select label={t('plan')} name="plan" value={plan} onChange={setPlan} options={plans.options} />
          <Select label={t('invite_life')} name="hours" value={hours} onChange={setHours} options={kHours.map((value) => ({ value, label: t(`invite_hours_${value as '24'}`) }))} />
        </Form>
        {made && <div class="made" role="status"><p>{t('invite_once')}</p><Secret text={made} label={t('invite_link')} /></div>}
      </Card>
      <Card title={t('invites_open')}>
        <Loading of={list} />
        <Problem error={action.error} />
        {list.data && open.length === 0 && <p class="quiet">{t('invites_none')}</p>}
        <ul class="rows-list">
          {open.map((row) => (
            <li key={row.id}>
              <div>
                <p class="row-name">{t(row.role === 'admin' ? 'role_admin' : 'role_user')} <span class="quiet">{plans.name(row.plan_id)}</span></p>
                <p class="quiet">{t('invite_until', { time: dateTime(row.expires_at) })}</p>
              </div>
              <button type="button" class="button" onClick={() => void action.run(async () => (await api.remove(`/admin/invites/${row.id}`), list.reload()))}>{t('invite_revoke')}</button>
            </li>
          ))}
        </ul>
      </Card>
    </>
  );
}
